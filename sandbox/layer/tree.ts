import type { BigIntStats } from 'node:fs';
import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { Pace } from './pace.ts';
import type { RawPath } from './raw-path.ts';
import { joinRaw, onDisk, toRaw } from './raw-path.ts';

export interface TreeEntry {
  /** Relative to the tree's root, without a leading slash. */
  readonly path: RawPath;
  readonly stats: BigIntStats;
}

/** Everything below `root`: each folder before what is in it, names in the order of their bytes. */
export function* walk(root: string): Generator<TreeEntry> {
  yield* walkFolder(toRaw(root), '' as RawPath);
}

/** Docker's `Size`: the bytes of everything but folders, a file of several names counted once. */
export class TreeSize {
  readonly #linked = new Set<bigint>();
  #size = 0n;

  get bytes(): number {
    return Number(this.#size);
  }

  add(stats: BigIntStats): void {
    if (stats.isDirectory()) return;
    if (stats.nlink > 1n) {
      if (this.#linked.has(stats.ino)) return;
      this.#linked.add(stats.ino);
    }
    this.#size += stats.size;
  }
}

/** See `TreeSize`. */
export async function sizeOf(root: string): Promise<number> {
  const pace = new Pace();
  const size = new TreeSize();
  for (const { stats } of walk(root)) {
    if (pace.due()) await pace.rest();
    size.add(stats);
  }
  return size.bytes;
}

/** Removes `root` and all that is in it. Idempotent. */
export async function removeTree(root: string): Promise<void> {
  await removeRaw(toRaw(root));
}

/** As `removeTree`, for a name that need not be UTF-8. */
export async function removeRaw(root: RawPath): Promise<void> {
  if (!lstatSync(onDisk(root), { throwIfNoEntry: false })) return;
  await removeFolder(root, new Pace());
}

/** As `removeRaw`, at once. */
export function removeNow(root: RawPath): void {
  for (const entry of readdirSync(onDisk(root), { withFileTypes: true, encoding: 'latin1' })) {
    const path = joinRaw(root, entry.name);
    if (entry.isDirectory()) removeNow(path);
    else unlinkSync(onDisk(path));
  }
  rmdirSync(onDisk(root));
}

/** The files below a folder, relative to it. */
export function* filesBelow(root: RawPath): Generator<RawPath> {
  for (const { path, stats } of walkFolder(root, '' as RawPath)) if (stats.isFile()) yield path;
}

function* walkFolder(root: RawPath, folder: RawPath): Generator<TreeEntry> {
  const names = readdirSync(onDisk(folder === '' ? root : joinRaw(root, folder)), 'latin1').sort();
  for (const name of names) {
    const path = joinRaw(folder, name);
    const stats = lstatSync(onDisk(joinRaw(root, path)), { bigint: true, throwIfNoEntry: false });
    // A running container may remove what was just listed.
    if (!stats) continue;
    yield { path, stats };
    if (stats.isDirectory()) yield* walkFolder(root, path);
  }
}

async function removeFolder(folder: RawPath, pace: Pace): Promise<void> {
  for (const entry of readdirSync(onDisk(folder), { withFileTypes: true, encoding: 'latin1' })) {
    if (pace.due()) await pace.rest();
    const path = joinRaw(folder, entry.name);
    if (entry.isDirectory()) await removeFolder(path, pace);
    else unlinkSync(onDisk(path));
  }
  rmdirSync(onDisk(folder));
}
