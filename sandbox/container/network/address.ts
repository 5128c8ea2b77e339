/** IPv4 addresses as unsigned numbers, so that a subnet is arithmetic. */
export interface Subnet {
  /** First address, the network's own. */
  readonly base: number;
  /** Bits of the mask, 0 to 32. */
  readonly bits: number;
}

const ADDRESS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

export function parseAddress(text: string): number | undefined {
  const match = ADDRESS.exec(text);
  if (match === null) return undefined;
  let value = 0;
  for (const part of match.slice(1)) {
    const byte = Number(part);
    if (byte > 255) return undefined;
    value = value * 256 + byte;
  }
  return value;
}

export function formatAddress(address: number): string {
  return bytesOf(address).join('.');
}

/** `10.5.0.9/24` → the subnet 10.5.0.0/24. */
export function parseSubnet(text: string): Subnet | undefined {
  const [address, bits, more] = text.split('/');
  const value = parseAddress(address ?? '');
  if (value === undefined || more !== undefined || !/^\d{1,2}$/.test(bits ?? '')) return undefined;
  const length = Number(bits);
  return length > 32 ? undefined : { base: value - (value % sizeOf(length)), bits: length };
}

export function formatSubnet(subnet: Subnet): string {
  return `${formatAddress(subnet.base)}/${subnet.bits}`;
}

/** The last address: the broadcast address of a network. */
export function lastOf(subnet: Subnet): number {
  return subnet.base + sizeOf(subnet.bits) - 1;
}

export function contains(subnet: Subnet, address: number): boolean {
  return address >= subnet.base && address <= lastOf(subnet);
}

export function overlaps(one: Subnet, other: Subnet): boolean {
  return one.base <= lastOf(other) && other.base <= lastOf(one);
}

/** The MAC address Docker derives from an IPv4 address: `02:42` and its four bytes. */
export function macOf(address: number): string {
  return ['02', '42', ...bytesOf(address).map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

function bytesOf(address: number): number[] {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
}

function sizeOf(bits: number): number {
  return 2 ** (32 - bits);
}
