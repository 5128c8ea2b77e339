import { isIP } from 'node:net';

import { EngineError } from '../../oci/errors.ts';
import {
  contains,
  formatAddress,
  formatSubnet,
  overlaps,
  parseAddress,
  parseSubnet,
  type Subnet,
} from './address.ts';
import { contains6, overlaps6, parseAddress6, parseSubnet6, type Subnet6 } from './address6.ts';
import type { CreateNetwork, Ipam, IpamConfig } from './model.ts';
import { chooseSubnet } from './subnets.ts';

/** What other networks have already. */
export interface TakenPools {
  readonly subnets: readonly Subnet[];
  readonly subnets6?: readonly Subnet6[];
  /** The subnet that was last chosen for a network. */
  readonly last?: Subnet | undefined;
}

/** The addresses of a new network: what the user asked for, completed; or the next of Docker's default subnets. */
export function planIpam(
  wish: CreateNetwork['IPAM'],
  taken: TakenPools,
  { name = '', ipv6 = false }: { readonly name?: string; readonly ipv6?: boolean } = {},
): { readonly ipam: Ipam; readonly userSubnet: boolean } {
  if (wish.Driver !== '' && wish.Driver !== 'default') {
    throw new EngineError('not-found', `plugin ${JSON.stringify(wish.Driver)} not found`);
  }
  const asked6 = wish.Config.filter(({ Subnet: text }) => parseSubnet6(text ?? '') !== undefined);
  const [asked = {}, ...more] = wish.Config.filter((each) => !asked6.includes(each));
  if (more.length > 0 || asked6.length > 1) {
    throw new EngineError('forbidden', "bridge driver doesn't support multiple subnets");
  }
  if (wish.Config.length > asked6.length && asked.Subnet === undefined) subnetOf('', taken.subnets);
  const isOwn = asked.Subnet === undefined;
  const subnet = isOwn ? chooseSubnet(taken.subnets, taken.last) : subnetOf(asked.Subnet, taken.subnets);
  const config = complete(asked, subnet, name);
  if (ipv6) check6(asked6[0], taken.subnets6 ?? [], name);
  return {
    ipam: { Driver: 'default', Options: wish.Options, Config: [config, ...asked6] },
    userSubnet: !isOwn,
  };
}

/** There are no default subnets for IPv6. What was asked for is shown as it was. */
function check6(asked: IpamConfig | undefined, taken: readonly Subnet6[], name: string): void {
  const subnet = parseSubnet6(asked?.Subnet ?? '');
  if (asked === undefined || subnet === undefined) {
    throw new EngineError(
      'internal',
      'could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network',
    );
  }
  if (taken.some((each) => overlaps6(each, subnet))) throw overlapping();
  refuseAddresses(asked, (text) => contains6(subnet, parseAddress6(text) ?? -1n), name);
}

function overlapping(): EngineError {
  return new EngineError('forbidden', 'Pool overlaps with other one on this address space');
}

function subnetOf(text: string, used: readonly Subnet[]): Subnet {
  const subnet = parseSubnet(text);
  if (subnet === undefined) {
    throw new EngineError('invalid', `Invalid subnet ${text} : invalid CIDR address: ${text}`);
  }
  if (used.some((each) => overlaps(each, subnet))) throw overlapping();
  return subnet;
}

/** A gateway that nobody asked for is shown only for a subnet that nobody asked for, as dockerd does it. */
function complete(asked: IpamConfig, subnet: Subnet, name: string): IpamConfig {
  const range = asked.IPRange === undefined ? undefined : parseSubnet(asked.IPRange);
  if (asked.IPRange !== undefined && (range === undefined || !contains(subnet, range.base))) {
    const pool = `address space "LocalDefault" pool "${formatSubnet(subnet)}" subpool "${asked.IPRange}"`;
    throw new EngineError('invalid', `failed to parse pool request for ${pool}: Invalid Address SubPool`);
  }
  refuseAddresses(asked, (text) => contains(subnet, parseAddress(text) ?? -1), name);
  const own =
    asked.Subnet === undefined ? { Gateway: formatAddress(firstHost(subnet, range ?? subnet)) } : {};
  return { Subnet: formatSubnet(subnet), ...own, ...asked };
}

/** The gateway of a network without a wish: the first address of the range that a host may have. */
export function firstHost(subnet: Subnet, range: Subnet): number {
  return range.base === subnet.base ? range.base + 1 : range.base;
}

/** Addresses that the user keeps for something else have to be in the subnet. */
function refuseAddresses(
  { Subnet: pool = '', Gateway: gateway, AuxiliaryAddresses: others = {} }: IpamConfig,
  contained: (text: string) => boolean,
  network: string,
): void {
  if (gateway !== undefined && isIP(gateway) === 0) {
    throw new EngineError('invalid', `invalid gateway address ${gateway} in Ipam configuration`);
  }
  if (gateway !== undefined && !contained(gateway)) {
    throw new EngineError(
      'internal',
      `failed to allocate gateway (${gateway}): Requested address is out of range`,
    );
  }
  for (const [name, text] of Object.entries(others)) {
    const which = `(${name}:${text})`;
    if (isIP(text) === 0) {
      throw new EngineError(
        'invalid',
        `non parsable secondary ip address ${which} passed for network ${network}`,
      );
    }
    if (!contained(text)) {
      throw new EngineError(
        'forbidden',
        `auxiliary address: ${which} must belong to the master pool: ${pool}`,
      );
    }
  }
}
