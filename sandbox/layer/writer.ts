import {
  chmodSync, closeSync, constants, fchmodSync, fchownSync, ftruncateSync, futimesSync, lchownSync, linkSync, lstatSync,
  lutimesSync, mkdirSync, openSync, symlinkSync, unlinkSync, writeSync,
} from 'node:fs'; // prettier-ignore
import { EngineError } from '../oci/errors.ts';
import { PathGuard } from './guard.ts';
import { SpecialFiles } from './nodes.ts';
import type { RawPath } from './raw-path.ts';
import { joinRaw } from './raw-path.ts';
import type { RecordWriter } from './record.ts';
import type { TarHeader } from './tar-header.ts';
import { TAR_TYPES } from './tar-header.ts';
import type { TarPart } from './tar-parser.ts';
import { filesBelow, removeNow } from './tree.ts';
import { OPAQUE_MARKER, WHITEOUT_META_PREFIX, WHITEOUT_PREFIX, isWhiteout } from './whiteout.ts';
import { DEVICE, OPAQUE, belongsToFile, writeXattrs } from './xattrs.ts';

/** Who owns what belongs to a user that there is not, in a user namespace of fewer. */
const NOBODY = 65534;
/** Each is made by a program of its own; more than these look like others. */
const WHITEOUTS_LIMIT = 64;

interface OpenFile {
  readonly entry: TarHeader;
  readonly path: RawPath;
  readonly descriptor: number;
  written: number;
}

/** Makes a layer's folder of the parts of its archive. All calls are synchronous, which is several times faster. */
export class LayerWriter {
  readonly #root: string;
  readonly #guard: PathGuard;
  readonly #record: RecordWriter | undefined;
  readonly #nodes: SpecialFiles;
  readonly #xattrs = new Map<RawPath, Map<string, Buffer>>();
  /** Set last: what is put into a folder changes its time. */
  readonly #times = new Map<RawPath, number>();
  /** Whiteouts by time and owner: one that says the same is a link to the first, which is cheaper. */
  readonly #whiteouts = new Map<string, RawPath>();
  #file: OpenFile | undefined;

  constructor(root: string, record?: RecordWriter) {
    this.#root = root;
    this.#guard = new PathGuard(root);
    this.#nodes = new SpecialFiles(root);
    this.#record = record;
  }

