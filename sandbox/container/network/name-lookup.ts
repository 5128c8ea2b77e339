import type { ContainerRecord } from '../model.ts';
import type { EndpointSettings } from '../networking.ts';
import { parseAddress } from './address.ts';
import type { Lease, Leases } from './leases.ts';
import { parseLink } from './links.ts';
import type { NetworkRecord } from './model.ts';
import { isPredefined } from './model.ts';

export interface NameLookup {
  readonly networks: readonly NetworkRecord[];
  readonly leases: Leases;
}

/**
 * Addresses of `name` as the container at `asker` sees it: containers of the networks that it is on itself, by name,
 * host name, alias, beginning of the id, or any of these and the network's name.
 */
export function addressesOf(lookup: NameLookup, asker: Lease, name: string): number[] {
  return leasesOf(lookup, asker, name).map(([address]) => address);
}

/** The same, of the networks with IPv6. */
export function addresses6Of(lookup: NameLookup, asker: Lease, name: string): string[] {
  return leasesOf(lookup, asker, name).flatMap(([, { settings }]) => settings.GlobalIPv6Address || []);
}

function leasesOf({ networks, leases }: NameLookup, asker: Lease, name: string): [number, Lease][] {
  const wanted = name.toLowerCase();
  return networksOf(networks, asker.record).flatMap((network) => {
    const settings = asker.record.networks[network.Name];
    const linked = linkedNames(settings, wanted);
    return [...leases.on(network)].filter(
      ([, lease]) =>
        namesOf(lease, network).includes(wanted) || linked.includes(lease.record.name.toLowerCase()),
    );
  });
}

/** `2.0.18.172.in-addr.arpa` → `web.mynet`, for a container that the asker can see. */
export function nameAt({ networks, leases }: NameLookup, asker: Lease, name: string): string | undefined {
  const reversed = /^(\d+\.\d+\.\d+\.\d+)\.in-addr\.arpa$/i.exec(name)?.[1];
  const address = parseAddress(reversed?.split('.').reverse().join('.') ?? '');
  if (address === undefined) return undefined;
  for (const network of networksOf(networks, asker.record)) {
    const lease = leases.on(network).get(address);
    if (lease !== undefined) return `${lease.record.name}.${network.Name}`;
  }
  return undefined;
}

function networksOf(networks: readonly NetworkRecord[], record: ContainerRecord): NetworkRecord[] {
  return networks.filter((each) => !isPredefined(each.Name) && record.networks[each.Name] !== undefined);
}

function namesOf({ record, settings }: Lease, network: NetworkRecord): string[] {
  const names = [record.name, record.config.Hostname, ...(settings.Aliases ?? [])];
  return names.flatMap((name) => [name, `${name}.${network.Name}`]).map((name) => name.toLowerCase());
}

/** `docker run --link web:db` on a network of the user: `db` means `web` for this container alone. */
function linkedNames(settings: EndpointSettings | undefined, wanted: string): string[] {
  return (settings?.Links ?? [])
    .map(parseLink)
    .filter(({ alias }) => alias.toLowerCase() === wanted)
    .map(({ target }) => target.toLowerCase());
}
