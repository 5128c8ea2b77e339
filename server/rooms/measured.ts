import type { Usage } from '../engine/schemas.ts';

/** What a machine uses, with what can only be told from two looks at it. */
export interface MeasuredUsage extends Usage {
  /** Processors in use since the look before, 0.5 for half of one; absent at the first look. */
  readonly cpus?: number;
}

/** Makes rates of what a machine's engine counts. `now`: milliseconds that never go back. */
export class UsageRates {
  readonly #now: () => number;
  #before: { readonly cpuMicros: number; readonly atMs: number } | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  measure(usage: Usage): MeasuredUsage {
    const { cpuMicros } = usage;
    const before = this.#before;
    const atMs = this.#now();
    this.#before = cpuMicros === undefined ? undefined : { cpuMicros, atMs };
    // An engine that was started anew counts from the beginning.
    if (cpuMicros === undefined || before === undefined || cpuMicros < before.cpuMicros) return usage;
    const elapsed = atMs - before.atMs;
    return elapsed > 0 ? { ...usage, cpus: (cpuMicros - before.cpuMicros) / 1000 / elapsed } : usage;
  }
}
