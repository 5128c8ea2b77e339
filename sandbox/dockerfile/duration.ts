import { DockerfileError, quoted } from './error.ts';

const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Go's `time.ParseDuration`: `1m30s`, `500ms`. Returns nanoseconds. */
export function parseDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const rest = text.replace(/^[-+]/u, '');
  if (rest === '0') return 0;
  if (rest === '') throw new DockerfileError(`time: invalid duration ${quoted(text)}`);
  let total = 0;
  for (let at = 0; at < rest.length;) {
    const [whole, number, unit = ''] = partAt(rest, at) ?? [];
    if (whole === undefined) throw new DockerfileError(`time: invalid duration ${quoted(text)}`);
    if (unit === '') throw new DockerfileError(`time: missing unit in duration ${quoted(text)}`);
    const factor = NANOSECONDS[unit];
    if (factor === undefined) {
      throw new DockerfileError(`time: unknown unit ${quoted(unit)} in duration ${quoted(text)}`);
    }
    total += Number(number) * factor;
    at += whole.length;
  }
  if (total > MOST_NANOSECONDS) throw new DockerfileError(`time: invalid duration ${quoted(text)}`);
  return sign * Math.round(total);
}

/** What fits into 64 bits. */
const MOST_NANOSECONDS = 2 ** 63;

function partAt(text: string, at: number): RegExpExecArray | null {
  const part = /(\d+\.?\d*|\.\d+)([^\d.]*)/uy;
  part.lastIndex = at;
  return part.exec(text);
}