  take(part: TarPart): void {
    switch (part.kind) {
      case 'raw':
        this.#record?.raw(part.bytes);
        break;
      case 'entry':
        this.#add(part.entry);
        break;
      case 'data':
        if (this.#file) this.#write(this.#file, part.bytes, part.at);
        else this.#record?.raw(part.bytes);
        break;
      case 'end':
        this.#endFile();
        break;
    }
  }

  async finish(): Promise<void> {
    await writeXattrs(this.#root, this.#xattrs);
    for (const [path, time] of this.#times) setTime(this.#guard.at(path), time);
  }

  /** Lets go of a file that was left open by an error. */
  close(): void {
    if (this.#file) closeSync(this.#file.descriptor);
    this.#file = undefined;
  }

  #add(entry: TarHeader): void {
    const place = this.#guard.place(entry.path);
    if (!place) return;
    const { parent, name, path } = place;
    if (name === OPAQUE_MARKER) this.#note(parent, OPAQUE, Buffer.from('y'));
    else if (name.startsWith(WHITEOUT_META_PREFIX)) return;
    else if (name.startsWith(WHITEOUT_PREFIX)) {
      this.#hide(entry, joinRaw(parent, checkedName(name.slice(WHITEOUT_PREFIX.length))));
    } else this.#make(entry, path);
  }

  #make(entry: TarHeader, path: RawPath): void {
    switch (entry.type) {
      case TAR_TYPES.file:
        this.#startFile(entry, path);
        return;
      case TAR_TYPES.folder:
        this.#folder(path);
        break;
      case TAR_TYPES.hardLink:
        this.#link(entry, path);
        return;
      case TAR_TYPES.symlink:
        this.#inPlace(path, (file) => symlinkSync(Buffer.from(entry.linkPath, 'latin1'), file));
        break;
      case TAR_TYPES.fifo:
        this.#clear(path);
        this.#nodes.fifo(this.#guard.at(path));
        break;
      case TAR_TYPES.characterDevice:
      case TAR_TYPES.blockDevice:
        this.#device(entry, path);
        break;
      default:
        throw new EngineError('invalid', `unhandled tar header type ${entry.type.charCodeAt(0)}\n`);
    }
    this.#dress(entry, path);
  }

  #folder(path: RawPath): void {
    const file = this.#guard.at(path);
    try {
      mkdirSync(file);
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
      if (lstatSync(file).isDirectory()) return;
      this.#clear(path);
      mkdirSync(file);
    }
  }

  #startFile(entry: TarHeader, path: RawPath): void {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    let descriptor = -1;
    this.#inPlace(path, (file) => {
      descriptor = openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    });
    this.#file = { entry, path, descriptor, written: 0 };
  }

  #write(file: OpenFile, bytes: Buffer, at: number): void {
    for (let done = 0; done < bytes.byteLength;) {
      done += writeSync(file.descriptor, bytes, done, bytes.byteLength - done, at + done);
    }
    file.written = at + bytes.byteLength;
    this.#record?.content(file.path, at, bytes.byteLength);
  }

  #endFile(): void {
    if (!this.#file) return;
    const { entry, path, descriptor, written } = this.#file;
    // The hole at the end of a sparse file.
    if (written < entry.size) ftruncateSync(descriptor, entry.size);
    ownBy(entry, (uid, gid) => fchownSync(descriptor, uid, gid));
    fchmodSync(descriptor, entry.mode);
    futimesSync(descriptor, timeOf(entry.mtime), timeOf(entry.mtime));
    closeSync(descriptor);
    this.#file = undefined;
    this.#noteAll(entry, path);
  }

  #link(entry: TarHeader, path: RawPath): void {
    const target = this.#guard.place(entry.linkPath)?.path;
    const stats = target === undefined ? undefined : this.#stat(target);
    if (target === undefined || !stats || stats.isDirectory()) {
      const why = stats ? 'operation not permitted' : 'no such file or directory';
      throw new EngineError('invalid', `link /${shown(entry.linkPath)} /${shown(path)}: ${why}`);
    }
    if (target === path) return;
    this.#inPlace(path, (file) => linkSync(this.#guard.at(target), file));
  }

  #device(entry: TarHeader, path: RawPath): void {
    this.#clear(path);
    const kind = entry.type === TAR_TYPES.blockDevice ? 'b' : 'c';
    if (this.#nodes.device(this.#guard.at(path), kind, entry.major, entry.minor)) return;
    this.#inPlace(path, (file) => closeSync(openSync(file, 'wx', 0o600)));
    this.#note(path, DEVICE, Buffer.from(`${kind} ${entry.major}:${entry.minor}`));
  }

  #hide(entry: TarHeader, path: RawPath): void {
    this.#clear(path);
    const file = this.#guard.at(path);
    const [any] = this.#whiteouts.values();
    const key = `${entry.mtime} ${entry.uid} ${entry.gid}`;
    const same = this.#whiteouts.get(key) ?? (this.#whiteouts.size < WHITEOUTS_LIMIT ? undefined : any);
    if (same !== undefined) {
      try {
        linkSync(this.#guard.at(same), file);
        return;
      } catch {
        // No inode takes links without end.
      }
    }
    this.#nodes.whiteout(file);
    ownBy(entry, (uid, gid) => lchownSync(file, uid, gid));
    setTime(file, entry.mtime);
    this.#whiteouts.set(key, path);
  }

  /** Owner, mode, time, attributes; in the order in which the kernel does not undo them. */
  #dress(entry: TarHeader, path: RawPath): void {
    const file = this.#guard.at(path);
    ownBy(entry, (uid, gid) => lchownSync(file, uid, gid));
    if (entry.type !== TAR_TYPES.symlink) chmodSync(file, entry.mode);
    if (entry.type === TAR_TYPES.folder) this.#times.set(path, entry.mtime);
    else setTime(file, entry.mtime);
    this.#noteAll(entry, path);
  }

  #noteAll(entry: TarHeader, path: RawPath): void {
    for (const [name, value] of entry.xattrs) if (belongsToFile(name)) this.#note(path, name, value);
  }

  #note(path: RawPath, name: string, value: Buffer): void {
    const xattrs = this.#xattrs.get(path) ?? new Map<string, Buffer>();
    this.#xattrs.set(path, xattrs.set(name, value));
  }

  /** Calls `make`, which does not replace anything, and once more when something was in the way. */
  #inPlace(path: RawPath, make: (file: Buffer) => void): void {
    const file = this.#guard.at(path);
    try {
      make(file);
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
      this.#clear(path);
      make(file);
    }
  }

  /** Makes room: a later entry of an archive replaces an earlier one. */
  #clear(path: RawPath): void {
    const stats = this.#stat(path);
    if (!stats) return;
    this.#forget(path, stats.isDirectory());
    if (stats.isDirectory() || stats.isSymbolicLink()) this.#guard.forget();
    const whole = joinRaw(this.#guard.root, path);
    if (stats.isDirectory()) {
      if (this.#record) for (const file of filesBelow(whole)) this.#lose(joinRaw(path, file));
      removeNow(whole);
    } else if (this.#record?.lose(this.#guard.root, path) !== true) unlinkSync(this.#guard.at(path));
    if (isWhiteout(stats)) this.#forgetWhiteouts((each) => each === path);
  }

  #lose(path: RawPath): void {
    this.#record?.lose(this.#guard.root, path);
  }

  #forget(path: RawPath, isFolder: boolean): void {
    this.#xattrs.delete(path);
    this.#times.delete(path);
    if (!isFolder) return;
    for (const known of [...this.#xattrs.keys(), ...this.#times.keys()]) {
      if (!known.startsWith(`${path}/`)) continue;
      this.#xattrs.delete(known);
      this.#times.delete(known);
    }
    this.#forgetWhiteouts((each) => each.startsWith(`${path}/`));
  }

  #forgetWhiteouts(isGone: (path: RawPath) => boolean): void {
    for (const [key, path] of this.#whiteouts) if (isGone(path)) this.#whiteouts.delete(key);
  }

  #stat(path: RawPath) {
    return lstatSync(this.#guard.at(path), { bigint: true, throwIfNoEntry: false });
  }
}

/** An owner that this user namespace does not have becomes nobody: a layer with such a file can be used all the same. */
function ownBy({ uid, gid }: TarHeader, chown: (uid: number, gid: number) => void): void {
  try {
    chown(uid, gid);
  } catch (error) {
    if (!isCode(error, 'EINVAL') && !isCode(error, 'ERR_OUT_OF_RANGE')) throw error;
    chown(uid > NOBODY ? NOBODY : uid, gid > NOBODY ? NOBODY : gid);
  }
}

function setTime(file: Buffer, time: number): void {
  lutimesSync(file, timeOf(time), timeOf(time));
}

/** Node takes a negative number for "now", but not the same number in digits. */
function timeOf(seconds: number): number | string {
  return seconds < 0 ? String(seconds) : seconds;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function shown(path: string): string {
  return Buffer.from(path.replace(/^\/+/, ''), 'latin1').toString('utf8');
}

function checkedName(name: string): string {
  if (name !== '' && name !== '.' && name !== '..') return name;
  throw new EngineError('invalid', `invalid path in the archive: a whiteout of "${name}"`);
}
