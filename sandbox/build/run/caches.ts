import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { removeTree, sizeOf } from '../../layer/tree.ts';

export interface CacheWishes {
  readonly id: string;
  readonly sharing: 'shared' | 'private' | 'locked';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Called with the folder when it is new. */
  readonly fill: (folder: string) => Promise<void>;
}

/** A cache that a step has; nobody else gets it before `release`, unless it is shared. */
export interface HeldCache {
  readonly folder: string;
  readonly release: () => void;
}

/** The folders of `RUN --mount=type=cache`. They outlive the builds, and the engine. */
export class CacheFolders {
  readonly #root: string;
  /** How many steps have each, by its folder's name. */
  readonly #held = new Map<string, number>();
  #waiting: (() => void)[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  async hold(wishes: CacheWishes, signal: AbortSignal): Promise<HeldCache> {
    const hex = createHash('sha256').update(wishes.id).digest('hex').slice(0, 32);
    const name = await this.#choose(hex, wishes.sharing, signal);
    this.#held.set(name, (this.#held.get(name) ?? 0) + 1);
    const release = () => this.#release(name);
    try {
      const folder = path.join(this.#root, name);
      if (!existsSync(folder)) await this.#make(folder, wishes);
      return { folder, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Removes what no step has, and returns the bytes that this gave. */
  async prune(): Promise<number> {
    if (!existsSync(this.#root)) return 0;
    let bytes = 0;
    for (const name of readdirSync(this.#root)) {
      if (this.#held.has(name)) continue;
      bytes += await sizeOf(path.join(this.#root, name));
      await removeTree(path.join(this.#root, name));
    }
    return bytes;
  }

  async #choose(hex: string, sharing: CacheWishes['sharing'], signal: AbortSignal): Promise<string> {
    if (sharing === 'shared') return hex;
    if (sharing === 'locked') {
      while (this.#held.has(hex)) {
        signal.throwIfAborted();
        await this.#nextRelease(signal);
      }
      return hex;
    }
    for (let number = 0; ; number++) {
      const name = number === 0 ? hex : `${hex}-${number}`;
      if (!this.#held.has(name)) return name;
    }
  }

  #nextRelease(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      signal.addEventListener('abort', wake);
      this.#waiting.push(wake);
    });
  }

  async #make(folder: string, { mode, uid, gid, fill }: CacheWishes): Promise<void> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
      await fill(folder);
      chownSync(folder, uid, gid);
      chmodSync(folder, mode);
    } catch (error) {
      await removeTree(folder);
      throw error;
    }
  }

  #release(name: string): void {
    const count = (this.#held.get(name) ?? 0) - 1;
    if (count > 0) this.#held.set(name, count);
    else this.#held.delete(name);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
