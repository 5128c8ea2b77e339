import { isIP } from 'node:net';

import { EngineError } from '../../oci/errors.ts';
import type { EndpointSettings } from '../networking.ts';
import { contains, formatAddress, macOf, parseAddress } from './address.ts';
import { contains6, formatAddress6, parseAddress6, parseSubnet6 } from './address6.ts';
import type { NetworkRecord } from './model.ts';
import { isPredefined } from './model.ts';
import { newId, plan6Of, planOf } from './registry.ts';
import { lowestFree } from './subnets.ts';

/** As `docker inspect` shows a network of a container that does not run. */
export function idleEndpoint(wish: Partial<EndpointSettings> | null | undefined): EndpointSettings {
  return {
    IPAMConfig: wish?.IPAMConfig ?? null,
    Links: wish?.Links ?? null,
    Aliases: wish?.Aliases ?? null,
    NetworkID: '',
    EndpointID: '',
    Gateway: '',
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    MacAddress: '',
    DriverOpts: wish?.DriverOpts ?? null,
  };
}

/** Takes the addresses away and keeps what the user asked for. */
export function clearEndpoint(settings: EndpointSettings): void {
  Object.assign(settings, { ...idleEndpoint(settings), NetworkID: settings.NetworkID });
}

/** Refuses wishes that the network cannot fulfil, in dockerd's words. */
export function refuseWishes(
  network: NetworkRecord,
  wish: Pick<EndpointSettings, 'IPAMConfig' | 'Aliases'>,
  hasUserSubnet: boolean,
): void {
  const { IPv4Address: address = '', IPv6Address: address6 = '' } = wish.IPAMConfig ?? {};
  const asksAddress = address !== '' || address6 !== '';
  if (isPredefined(network.Name)) {
    if (asksAddress) {
      throw new EngineError(
        'invalid',
        'user specified IP address is supported on user defined networks only',
      );
    }
    if ((wish.Aliases ?? []).length > 0) {
      throw new EngineError(
        'invalid',
        'network-scoped alias is supported only for containers in user defined networks',
      );
    }
  } else if ((address !== '' && !hasUserSubnet) || (address6 !== '' && !hasSubnet6(network))) {
    throw new EngineError(
      'invalid',
      'user specified IP address is supported only when connecting to networks with user configured subnets',
    );
  }
  const further = wish.IPAMConfig?.LinkLocalIPs ?? [];
  if (further.some((each) => isIP(each) === 0)) {
    throw new EngineError('internal', `Invalid link-local IP address: [${further.join(' ')}]`);
  }
}

function hasSubnet6({ IPAM }: NetworkRecord): boolean {
  return IPAM.Config.some(({ Subnet }) => parseSubnet6(Subnet ?? '') !== undefined);
}

/** Its IPv6 address in the same way; undefined on a network without IPv6. */
export function chooseAddress6(
  network: NetworkRecord,
  settings: EndpointSettings,
  isTaken: (address: string) => boolean,
): string | undefined {
  const plan = plan6Of(network);
  if (plan === undefined) return undefined;
  const taken = (address: bigint): boolean =>
    plan.reserved.includes(address) || isTaken(formatAddress6(address));
  const wish = settings.IPAMConfig?.IPv6Address ?? '';
  if (wish === '') {
    let address = plan.subnet.base + 1n;
    while (taken(address)) address++;
    if (contains6(plan.subnet, address)) return formatAddress6(address);
    throw new EngineError(
      'internal',
      `no available IPv6 addresses on this network's address pools: ${network.Name} (${network.Id})`,
    );
  }
  const address = parseAddress6(wish);
  if (address === undefined || !contains6(plan.subnet, address)) {
    throw new EngineError(
      'invalid',
      `Invalid address ${wish}: It does not belong to any of this network's subnets`,
    );
  }
  if (taken(address)) throw new EngineError('forbidden', 'Address already in use');
  return formatAddress6(address);
}

/** The address an endpoint gets: the one that was asked for, or the lowest free one. */
export function chooseAddress(
  network: NetworkRecord,
  settings: EndpointSettings,
  isTaken: (address: number) => boolean,
): number {
  const plan = planOf(network);
  const taken = (address: number): boolean => plan.reserved.includes(address) || isTaken(address);
  const wish = settings.IPAMConfig?.IPv4Address ?? '';
  if (wish !== '') {
    const address = parseAddress(wish);
    if (address === undefined) throw new EngineError('invalid', `Invalid IPv4 address: ${wish})`);
    if (!contains(plan.subnet, address)) {
      throw new EngineError(
        'invalid',
        `Invalid address ${wish}: It does not belong to any of this network's subnets`,
      );
    }
    if (taken(address)) throw new EngineError('forbidden', 'Address already in use');
    return address;
  }
  const address = lowestFree(plan.subnet, plan.range, taken);
  if (address !== undefined) return address;
  throw new EngineError(
    'internal',
    `no available IPv4 addresses on this network's address pools: ${network.Name} (${network.Id})`,
  );
}

/** Writes what is true while the container runs. */
export function fillEndpoint(
  settings: EndpointSettings,
  network: NetworkRecord,
  {
    address,
    address6,
    mac,
  }: { readonly address: number; readonly address6?: string | undefined; readonly mac?: string | undefined },
): void {
  const { gateway, subnet } = planOf(network);
  const six = plan6Of(network);
  Object.assign(settings, {
    NetworkID: network.Id,
    EndpointID: newId(),
    Gateway: formatAddress(gateway),
    IPAddress: formatAddress(address),
    IPPrefixLen: subnet.bits,
    MacAddress: mac ?? macOf(address),
    ...(six && {
      IPv6Gateway: formatAddress6(six.gateway),
      GlobalIPv6Address: address6,
      GlobalIPv6PrefixLen: six.subnet.bits,
    }),
  });
}
