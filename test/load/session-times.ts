import { processSeconds, sessionProcesses } from './meter.ts';

/** Processor time of the sessions of a data folder from now on; those that end between two looks lose what came after the last. */
export class SessionTimes {
  readonly #dataDir: string;
  /** By group: seconds at the first look, and at the last. */
  readonly #times = new Map<string, { readonly first: number; last: number }>();

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    for (const [group, seconds] of this.#read()) this.#times.set(group, { first: seconds, last: seconds });
  }

  /** Processor seconds of all of them together. */
  get seconds(): number {
    return [...this.#times.values()].reduce((sum, { first, last }) => sum + last - first, 0);
  }

  look(): void {
    for (const [group, seconds] of this.#read()) {
      const known = this.#times.get(group);
      // One that came after the first look has used all of its time since.
      if (!known) this.#times.set(group, { first: 0, last: seconds });
      else known.last = Math.max(known.last, seconds);
    }
  }

  #read(): [string, number][] {
    return [...sessionProcesses(this.#dataDir)].map(([group, pids]) => [group, processSeconds(pids)]);
  }
}
