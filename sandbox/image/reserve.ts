import { rmSync, statSync, writeFileSync } from 'node:fs';

/** The least that is kept, in bytes. */
const LEAST_BYTES = 64 * 1024;

/**
 * Space that is kept back on the disk: on a full one removing must still work, and it has to write down first what there
 * is no more.
 */
export class Reserve {
  readonly #file: string;
  #size: number;

  constructor(file: string) {
    this.#file = file;
    this.#size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Keeps back enough for a file of `bytes`; without a word as much as there was, when the disk has no more. */
  keep(bytes: number): void {
    if (this.#size >= bytes && this.#size >= LEAST_BYTES) return;
    const size = Math.max(LEAST_BYTES, bytes * 2);
    try {
      writeFileSync(this.#file, Buffer.alloc(size), { mode: 0o600 });
      this.#size = size;
    } catch {
      this.release();
    }
  }

  release(): void {
    rmSync(this.#file, { force: true });
    this.#size = 0;
  }
}
