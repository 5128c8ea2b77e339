import { now } from '../container/clock.ts';
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

const NANOS: Readonly<Record<string, number>> = { ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** What the filter `until` takes: a time, or a duration such as `1h30m`, which counts back from now. */
export function parseUntil(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(text)) return parseTime(text ?? null);
  const parts = [...text.matchAll(/([\d.]+)([a-z]+)/g)];
  const ago = parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (NANOS[unit] ?? 0), 0);
  return now() - BigInt(Math.round(ago));
}
