import { SyntaxMistake } from './words.ts';

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
  const rest = text.replace(/^[-+]/, '');
  if (rest === '0') return 0;
  if (rest === '') throw new SyntaxMistake(`time: invalid duration "${text}"`);
  let total = 0;
  for (let left = rest; left !== '';) {
    const found = /^(\d+\.?\d*|\.\d+)(\D*?)(?=[\d.]|$)/.exec(left);
    if (!found) throw new SyntaxMistake(`time: invalid duration "${text}"`);
    const [whole, number, unit = ''] = found;
    if (unit === '') throw new SyntaxMistake(`time: missing unit in duration "${text}"`);
    const factor = NANOSECONDS[unit];
    if (factor === undefined) throw new SyntaxMistake(`time: unknown unit "${unit}" in duration "${text}"`);
    total += Number(number) * factor;
    left = left.slice(whole.length);
  }
  return sign * Math.round(total);
}
