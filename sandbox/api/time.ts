import { now } from '../container/clock.ts';
import { parseDuration } from '../dockerfile/duration.ts';
import { EngineError } from '../oci/errors.ts';

export { formatTime, now } from '../container/clock.ts';

/**
 * The API's times: seconds with an optional fraction of up to nine digits (what the CLI sends), or RFC 3339.
 * Nanoseconds since 1970; undefined for none.
 */
export function parseTime(text: string | null): bigint | undefined {
  if (text === null || text === '') return undefined;
  const found = /^(-?\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (found) {
    const seconds = BigInt(found[1] ?? '0');
    if (BigInt.asIntN(64, seconds) !== seconds) throw unreadable(text, 'value out of range');
    return seconds * 1_000_000_000n + BigInt((found[2] ?? '').padEnd(9, '0'));
  }
  // JavaScript takes much for a date: "1,2" is a day of 2001 to it.
  const millis = DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(millis)) throw unreadable(text, 'invalid syntax');
  return BigInt(millis) * 1_000_000n;
}

const DATE = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?$/;

function unreadable(text: string, problem: string): EngineError {
  return new EngineError('invalid', `strconv.ParseInt: parsing "${text}": ${problem}`);
}

/** What the filter `until` takes: a time, or a duration such as `1h30m`, which counts back from now. */
export function parseUntil(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  try {
    return DURATION.test(text) ? now() - BigInt(parseDuration(text)) : (parseTime(text) ?? 0n);
  } catch {
    throw new EngineError('invalid', `failed to parse value as time or duration: "${text}"`);
  }
}

/** The one value of a filter that takes a single time. */
export function untilFilter(values: readonly string[] | undefined): bigint | undefined {
  if (values !== undefined && values.length > 1) {
    throw new EngineError('invalid', 'more than one until filter specified');
  }
  return parseUntil(values?.[0]);
}

/** What begins with a number and goes on with a unit. */
const DURATION = /^[+-]?[\d.]+[a-zµμ]/;
