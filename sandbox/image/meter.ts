import type { Progress } from './progress.ts';

/** Between two lines of the same bar. */
const EVERY_MS = 100;
const STEP_BYTES = 512 * 1024;

/** Tells how much of something has passed, as often as dockerd does. */
export class Meter {
  readonly #id: string;
  readonly #status: string;
  /** Bytes; 0 when nobody knows. */
  readonly #total: number;
  readonly #report: (line: Progress) => void;
  readonly #step: number;
  #current = 0;
  #toldAt = 0;
  #told = 0;

  constructor(id: string, status: string, total: number, report: (line: Progress) => void) {
    this.#id = id;
    this.#status = status;
    this.#total = total;
    this.#report = report;
    this.#step = total > 0 ? Math.min(STEP_BYTES, total / 100) : STEP_BYTES;
  }

  add(bytes: number): void {
    this.#current += bytes;
    if (this.#current - this.#told <= this.#step) return;
    this.#told = this.#current;
    const now = performance.now();
    if (this.#current !== this.#total && now - this.#toldAt < EVERY_MS) return;
    this.#toldAt = now;
    this.end();
  }

  /** Tells where it has come to. */
  end(): void {
    const progressDetail = { current: this.#current, ...(this.#total > 0 && { total: this.#total }) };
    this.#report({ status: this.#status, progressDetail, id: this.#id });
  }
}
