/** Go's zero time. */
export const NEVER = '0001-01-01T00:00:00Z';

/** As Go prints it (RFC 3339, no zeros at the end of the fraction); what is absent or no time is Go's zero time. */
export function dockerTime(text: string | undefined): string {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text ?? '');
  if (!found) return NEVER;
  const [, whole = '', fraction = '', zone = 'Z'] = found;
  return whole + fraction.replace(/\.?0+$/, '') + zone;
}

/** Whole seconds since 1970. */
export function unixSeconds(text: string | undefined): number {
  return Math.floor(Date.parse(dockerTime(text)) / 1000);
}

/** Negative when `a` is the earlier one; to the nanosecond, where both say it. */
export function compareTimes(a: string, b: string): number {
  const [one, other] = [fractionOf(a), fractionOf(b)];
  return unixSeconds(a) - unixSeconds(b) || (one < other ? -1 : Number(one !== other));
}

function fractionOf(text: string): string {
  return (/\.(\d+)/.exec(text)?.[1] ?? '').replace(/0+$/, '');
}

let last = 0n;

/** This moment with nanoseconds, and later than any it gave before: the age of two images decides their order. */
export function nanoTime(): string {
  const micros = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000));
  const nanos = micros * 1000n;
  last = nanos > last ? nanos : last + 1n;
  const seconds = new Date(Number(last / 1_000_000n)).toISOString().slice(0, 19);
  return dockerTime(`${seconds}.${String(last % 1_000_000_000n).padStart(9, '0')}Z`);
}
