import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { writeAtomically } from '../../sandbox/registry/store/file.ts';

const schema = z.record(z.string(), z.int().nonnegative());

/** How much each name has published, in bytes: Notary keeps every version for ever. */
export class Ledger {
  readonly #file: string;
  readonly #used: Map<string, number>;
  readonly #max: number;
  #writing: Promise<void> = Promise.resolve();

  /** `max` bytes for each name. */
  constructor(file: string, max: number, report: (message: string) => void) {
    this.#file = file;
    this.#max = max;
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    this.#used = new Map(Object.entries(read(file, report)));
  }

  hasPublished(name: string): boolean {
    return (this.#used.get(name) ?? 0) > 0;
  }

  /** False when there is no room for so much more, and nothing is written down. Resolves once it is. */
  async spend(name: string, bytes: number): Promise<boolean> {
    const used = (this.#used.get(name) ?? 0) + bytes;
    if (used > this.#max) return false;
    this.#used.set(name, used);
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() => writeAtomically(this.#file, JSON.stringify(Object.fromEntries(this.#used))));
    await this.#writing;
    return true;
  }
}

function read(file: string, report: (message: string) => void): Record<string, number> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {};
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    report(`${file} cannot be read; what was published is counted anew.`);
    return {};
  }
}
