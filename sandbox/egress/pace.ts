import { Transform } from 'node:stream';

/** What may go at once after a quiet while, in seconds at the full rate. */
const BURST_SECONDS = 1;

/**
 * A token bucket for all connections of one machine. Whoever takes more than is there waits until it has come in; those
 * who take after that wait behind it, so that connections get turns.
 */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #now: () => number;
  #tokens: number;
  #at: number;

  /** `now` is a clock in milliseconds that never goes back. */
  constructor(bytesPerSecond: number, now: () => number = () => performance.now()) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#now = now;
    this.#tokens = bytesPerSecond * BURST_SECONDS;
    this.#at = now();
  }

  /** Takes `bytes` and says how long to wait until they may go on, in milliseconds. */
  take(bytes: number): number {
    const now = this.#now();
    const come = ((now - this.#at) / 1000) * this.#bytesPerSecond;
    this.#tokens = Math.min(this.#bytesPerSecond * BURST_SECONDS, this.#tokens + come) - bytes;
    this.#at = now;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#bytesPerSecond) * 1000;
  }
}

/** Passes on what comes, no faster than `pace` allows; the source feels it as back-pressure. */
export function paced(pace: Pace): Transform {
  let timer: NodeJS.Timeout | undefined;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const wait = pace.take(chunk.byteLength);
      if (wait === 0) done(null, chunk);
      else timer = setTimeout(() => done(null, chunk), wait);
    },
    destroy(error, done) {
      clearTimeout(timer);
      done(error);
    },
  });
}
