import type { BigIntStats } from 'node:fs';
import { closeSync, openSync, readSync, readlinkSync } from 'node:fs';
import { Pace } from './pace.ts';
import type { RawPath } from './raw-path.ts';
import { joinRaw, onDisk, toRaw } from './raw-path.ts';
import type { TarEntry, TarType } from './tar-header.ts';
import { TAR_END, TAR_TYPES, encodeHeader, paddingOf } from './tar-header.ts';
import type { TreeEntry } from './tree.ts';
import { walk } from './tree.ts';
import { OPAQUE_MARKER, WHITEOUT_PREFIX, isWhiteout } from './whiteout.ts';
import type { Xattrs } from './xattrs.ts';
import { OPAQUE, belongsToFile, readXattrs } from './xattrs.ts';

/** What is put together before it is passed on: the size of a write to a disk or a hash. */
const CHUNK_BYTES = 1024 ** 2;

/**
 * The layer in `folder` (overlay form) as a tar: each folder before what is in it, names in the order of their bytes,
 * times in whole seconds, no names of users. The same tree gives the same bytes, always and everywhere.
 * A chunk is good until the next one is asked for.
 */
export async function* pack(folder: string): AsyncGenerator<Buffer> {
  const xattrs = await readXattrs(folder);
  const pace = new Pace();
  const out = new Chunks();
  const root = toRaw(folder);
  const linked = new Map<bigint, string>();
  for (const entry of walk(folder)) {
    if (pace.due()) await pace.rest();
    for (const chunk of packEntry(root, entry, xattrs.get(entry.path), linked)) yield* out.add(chunk);
  }
  yield* out.add(TAR_END);
  yield* out.flush();
}

function* packEntry(
  root: RawPath,
  { path, stats }: TreeEntry,
  xattrs: Xattrs | undefined,
  linked: Map<bigint, string>,
): Generator<Buffer> {
  const common = commonOf(stats);
  if (isWhiteout(stats)) {
    yield encodeHeader({ ...common, path: whiteoutOf(path), type: TAR_TYPES.file, mode: 0o600, size: 0 });
    return;
  }
  const type = typeOf(stats);
  if (type === undefined) return;
  const first = stats.nlink > 1n && type !== TAR_TYPES.folder ? linked.get(stats.ino) : undefined;
  if (first !== undefined) {
    yield encodeHeader({ ...common, path, type: TAR_TYPES.hardLink, linkPath: first, size: 0 });
    return;
  }
  linked.set(stats.ino, path);
  yield encodeHeader(describe(root, path, stats, type, xattrs));
  if (type === TAR_TYPES.file) yield* contentOf(joinRaw(root, path), Number(stats.size));
  if (xattrs?.get(OPAQUE)?.toString() === 'y') {
    yield encodeHeader({ ...common, path: `${path}/${OPAQUE_MARKER}`, type: TAR_TYPES.file, size: 0 });
  }
}

function describe(
  root: RawPath,
  path: RawPath,
  stats: BigIntStats,
  type: TarType,
  xattrs: Xattrs | undefined,
): TarEntry {
  const kept = keep(xattrs);
  return {
    ...commonOf(stats),
    path: type === TAR_TYPES.folder ? `${path}/` : path,
    type,
    size: type === TAR_TYPES.file ? Number(stats.size) : 0,
    ...(type === TAR_TYPES.symlink && { linkPath: readlinkSync(onDisk(joinRaw(root, path)), 'latin1') }),
    ...((stats.isCharacterDevice() || stats.isBlockDevice()) && deviceOf(stats.rdev)),
    ...(kept.size > 0 && { xattrs: kept }),
  };
}

function commonOf(stats: BigIntStats) {
  return {
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtime: wholeSeconds(stats.mtimeNs),
  };
}

/** Rounded down, before 1970 too. */
function wholeSeconds(nanoseconds: bigint): number {
  const second = 1_000_000_000n;
  return Number((nanoseconds - (((nanoseconds % second) + second) % second)) / second);
}

function keep(xattrs: Xattrs | undefined): Xattrs {
  return new Map([...(xattrs ?? [])].filter(([name]) => belongsToFile(name)));
}

/** Undefined for sockets, which mean nothing without the process that made them. */
function typeOf(stats: BigIntStats): TarType | undefined {
  if (stats.isFile()) return TAR_TYPES.file;
  if (stats.isDirectory()) return TAR_TYPES.folder;
  if (stats.isSymbolicLink()) return TAR_TYPES.symlink;
  if (stats.isFIFO()) return TAR_TYPES.fifo;
  if (stats.isCharacterDevice()) return TAR_TYPES.characterDevice;
  if (stats.isBlockDevice()) return TAR_TYPES.blockDevice;
  return undefined;
}

/** Linux's own packing of a device number. */
function deviceOf(rdev: bigint): { major: number; minor: number } {
  return {
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n)),
  };
}

function whiteoutOf(path: RawPath): string {
  const slash = path.lastIndexOf('/') + 1;
  return path.slice(0, slash) + WHITEOUT_PREFIX + path.slice(slash);
}

/** Exactly `size` bytes and the padding after them. */
function* contentOf(path: RawPath, size: number): Generator<Buffer> {
  if (size === 0) return;
  const file = openSync(onDisk(path), 'r');
  try {
    const buffer = Buffer.allocUnsafe(Math.min(size, CHUNK_BYTES));
    for (let left = size; left > 0;) {
      const count = readSync(file, buffer, 0, Math.min(left, buffer.byteLength), null);
      if (count === 0) throw new Error(`the file ${path} became shorter while it was read`);
      left -= count;
      yield buffer.subarray(0, count);
    }
  } finally {
    closeSync(file);
  }
  yield Buffer.alloc(paddingOf(size));
}

/** Puts small pieces together, so that what comes next sees few and large ones. */
class Chunks {
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  #used = 0;

  *add(piece: Buffer): Generator<Buffer> {
    if (this.#used + piece.byteLength > CHUNK_BYTES) yield* this.flush();
    if (piece.byteLength >= CHUNK_BYTES) {
      yield piece;
      return;
    }
    piece.copy(this.#buffer, this.#used);
    this.#used += piece.byteLength;
  }

  *flush(): Generator<Buffer> {
    if (this.#used > 0) yield this.#buffer.subarray(0, this.#used);
    this.#used = 0;
  }
}
