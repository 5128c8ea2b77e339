import { EngineError } from '../../oci/errors.ts';
import { contains, lastOf, overlaps, parseSubnet, type Subnet } from './address.ts';

/** Where networks without a subnet of their own get one from: dockerd's own pools, in its order. */
const POOLS: readonly { readonly pool: string; readonly bits: number }[] = [
  ...Array.from({ length: 15 }, (_, index) => ({ pool: `172.${17 + index}.0.0/16`, bits: 16 })),
  { pool: '192.168.0.0/16', bits: 20 },
];

/**
 * One of Docker's default subnets that touches none of `used`: the next after `last`, so that a network that is made
 * anew does not get the addresses of the one before, and the first ones again at the end.
 */
export function chooseSubnet(used: readonly Subnet[], last?: Subnet): Subnet {
  const all = [...candidates()];
  const next = last === undefined ? 0 : all.findIndex((each) => each.base === last.base) + 1;
  for (const candidate of [...all.slice(next), ...all.slice(0, next)]) {
    if (!used.some((each) => overlaps(each, candidate))) return candidate;
  }
  throw new EngineError(
    'internal',
    'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
  );
}

/**
 * The lowest free address of `range`; undefined when there is none. The first and last address of the network
 * itself are never given out.
 */
export function lowestFree(
  network: Subnet,
  range: Subnet,
  taken: (address: number) => boolean,
): number | undefined {
  for (let address = range.base; address <= lastOf(range); address++) {
    if (isHost(network, address) && !taken(address)) return address;
  }
  return undefined;
}

function isHost(network: Subnet, address: number): boolean {
  return contains(network, address) && address !== network.base && address !== lastOf(network);
}

function* candidates(): Generator<Subnet> {
  for (const { pool, bits } of POOLS) {
    const whole = parseSubnet(pool);
    if (whole === undefined) continue;
    for (let base = whole.base; base <= lastOf(whole); base += 2 ** (32 - bits)) yield { base, bits };
  }
}
