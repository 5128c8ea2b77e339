import { constants, existsSync, mkdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { Target } from './source.ts';

/** Where a file of a context is: its folder may be moved as a whole. */
export interface Held {
  folder: { path: string };
  /** Relative to the folder, raw bytes. */
  name: string;
}

/** Contexts whose files are kept for the builds to come. */
const CONTEXTS = 4;
/** A context of more files than this is not kept. */
const FILES = 50_000;
/** Bytes at most that wait in files of no layer, of all contexts but the latest. */
const WAITING_BYTES = 256 * 1024 ** 2;

interface Kept extends Held {
  readonly size: number;
}

/**
 * The files of the last contexts, by what they are (see `keyOf`): a context that comes again is not written again. A
 * file is there once; when a layer gets it, it moves there, and the next one that wants it copies it from the layer.
 */
export class FilePool {
  readonly #own: { path: string };
  readonly #files = new Map<string, Kept>();
  /** The latest first. */
  #contexts: ReadonlySet<string>[] = [];
  /** Of builds that go on. */
  readonly #active = new Set<ReadonlySet<string>>();
  /** Folders that the latest context asked for. */
  #seen = new Map<Held['folder'], boolean>();
  #count = 0;

  /** What an earlier engine left in `folder` is removed. */
  constructor(folder: string) {
    this.#own = { path: folder };
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  has(key: string): boolean {
    const file = this.#files.get(key);
    if (file === undefined) return false;
    if (file.folder === this.#own || this.#isThere(file.folder)) return true;
    this.#files.delete(key);
    return false;
  }

  /** A layer goes as a whole; one look at it is enough for all files of a context. */
  #isThere(folder: Held['folder']): boolean {
    const known = this.#seen.get(folder);
    if (known !== undefined) return known;
    const found = existsSync(folder.path);
    this.#seen.set(folder, found);
    return found;
  }

  /** A name for a file that is about to be written; `keep` makes it known, or it is the caller's to remove. */
  draft(): string {
    return path.join(this.#own.path, String(++this.#count));
  }

  keep(key: string, draft: string, size: number): void {
    this.#files.set(key, { folder: this.#own, name: path.basename(draft), size });
  }

  /** Throws for a file that is not there. */
  file(key: string): Buffer {
    const file = this.#files.get(key);
    if (file === undefined) throw new Error('a file of the context has gone');
    return onDisk(file);
  }

  /** True when the file has been moved there, with its mode and time; else it is a copy that has its content only. */
  async place(key: string, { folder, path: name }: Target): Promise<boolean> {
    const file = this.#files.get(key);
    if (file === undefined) throw new Error('a file of the context has gone');
    const target = onDisk({ folder, name });
    if (file.folder !== this.#own) {
      await copyFile(onDisk(file), target, constants.COPYFILE_FICLONE);
      return false;
    }
    renameSync(onDisk(file), target);
    file.folder = folder;
    file.name = name;
    return true;
  }

  /** Keys of a context whose files are needed from now on; the caller adds them, and says `close` at the end. */
  open(): Set<string> {
    const keys = new Set<string>();
    this.#active.add(keys);
    this.#seen = new Map();
    return keys;
  }

  /** With `keep`, its files are there for the next builds, and those of contexts long ago go. */
  close(keys: ReadonlySet<string>, keep: boolean): void {
    if (!this.#active.delete(keys)) return;
    if (keep && keys.size <= FILES) this.#contexts = [keys, ...this.#contexts].slice(0, CONTEXTS);
    this.#trim();
  }

  /** Nothing is kept for later. */
  clear(): void {
    this.#contexts = [];
    this.#trim();
  }

  #trim(): void {
    let waiting = 0;
    const kept = new Set([...this.#active].flatMap((keys) => [...keys]));
    for (const [i, context] of this.#contexts.entries()) {
      for (const key of context) {
        const file = this.#files.get(key);
        if (file === undefined || kept.has(key)) continue;
        if (file.folder === this.#own) waiting += file.size;
        if (i === 0 || waiting <= WAITING_BYTES) kept.add(key);
      }
    }
    for (const [key, file] of this.#files) if (!kept.has(key)) this.#drop(key, file);
  }

  #drop(key: string, file: Kept): void {
    this.#files.delete(key);
    if (file.folder === this.#own && existsSync(onDisk(file))) unlinkSync(onDisk(file));
  }
}

function onDisk({ folder, name }: Held): Buffer {
  return Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from(name, 'latin1')]);
}
