import { quoted } from '../dockerfile/error.ts';
import type { Healthcheck } from '../oci/config.ts';

/** A list of strings as Go prints it by `%q`: `["a" "b"]`. */
export function quotedList(list: readonly string[]): string {
  return `[${list.map(quoted).join(' ')}]`;
}

/** A list of strings as Go prints it by `%v`: `[a b]`. */
export function plainList(list: readonly string[]): string {
  return `[${list.join(' ')}]`;
}

/** A health check as Go prints the pointer to one by `%q`; this is what `docker history` shows. */
export function quotedHealth({ Test, Interval, Timeout, StartPeriod, Retries }: Healthcheck): string {
  const durations = [Interval, Timeout, StartPeriod].map((each) => quoted(goDuration(each ?? 0)));
  return `&{${quotedList(Test ?? [])} ${durations.join(' ')} ${quotedCharacter(Retries ?? 0)}}`;
}

const SECOND = 1_000_000_000;
const UNITS = [
  [1_000_000, 'ms'],
  [1_000, 'µs'],
  [1, 'ns'],
] as const;

/** Nanoseconds as Go's `time.Duration` prints them: `1m30s`, `1.5s`, `500ms`. */
export function goDuration(nanos: number): string {
  if (nanos === 0) return '0s';
  if (nanos < 0) return `-${goDuration(-nanos)}`;
  if (nanos < SECOND) {
    const [factor, unit] = UNITS.find(([each]) => nanos >= each) ?? [1, 'ns'];
    return `${decimal(nanos, factor)}${unit}`;
  }
  const minutes = Math.floor(nanos / (60 * SECOND));
  const rest = `${decimal(nanos % (60 * SECOND), SECOND)}s`;
  if (minutes === 0) return rest;
  return minutes < 60 ? `${minutes}m${rest}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}`;
}

/** Without zeros at the end; numbers below 2^53 are exact. */
function decimal(value: number, factor: number): string {
  const digits = String(factor).length - 1;
  const fraction = String(value % factor)
    .padStart(digits, '0')
    .slice(0, digits)
    .replace(/0+$/, '');
  const whole = String(Math.floor(value / factor));
  return fraction === '' || factor === 1 ? whole : `${whole}.${fraction}`;
}

function quotedCharacter(code: number): string {
  const text = quoted(String.fromCodePoint(code)).slice(1, -1);
  if (text === '\\"') return `'"'`;
  return text === "'" ? `'\\''` : `'${text}'`;
}
