import {
  chmodSync, lchownSync, linkSync, lstatSync, lutimesSync, mkdirSync, readlinkSync, renameSync, symlinkSync,
  unlinkSync,
} from 'node:fs'; // prettier-ignore
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import type { RawPath } from '../../layer/raw-path.ts';
import { joinRaw, onDisk, toRaw } from '../../layer/raw-path.ts';
import { run } from '../../layer/run.ts';
import { removeNow } from '../../layer/tree.ts';
import { writeXattrs } from '../../layer/xattrs.ts';
import { EngineError } from '../../oci/errors.ts';
import type { Node, Source } from '../source/source.ts';
import { follow } from '../source/source.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const ROOT: Owner = { uid: 0, gid: 0 };
export const NEW_FOLDER_MODE = 0o755;

/**
 * A layer that files are put into, over the files of the image so far: what one finds at a path is what the layer has,
 * or else what the image has. Nothing is mounted: the layer's folder is written as the kernel's overlay would do it.
 */
export class LayerDraft {
  readonly folder: { path: string };
  readonly #below: RawPath | undefined;
  /** Set last: what is put into a folder changes its time. */
  readonly #times = new Map<RawPath, number>();
  readonly #xattrs = new Map<RawPath, ReadonlyMap<string, Buffer>>();

  /** `below` is the root of the image so far, read-only; undefined for none. */
  constructor(folder: string, below: string | undefined) {
    this.folder = { path: folder };
    this.#below = below === undefined ? undefined : toRaw(below);
  }

  /** Where a path of the container leads, every link followed. */
  resolve(path: string): RawPath {
    return follow({ node: (each) => this.node(each) }, toRaw(path));
  }

  isFolder(path: RawPath): boolean {
    return path === '' || this.#stats(path)?.isDirectory() === true;
  }

  /** As `Source.node`, as far as following links needs it. */
  node(path: RawPath): Node | undefined {
    const found = this.#find(path);
    if (found === undefined) return undefined;
    const { stats, file } = found;
    const isLink = stats.isSymbolicLink();
    return {
      kind: stats.isDirectory() ? 'folder' : isLink ? 'link' : 'file',
      mode: stats.mode & 0o7777,
      uid: stats.uid,
      gid: stats.gid,
      mtime: stats.mtimeMs / 1000,
      size: stats.size,
      ...(isLink && { target: readlinkSync(file, 'latin1') }),
    };
  }

