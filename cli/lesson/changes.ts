import { watch, type FSWatcher } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf } from '../failure.ts';
import { say } from '../lifetime.ts';

/** Editors write in several steps: what comes within this time is one change. In milliseconds. */
const QUIET_MS = 150;

/** Calls `changed` after each pause in the changes below `folder`, one call at a time, until `signal` aborts. */
export async function followChanges(
  folder: string,
  signal: AbortSignal,
  changed: () => Promise<void>,
): Promise<void> {
  const watched = new WatchedFolders(() => {
    clearTimeout(timer);
    timer = setTimeout(follow, QUIET_MS);
  });
  let timer: NodeJS.Timeout | undefined;
  let work = watched.cover(folder);
  const follow = (): void => {
    // New folders first: what is written to them before they are watched is read by `changed`.
    work = work
      .then(() => watched.cover(folder))
      .then(changed)
      .catch((error: unknown) => say(messageOf(error)));
  };
  try {
    await work;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  } finally {
    clearTimeout(timer);
    await work.catch(() => undefined);
    watched.close();
  }
}

/**
 * Folders rather than files: many editors put a new file in the place of the old one, and what Node watches recursively on
 * Linux loses it then (seen with 20.20: only the first save is told).
 */
class WatchedFolders {
  readonly #told: () => void;
  readonly #watchers = new Map<string, FSWatcher>();

  constructor(told: () => void) {
    this.#told = told;
  }

  /** Watches `root` and all folders below it that are there now, and no others. */
  async cover(root: string): Promise<void> {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const below = entries.filter((entry) => entry.isDirectory());
    const folders = new Set([root, ...below.map(({ parentPath, name }) => join(parentPath, name))]);
    for (const folder of this.#watchers.keys()) if (!folders.has(folder)) this.#forget(folder);
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  close(): void {
    for (const folder of this.#watchers.keys()) this.#forget(folder);
  }

  #watch(folder: string): void {
    const watcher = watch(folder, this.#told);
    // It went while it was looked at: its parent's watcher tells.
    watcher.on('error', () => this.#forget(folder));
    this.#watchers.set(folder, watcher);
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}
