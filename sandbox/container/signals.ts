import { constants } from 'node:os';
import { EngineError } from '../oci/errors.ts';

const MAX_SIGNAL = 64;

/** `TERM`, `SIGTERM`, `15` → 15; real-time signals by number or as `RTMIN+2`. */
export function parseSignal(text: string): number {
  const upper = text.toUpperCase();
  if (/^\d+$/.test(upper)) {
    const number = Number(upper);
    if (number >= 1 && number <= MAX_SIGNAL) return number;
  }
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const known = (constants.signals as Readonly<Record<string, number>>)[name] ?? realTime(name);
  if (known === undefined) throw new EngineError('invalid', `Invalid signal: ${text}`);
  return known;
}

function realTime(name: string): number | undefined {
  const found = /^SIGRTM(IN|AX)(?:([+-])(\d+))?$/.exec(name);
  if (!found) return undefined;
  const base = found[1] === 'IN' ? 34 : MAX_SIGNAL;
  const offset = Number(found[3] ?? 0) * (found[2] === '-' ? -1 : 1);
  const number = base + offset;
  return number >= 34 && number <= MAX_SIGNAL ? number : undefined;
}
