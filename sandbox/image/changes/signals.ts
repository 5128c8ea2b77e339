import { constants } from 'node:os';

const HIGHEST_SIGNAL = 64;

/** A number, or a name with or without `SIG`. */
export function isSignal(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= HIGHEST_SIGNAL;
  const name = text.toUpperCase().replace(/^SIG/, '');
  return `SIG${name}` in constants.signals || /^RT(MIN(\+\d+)?|MAX(-\d+)?)$/.test(name);
}
