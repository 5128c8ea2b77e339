import { EngineError } from '../oci/errors.ts';

export { formatTime, now } from '../container/clock.ts';

/**
 * The API's times: seconds with an optional fraction of up to nine digits (what the CLI sends), or RFC 3339.
 * Nanoseconds since 1970; undefined for none.
 */
export function parseTime(text: string | null): bigint | undefined {
  if (text === null || text === '') return undefined;
  const found = /^(-?\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (found) return BigInt(found[1] ?? '0') * 1_000_000_000n + BigInt((found[2] ?? '').padEnd(9, '0'));
  const millis = Date.parse(text);
  if (Number.isNaN(millis)) throw new EngineError('invalid', `invalid time "${text}"`);
  return BigInt(millis) * 1_000_000n;
}
