import type { FSWatcher } from 'node:fs';
import { watch } from 'node:fs';

/** A change is told after this time, … */
const SETTLE_MS = 30;
/** … and the next one of the same folder not before this time has passed: a log may be written in it all the time. */
const REST_MS = 250;

/** Tells which of `folders` have changed, by their place in the list, until it is closed. */
export class FolderWatch {
  readonly #watchers: FSWatcher[] = [];
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #rests = new Map<number, number>();
  readonly #changed: (index: number) => void;

  constructor(folders: readonly string[], changed: (index: number) => void) {
    this.#changed = changed;
    for (const [index, folder] of folders.entries()) this.#watch(folder, index);
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #watch(folder: string, index: number): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#note(index));
      watcher.on('error', () => watcher.close());
      this.#watchers.push(watcher);
    } catch {
      // It is not there, or no folder: whoever lists it now learns that.
      this.#note(index);
    }
  }

  #note(index: number): void {
    if (this.#timers.has(index)) return;
    const rest = (this.#rests.get(index) ?? 0) - performance.now();
    const timer = setTimeout(
      () => {
        this.#timers.delete(index);
        this.#rests.set(index, performance.now() + REST_MS);
        this.#changed(index);
      },
      Math.max(SETTLE_MS, rest),
    );
    this.#timers.set(index, timer);
  }
}
