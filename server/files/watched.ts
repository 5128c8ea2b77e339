import { setTimeout as sleep } from 'node:timers/promises';
import type { MachineFiles } from './machine-files.ts';
import type { FolderListing } from './protocol.ts';

/** Between two listings for one page: a machine that changes all its files all the time is shown at this pace. */
const REST_MS = 50;
const AGAIN_MS = 1000;

/** Of one page, whatever it asks to see one after another. */
export class ListingPace {
  #nextMs = 0;

  /** Resolves when the next listing may be made; to false when `signal` is aborted before. */
  async turn(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const wait = this.#nextMs - performance.now();
      if (signal.aborted) return false;
      if (wait <= 0) break;
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
    this.#nextMs = performance.now() + REST_MS;
    return true;
  }
}

export type ShowFolder = (message: { path: string; listing: FolderListing | null }) => void;

/** What one page sees of the folders that it shows: each once, then again after every change. */
export class WatchedFolders {
  readonly #files: MachineFiles;
  readonly #show: ShowFolder;
  readonly #pace: ListingPace;
  readonly #ended = new AbortController();
  readonly #due = new Set<string>();
  #showing = false;

  constructor(files: MachineFiles, folders: readonly string[], show: ShowFolder, pace: ListingPace) {
    this.#files = files;
    this.#show = show;
    this.#pace = pace;
    if (folders.length > 0) void this.#watch([...new Set(folders)]);
  }

  close(): void {
    this.#ended.abort();
  }

  async #watch(folders: readonly string[]): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      // After the watch began or ended: what changed in between is not lost.
      const watching = this.#files.watch(folders, (folder) => this.#changed(folder), signal);
      for (const folder of folders) this.#changed(folder);
      await watching.catch(() => undefined);
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #changed(folder: string): void {
    this.#due.add(folder);
    if (!this.#showing) void this.#showDue();
  }

  async #showDue(): Promise<void> {
    const { signal } = this.#ended;
    this.#showing = true;
    for (const path of this.#due) {
      this.#due.delete(path);
      if (!(await this.#pace.turn(signal))) return;
      const listing = await this.#files.list(path, signal).catch(() => null);
      if (signal.aborted) return;
      this.#show({ path, listing });
    }
    this.#showing = false;
  }
}
