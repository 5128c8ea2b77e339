import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { closeSync, openSync, readSync, readlinkSync } from 'node:fs';
import type { Digest } from '../oci/digest.ts';
import { fromHex } from '../oci/digest.ts';
import { Pace } from './pace.ts';
import type { RawPath } from './raw-path.ts';
import { joinRaw, onDisk, toRaw } from './raw-path.ts';
import type { TarEntry, TarType } from './tar-header.ts';
import { TAR_END, TAR_TYPES, encodeHeader, paddingOf } from './tar-header.ts';
import type { Shell } from './shell.ts';
import { TreeSize, walk } from './tree.ts';
import { OPAQUE_MARKER, WHITEOUT_PREFIX, isWhiteout } from './whiteout.ts';
import type { Xattrs } from './xattrs.ts';
import { OPAQUE, belongsToFile, deviceOf, readXattrs } from './xattrs.ts';

/** What is put together before it is passed on: the size of a write to a disk or a hash. */
const CHUNK_BYTES = 1024 ** 2;

export interface PackOptions {
  /** The folder is in use: a file that has gone is left out, one that became shorter is filled up with zeros. */
  readonly live?: boolean;
  /** Names to write beside the owners' numbers. */
  readonly names?: OwnerNames;
  /** See `ReadOptions`. */
  readonly shell?: Shell | undefined;
  /** Is told of all that is packed. */
  readonly size?: TreeSize;
}

export interface PackedDigest {
  /** SHA-256 of the tar. */
  readonly digest: Digest;
  /** As `sizeOf` counts. */
  readonly size: number;
}

/** What `pack` makes of a folder that is not in use, without keeping it. */
export async function digestPacked(folder: string, shell?: Shell): Promise<PackedDigest> {
  const size = new TreeSize();
  const hash = createHash('sha256');
  for await (const chunk of pack(folder, { shell, size })) hash.update(chunk);
  return { digest: fromHex(hash.digest('hex')), size: size.bytes };
}

export interface OwnerNames {
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
}

/**
 * The layer in `folder` (overlay form) as a tar: each folder before what is in it, names in the order of their bytes,
 * times in whole seconds, no names of users. The same tree gives the same bytes, always and everywhere.
 * A chunk is good until the next one is asked for.
 */
