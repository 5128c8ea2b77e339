import type { ContainerRecord } from '../model.ts';
import type { EndpointSettings } from '../networking.ts';
import type { Plug } from './bridges.ts';
import { isPredefined, type NetworkRecord } from './model.ts';
import { bridgeOf } from './registry.ts';

/** A running container as `docker network inspect` shows it. */
export interface Member {
  readonly Name: string;
  readonly EndpointID: string;
  readonly MacAddress: string;
  /** With the bits of the mask. */
  readonly IPv4Address: string;
  readonly IPv6Address: string;
}

/** One network of a running container. */
export interface LiveEndpoint {
  readonly network: NetworkRecord;
  readonly settings: EndpointSettings;
  readonly address: number;
  readonly address6?: string;
  /** Device in the container. */
  readonly device: string;
  /** The other end, in the session. */
  readonly cable: string;
}

/** The network of `--network` becomes eth0; the others follow by name. */
export function inOrder(names: readonly string[], first: string): string[] {
  return [...names].sort((one, other) => {
    if (one === first || other === first) return one === first ? -1 : 1;
    return one < other ? -1 : 1;
  });
}

/** The default routes go through one network (`Less` of libnetwork's endpoints). */
export function gatewayEndpoint<T extends { readonly network: NetworkRecord }>(
  endpoints: readonly T[],
): T | undefined {
  return [...endpoints].sort(({ network: one }, { network: other }) => {
    if (one.Internal !== other.Internal) return one.Internal ? 1 : -1;
    if (one.EnableIPv6 !== other.EnableIPv6) return one.EnableIPv6 ? -1 : 1;
    return one.Name < other.Name ? -1 : 1;
  })[0];
}

/** What ip(8) is told when the default routes are to lead through the endpoint. */
export function defaultRoutes({ settings, device }: Pick<LiveEndpoint, 'settings' | 'device'>): string[] {
  const { Gateway, IPv6Gateway } = settings;
  const gateways = [Gateway, IPv6Gateway].filter((each) => each !== '');
  return gateways.map((each) => `route replace default via ${each} dev ${device}`);
}

export function plugOf(
  network: NetworkRecord,
  settings: EndpointSettings,
  device: string,
  others: readonly LiveEndpoint[],
): Plug {
  const leads = gatewayEndpoint([...others, { network }])?.network === network;
  return {
    bridge: bridgeOf(network),
    device,
    address: `${settings.IPAddress}/${settings.IPPrefixLen}`,
    mac: settings.MacAddress,
    ...(settings.GlobalIPv6Address === ''
      ? {}
      : {
          address6: `${settings.GlobalIPv6Address}/${settings.GlobalIPv6PrefixLen}`,
          ...(leads ? { gateway6: settings.IPv6Gateway } : {}),
        }),
    linkLocal: settings.IPAMConfig?.LinkLocalIPs ?? [],
    ...(leads ? { gateway: settings.Gateway } : {}),
    ...(isPredefined(network.Name) ? {} : { names: settings.Gateway }),
  };
}

/** On a network with names a container also answers to the beginning of its id. */
export function addShortId(settings: EndpointSettings, record: ContainerRecord): void {
  const short = record.id.slice(0, 12);
  if (!(settings.Aliases ?? []).includes(short)) settings.Aliases = [...(settings.Aliases ?? []), short];
}

export function memberOf(record: ContainerRecord, settings: EndpointSettings): Member {
  const { EndpointID, MacAddress, IPAddress, IPPrefixLen, GlobalIPv6Address, GlobalIPv6PrefixLen } = settings;
  return {
    Name: record.name,
    EndpointID,
    MacAddress,
    IPv4Address: IPAddress === '' ? '' : `${IPAddress}/${IPPrefixLen}`,
    IPv6Address: GlobalIPv6Address === '' ? '' : `${GlobalIPv6Address}/${GlobalIPv6PrefixLen}`,
  };
}

export function macWish(record: ContainerRecord): string | undefined {
  const wish = record.config.MacAddress ?? '';
  return wish === '' ? undefined : wish.toLowerCase();
}
