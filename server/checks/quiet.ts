/**
 * An engine is quiet when nothing happened in it for so long, in milliseconds. Between two events of one command, states
 * hold that no command ends with: images half pruned, a container that is created and about to start.
 */
export const QUIET_MS = 40;

/** An engine that is never quiet is judged all the same, after so many milliseconds. */
export const QUIET_MAX_MS = 250;

/** Knows when something happened last, and waits until nothing more does. */
export class Quiet {
  #lastMs = -Infinity;

  happened(): void {
    this.#lastMs = performance.now();
  }

  /** Resolves at once in an engine that is quiet already. */
  async wait(): Promise<void> {
    const endMs = performance.now() + QUIET_MAX_MS;
    for (;;) {
      // A timer leaves out parts of a millisecond, and would come too early.
      const leftMs = Math.ceil(Math.min(this.#lastMs + QUIET_MS, endMs) - performance.now());
      if (leftMs <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, leftMs));
    }
  }
}
