const start = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** Nanoseconds since 1970, steady while the engine runs, so that no two events share a moment. */
export function now(): bigint {
  return start + process.hrtime.bigint();
}

/** RFC 3339 with nanoseconds, without trailing zeros: as Go prints a time. */
export function formatTime(nanos: bigint): string {
  const seconds = nanos / 1_000_000_000n;
  const fraction = String(nanos % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return fraction === '' ? `${date}Z` : `${date}.${fraction}Z`;
}

/** Nanoseconds since 1970 of what `formatTime` (or any RFC 3339) says. */
export function timeOf(text: string): bigint {
  const found = /^(.{19})(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (!found) return 0n;
  const seconds = BigInt(Date.parse(`${found[1] ?? ''}${found[3] ?? 'Z'}`) / 1000);
  return seconds * 1_000_000_000n + BigInt((found[2] ?? '').padEnd(9, '0'));
}
