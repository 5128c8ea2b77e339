import { constants } from 'node:os';
import { EngineError } from '../oci/errors.ts';

const FIRST_REAL_TIME = 34;
const LAST_SIGNAL = 64;

/**
 * `TERM`, `SIGTERM`, `15` → 15; real-time signals by number or as `RTMIN+2`. As dockerd, any number but 0 passes: whether there
 * is such a signal is asked when it is sent.
 */
export function parseSignal(text: string): number {
  if (/^[-+]?\d+$/.test(text) && Number(text) !== 0) return Number(text);
  const name = text.toUpperCase().replace(/^SIG/, '');
  const known = SIGNALS.get(name) ?? realTime(name);
  if (known === undefined) throw new EngineError('invalid', `Invalid signal: ${text}`);
  return known;
}

/** Those that a name stands for: the two in front of the real-time signals are the C library's own. */
export function isSignal(number: number): boolean {
  return NUMBERS.has(number) || (number >= FIRST_REAL_TIME && number <= LAST_SIGNAL);
}

const SIGNALS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(constants.signals).map(([name, number]) => [name.slice('SIG'.length), number] as const),
  ['CLD', constants.signals.SIGCHLD],
]);
const NUMBERS = new Set(SIGNALS.values());

/** `RTMIN` to `RTMIN+15`, `RTMAX-14` to `RTMAX`. */
function realTime(name: string): number | undefined {
  const [, base, offset] = /^RTM(IN(?=$|\+)|AX(?=$|-))(?:[-+]([1-9]\d?))?$/.exec(name) ?? [];
  const steps = Number(offset ?? 0);
  if (base === 'IN') return steps <= 15 ? FIRST_REAL_TIME + steps : undefined;
  if (base === 'AX') return steps <= 14 ? LAST_SIGNAL - steps : undefined;
  return undefined;
}
