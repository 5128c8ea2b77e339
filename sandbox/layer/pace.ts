import { setImmediate } from 'node:timers/promises';

/** Longest stretch of synchronous work: terminals of the same process wait meanwhile. */
const STRETCH_MS = 8;
/** Asking for the time costs more than the work between two askings may. */
const STEPS = 16;

/**
 * Node's synchronous file calls are several times faster than the asynchronous ones, but hold up everything else.
 * A walk over many files uses them and asks `due()` at each step: `if (pace.due()) await pace.rest()`.
 */
export class Pace {
  #since = performance.now();
  #steps = 0;

  due(): boolean {
    return ++this.#steps % STEPS === 0 && performance.now() - this.#since > STRETCH_MS;
  }

  async rest(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
