import { EngineError } from '../oci/errors.ts';

/** Docker's default: ctrl-p, ctrl-q. */
const DEFAULT = [16, 17];

/** `ctrl-p,ctrl-q` or `a,b` → the bytes that the terminal sends for them. */
export function parseDetachKeys(text: string | null): readonly number[] {
  if (text === null || text === '') return DEFAULT;
  return text.split(',').map((key) => {
    if (key.length === 1) return key.charCodeAt(0);
    const found = /^ctrl-([a-z@[\\\]^_])$/.exec(key);
    if (!found) throw new EngineError('invalid', `Invalid escape keys (${text}) provided`);
    const letter = (found[1] ?? '').toUpperCase();
    return letter.charCodeAt(0) - 64;
  });
}

/** Looks for the keys in what a user types. Keys that turn out to be something else are passed on late, but whole. */
export class DetachDetector {
  readonly #keys: readonly number[];
  #seen = 0;

  constructor(keys: readonly number[]) {
    this.#keys = keys;
  }

  /** What of `chunk` is for the process, and whether the user wants to leave. */
  feed(chunk: Buffer): { readonly pass: Buffer; readonly detach: boolean } {
    const pass: number[] = [];
    for (const byte of chunk) {
      if (byte === this.#keys[this.#seen]) {
        if (++this.#seen === this.#keys.length) return { pass: Buffer.from(pass), detach: true };
        continue;
      }
      pass.push(...this.#keys.slice(0, this.#seen));
      this.#seen = byte === this.#keys[0] ? 1 : 0;
      if (this.#seen === 0) pass.push(byte);
    }
    return { pass: Buffer.from(pass), detach: false };
  }
}