export async function* pack(
  folder: string,
  { live = false, names, shell, size }: PackOptions = {},
): AsyncGenerator<Buffer> {
  const out = new Chunks();
  const entries = new Entries(folder, await readXattrs(folder, { live, shell }), names);
  const pace = new Pace();
  for (const { path, stats } of walk(folder)) {
    if (pace.due()) await pace.rest();
    size?.add(stats);
    const entry = entries.describe(path, stats);
    if (!entry) continue;
    const file = entry.size > 0 ? openFile(entries.root, path, live) : undefined;
    if (entry.size > 0 && file === undefined) continue;
    try {
      yield* out.add(entry.header);
      if (file !== undefined)
        for (const chunk of contentOf(file, path, entry.size, live)) yield* out.add(chunk);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
  yield* out.add(TAR_END);
  yield* out.flush();
}

/** Bytes of what `pack` makes of a folder that is not in use. */
export async function packedSize(folder: string): Promise<number> {
  const entries = new Entries(folder, await readXattrs(folder));
  const pace = new Pace();
  let total = TAR_END.byteLength;
  for (const { path, stats } of walk(folder)) {
    if (pace.due()) await pace.rest();
    const entry = entries.describe(path, stats);
    if (entry) total += entry.header.byteLength + entry.size + paddingOf(entry.size);
  }
  return total;
}

interface Packed {
  /** With all that stands before the content. */
  readonly header: Buffer;
  /** Bytes of content. */
  readonly size: number;
}

class Entries {
  readonly root: RawPath;
  readonly #xattrs: ReadonlyMap<RawPath, Xattrs>;
  /** First names of files with several, by device and inode. */
  readonly #linked = new Map<string, string>();

  readonly #names: OwnerNames | undefined;

  constructor(folder: string, xattrs: ReadonlyMap<RawPath, Xattrs>, names?: OwnerNames) {
    this.root = toRaw(folder);
    this.#xattrs = xattrs;
    this.#names = names;
  }

  /** Undefined for what an archive cannot hold. */
  describe(path: RawPath, stats: BigIntStats): Packed | undefined {
    const common = { ...commonOf(stats), ...this.#ownersOf(stats) };
    if (isWhiteout(stats)) {
      const whiteout = { ...common, path: whiteoutOf(path), type: TAR_TYPES.file, mode: 0o600, size: 0 };
      return { header: encodeHeader(whiteout), size: 0 };
    }
    const type = typeOf(stats);
    if (type === undefined) return undefined;
    if (stats.nlink > 1n && type !== TAR_TYPES.folder) {
      const key = `${stats.dev} ${stats.ino}`;
      const linkPath = this.#linked.get(key);
      if (linkPath !== undefined) {
        return {
          header: encodeHeader({ ...common, path, type: TAR_TYPES.hardLink, linkPath, size: 0 }),
          size: 0,
        };
      }
      this.#linked.set(key, path);
    }
    const xattrs = this.#xattrs.get(path);
    const device = type === TAR_TYPES.file ? standsFor(xattrs) : undefined;
    const entry = describe(this.root, path, stats, device?.type ?? type, xattrs);
    const header = encodeHeader({ ...entry, ...common, ...device });
    if (xattrs?.get(OPAQUE)?.toString() !== 'y') return { header, size: entry.size };
    const marker = { ...common, path: `${path}/${OPAQUE_MARKER}`, type: TAR_TYPES.file, size: 0 };
    return { header: Buffer.concat([header, encodeHeader(marker)]), size: 0 };
  }

  #ownersOf({ uid, gid }: BigIntStats): Pick<TarEntry, 'user' | 'group'> {
    if (!this.#names) return {};
    const { users, groups } = this.#names;
    return { user: users.get(Number(uid)) ?? '', group: groups.get(Number(gid)) ?? '' };
  }
}

function standsFor(xattrs: Xattrs | undefined) {
  const device = deviceOf(xattrs);
  if (!device) return undefined;
  const type = device.kind === 'b' ? TAR_TYPES.blockDevice : TAR_TYPES.characterDevice;
  return { type, major: device.major, minor: device.minor };
}

function describe(
  root: RawPath,
  path: RawPath,
  stats: BigIntStats,
  type: TarType,
  xattrs: Xattrs | undefined,
): Omit<TarEntry, 'mode' | 'uid' | 'gid' | 'mtime'> {
  const kept = keep(xattrs);
  return {
    path: type === TAR_TYPES.folder ? `${path}/` : path,
    type,
    size: type === TAR_TYPES.file ? Number(stats.size) : 0,
    ...(type === TAR_TYPES.symlink && { linkPath: readlinkSync(onDisk(joinRaw(root, path)), 'latin1') }),
    ...((stats.isCharacterDevice() || stats.isBlockDevice()) && numbersOf(stats.rdev)),
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
function numbersOf(rdev: bigint): { major: number; minor: number } {
  return {
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n)),
  };
}

function whiteoutOf(path: RawPath): string {
  const slash = path.lastIndexOf('/') + 1;
  return path.slice(0, slash) + WHITEOUT_PREFIX + path.slice(slash);
}

/** Undefined for a file that has gone. */
function openFile(root: RawPath, path: RawPath, live: boolean): number | undefined {
  try {
    return openSync(onDisk(joinRaw(root, path)), 'r');
  } catch (error) {
    if (live && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Exactly `size` bytes and the padding after them. */
function* contentOf(file: number, path: RawPath, size: number, live: boolean): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(size, CHUNK_BYTES));
  for (let left = size; left > 0;) {
    const wanted = Math.min(left, buffer.byteLength);
    let count = readSync(file, buffer, 0, wanted, null);
    if (count === 0) {
      if (!live) throw new Error(`the file ${path} became shorter while it was read`);
      buffer.fill(0, 0, wanted);
      count = wanted;
    }
    left -= count;
    yield buffer.subarray(0, count);
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