  /** The folder with all its parents; new ones belong to `owner`. Throws where a file is in the way. */
  makeFolder(path: RawPath, owner: Owner): void {
    if (path === '') return;
    const stats = this.#stats(path);
    if (stats !== undefined && !stats.isDirectory()) {
      throw new EngineError('internal', `mkdir /${path}: not a directory`);
    }
    if (stats !== undefined) {
      this.#copyUp(path);
      return;
    }
    this.makeFolder(parentOf(path), owner);
    this.#add(path);
    mkdirSync(this.#at(path), { mode: NEW_FOLDER_MODE });
    lchownSync(this.#at(path), owner.uid, owner.gid);
  }

  /** A folder as `node` says; one that is there stays, with what is in it. */
  putFolder(path: RawPath, node: Node, owner: Owner): void {
    if (this.isFolder(path)) this.#copyUp(path);
    else {
      this.#clear(path);
      mkdirSync(this.#at(path));
    }
    lchownSync(this.#at(path), owner.uid, owner.gid);
    chmodSync(this.#at(path), node.mode);
    this.#copied.delete(path);
    this.#times.set(path, Math.floor(node.mtime));
    this.#noteXattrs(path, node);
  }

  /** Anything but a folder, in the place of whatever is there. */
  async put(path: RawPath, from: { source: Source; path: RawPath }, node: Node, owner: Owner): Promise<void> {
    this.#clear(path);
    if (node.kind === 'file') {
      const dressed = await from.source.place(from.path, { folder: this.folder, path });
      const isAsWritten = from.source.node(from.path)?.mode === node.mode;
      if (dressed && isAsWritten && owner.uid === 0 && owner.gid === 0) return;
    } else if (node.kind === 'link') symlinkSync(Buffer.from(node.target ?? '', 'latin1'), this.#at(path));
    else await this.#makeNode(path, node);
    lchownSync(this.#at(path), owner.uid, owner.gid);
    if (node.kind !== 'link') chmodSync(this.#at(path), node.mode);
    const time = Math.floor(node.mtime);
    lutimesSync(this.#at(path), time, time);
    this.#noteXattrs(path, node);
  }

  /** A second name for what was put at `first`. */
  putLink(path: RawPath, first: RawPath): void {
    if (path === first) return;
    this.#clear(path);
    linkSync(this.#at(first), this.#at(path));
  }

  chmod(path: RawPath, mode: number): void {
    chmodSync(this.#at(path), mode);
  }

  chown(path: RawPath, owner: Owner): void {
    lchownSync(this.#at(path), owner.uid, owner.gid);
  }

  async finish(): Promise<void> {
    await writeXattrs(this.folder.path, this.#xattrs);
    for (const [path, time] of this.#times) lutimesSync(this.#at(path), time, time);
  }

  #noteXattrs(path: RawPath, { xattrs }: Node): void {
    if (xattrs && xattrs.size > 0) this.#xattrs.set(path, xattrs);
    else this.#xattrs.delete(path);
  }

  /** Makes room for something new at `path`. */
  #clear(path: RawPath): void {
    this.#add(path);
    const own = this.#own(path);
    if (own === undefined) return;
    if (own.isDirectory()) removeNow(joinRaw(toRaw(this.folder.path), path));
    else unlinkSync(this.#at(path));
    for (const known of [...this.#times.keys(), ...this.#xattrs.keys()]) {
      if (known !== path && !known.startsWith(`${path}/`)) continue;
      this.#times.delete(known);
      this.#xattrs.delete(known);
    }
  }

  /** Something new comes into the folder of `path`. */
  #add(path: RawPath): void {
    const parent = parentOf(path);
    this.#copyUp(parent);
    // Its time is now, unless an archive or a tree says another one.
    if (this.#copied.delete(parent)) this.#times.delete(parent);
  }

  readonly #copied = new Set<RawPath>();

  /** A folder of the image that the layer changes, with its mode, owner and time. */
  #copyUp(path: RawPath): void {
    if (path === '' || this.#own(path)?.isDirectory() === true) return;
    this.#copyUp(parentOf(path));
    const stats = this.#belowStats(path);
    if (stats === undefined) return;
    mkdirSync(this.#at(path));
    lchownSync(this.#at(path), stats.uid, stats.gid);
    chmodSync(this.#at(path), stats.mode & 0o7777);
    this.#copied.add(path);
    this.#times.set(path, stats.mtimeMs / 1000);
  }

  #stats(path: RawPath): Stats | undefined {
    return this.#find(path)?.stats;
  }

  #find(path: RawPath): { readonly stats: Stats; readonly file: Buffer } | undefined {
    const own = this.#own(path);
    if (own) return { stats: own, file: this.#at(path) };
    const below = this.#belowStats(path);
    return below && { stats: below, file: onDisk(joinRaw(this.#below ?? ('' as RawPath), path)) };
  }

  #own(path: RawPath): Stats | undefined {
    return lstat(this.#at(path));
  }

  /** Undefined also for what the layer hides by something of its own. */
  #belowStats(path: RawPath): Stats | undefined {
    if (this.#below === undefined) return undefined;
    for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
      const own = this.#own(above);
      if (own !== undefined && !own.isDirectory()) return undefined;
    }
    return lstat(onDisk(joinRaw(this.#below, path)));
  }

  /** A name on disk may be no argument of a command: it is made under another one first. */
  async #makeNode(path: RawPath, { kind, device }: Node): Promise<void> {
    const draft = `.node-${randomBytes(8).toString('hex')}`;
    const { major = 0, minor = 0 } = device ?? {};
    const rest = kind === 'device' ? [device?.kind ?? 'c', String(major), String(minor)] : ['p'];
    await run(['mknod', draft, ...rest], { cwd: this.folder.path });
    renameSync(this.#at(draft as RawPath), this.#at(path));
  }

  #at(path: RawPath): Buffer {
    return onDisk(joinRaw(toRaw(this.folder.path), path));
  }
}

export function parentOf(path: RawPath): RawPath {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0)) as RawPath;
}

/** Undefined also when something on the way is no folder. */
function lstat(file: Buffer): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}
