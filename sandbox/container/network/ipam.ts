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
import type { CreateNetwork, Ipam, IpamConfig } from './model.ts';
import { chooseSubnet } from './subnets.ts';

/** The addresses of a new network: what the user asked for, completed; or the next of Docker's default subnets. */
export function planIpam(
  wish: CreateNetwork['IPAM'],
  used: readonly Subnet[],
  last?: Subnet,
): { readonly ipam: Ipam; readonly userSubnet: boolean } {
  if (wish.Driver !== '' && wish.Driver !== 'default') {
    throw new EngineError('not-found', `plugin ${JSON.stringify(wish.Driver)} not found`);
  }
  if (wish.Config.length > 1) {
    throw new EngineError('invalid', "bridge driver doesn't support multiple subnets");
  }
  const asked = wish.Config[0] ?? {};
  if (wish.Config.length === 1 && asked.Subnet === undefined) subnetOf('', used);
  const subnet = asked.Subnet === undefined ? chooseSubnet(used, last) : subnetOf(asked.Subnet, used);
  const config = complete(asked, subnet);
  return {
    ipam: { Driver: 'default', Options: wish.Options, Config: [config] },
    userSubnet: asked.Subnet !== undefined,
  };
}

function subnetOf(text: string, used: readonly Subnet[]): Subnet {
  const subnet = parseSubnet(text);
  if (subnet === undefined) {
    throw new EngineError('invalid', `Invalid subnet ${text} : invalid CIDR address: ${text}`);
  }
  if (used.some((each) => overlaps(each, subnet))) {
    throw new EngineError('forbidden', 'Pool overlaps with other one on this address space');
  }
  return subnet;
}

/** A gateway that nobody asked for is shown only for a subnet that nobody asked for, as dockerd does it. */
function complete(asked: IpamConfig, subnet: Subnet): IpamConfig {
  const range = asked.IPRange === undefined ? undefined : parseSubnet(asked.IPRange);
  if (asked.IPRange !== undefined && (range === undefined || !contains(subnet, range.base))) {
    const pool = `address space "LocalDefault" pool "${formatSubnet(subnet)}" subpool "${asked.IPRange}"`;
    throw new EngineError('invalid', `failed to parse pool request for ${pool}: Invalid Address SubPool`);
  }
  for (const [name, text] of Object.entries(asked.AuxiliaryAddresses ?? {})) addressIn(subnet, name, text);
  if (asked.Gateway !== undefined) addressIn(subnet, 'gateway', asked.Gateway);
  const own =
    asked.Subnet === undefined ? { Gateway: formatAddress(firstHost(subnet, range ?? subnet)) } : {};
  return { Subnet: formatSubnet(subnet), ...own, ...asked };
}

/** The gateway of a network without a wish: the first address of the range that a host may have. */
export function firstHost(subnet: Subnet, range: Subnet): number {
  return range.base === subnet.base ? range.base + 1 : range.base;
}

function addressIn(subnet: Subnet, name: string, text: string): number {
  const address = parseAddress(text);
  if (address === undefined) {
    throw new EngineError('invalid', `invalid ${name} address ${text} in Ipam configuration`);
  }
  if (!contains(subnet, address)) {
    throw new EngineError(
      'invalid',
      `failed to allocate ${name} (${text}): Requested address is out of range`,
    );
  }
  return address;
}
