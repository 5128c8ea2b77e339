import { readFileSync } from 'node:fs';
import { run } from '../layer/run.ts';

/** Until more of a burst of changes has come, in milliseconds. */
const QUIET_MS = 1_000;
/** However long a burst is. */
const LONGEST_MS = 10_000;

/**
 * Brings what was written to the disk itself, a little later and once for all that was written meanwhile. What the
 * engine has written survives the engine in any case; this is for a machine that loses its power.
 */
export class Settling {
  readonly #folder: string;
  readonly #around: (sync: () => Promise<void>) => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #since = 0;
  #running: Promise<void> | undefined;

  /** `folder` is on the file system in question; `around` calls what it gets, and knows before and after. */
  constructor(folder: string, around: (sync: () => Promise<void>) => Promise<void>) {
    this.#folder = folder;
    this.#around = around;
  }

  /** To be called after something was written. */
  touch(): void {
    const now = performance.now();
    if (this.#timer === undefined) this.#since = now;
    else clearTimeout(this.#timer);
    const delayMs = Math.max(0, Math.min(QUIET_MS, this.#since + LONGEST_MS - now));
    this.#timer = setTimeout(() => void this.settle(), delayMs).unref();
  }

  /** At once. Never rejects: what could not be settled is tried again after the next change. */
  async settle(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const before = this.#running ?? Promise.resolve();
    this.#running = before.then(() => this.#sync());
    await this.#running;
  }

  async #sync(): Promise<void> {
    try {
      await this.#around(async () => {
        await run(['sync', '--file-system', this.#folder]);
      });
    } catch {
      // The layers stay noted as unsettled, which only costs time after a cut.
    }
  }
}

/** Another one whenever the machine has been started anew (random(4)). */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
