import { isIPv6 } from 'node:net';

/** IPv6 addresses as whole numbers, so that a subnet is arithmetic. */
export interface Subnet6 {
  /** First address, the network's own. */
  readonly base: bigint;
  /** Bits of the mask, 0 to 128. */
  readonly bits: number;
}

const GROUPS = 8;

export function parseAddress6(text: string): bigint | undefined {
  if (!isIPv6(text) || text.includes('%')) return undefined;
  // The last two groups may be written as an IPv4 address.
  const plain = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [first = [], last = []] = plain
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: GROUPS - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/** As RFC 5952 wants it, and Go writes it: the longest run of zeros is `::`. */
export function formatAddress6(address: bigint): string {
  const groups = Array.from({ length: GROUPS }, (_, i) =>
    ((address >> BigInt(16 * (GROUPS - 1 - i))) & 0xffffn).toString(16),
  ).join(':');
  const runs = [...groups.matchAll(/(?<![^:])0(?::0)+(?![^:])/g)];
  const longest = runs.toSorted((one, other) => other[0].length - one[0].length)[0];
  if (longest === undefined) return groups;
  const [before, after] = [groups.slice(0, longest.index), groups.slice(longest.index + longest[0].length)];
  return `${before.replace(/:$/, '')}::${after.replace(/^:/, '')}`;
}

/** `fd00::9/64` → the subnet fd00::/64. */
export function parseSubnet6(text: string): Subnet6 | undefined {
  const [address, length, more] = text.split('/');
  const value = parseAddress6(address ?? '');
  if (value === undefined || more !== undefined || !/^\d{1,3}$/.test(length ?? '')) return undefined;
  const bits = Number(length);
  return bits > 128 ? undefined : { base: value - (value % sizeOf(bits)), bits };
}

export function contains6(subnet: Subnet6, address: bigint): boolean {
  return address >= subnet.base && address < subnet.base + sizeOf(subnet.bits);
}

export function overlaps6(one: Subnet6, other: Subnet6): boolean {
  return contains6(one, other.base) || contains6(other, one.base);
}

/** The 16 bytes of a record of DNS. */
export function bytesOf6(address: bigint): Uint8Array {
  return Buffer.from(address.toString(16).padStart(32, '0'), 'hex');
}

function sizeOf(bits: number): bigint {
  return 1n << BigInt(128 - bits);
}
