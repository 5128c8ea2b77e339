import {
  chmodSync, closeSync, constants, lchownSync, linkSync, lstatSync, lutimesSync, mkdirSync, openSync, renameSync, symlinkSync,
  unlinkSync, writeSync,
} from 'node:fs'; // prettier-ignore
import { randomBytes } from 'node:crypto';
import { EngineError } from '../oci/errors.ts';
import { PathGuard } from './guard.ts';
import { Pace } from './pace.ts';
import type { RawPath } from './raw-path.ts';
import { joinRaw } from './raw-path.ts';
import { CommandFailed, run } from './run.ts';
import { TAR_TYPES } from './tar-header.ts';
import type { ReadEntry } from './tar-reader.ts';
import { readTar } from './tar-reader.ts';
import { removeRaw } from './tree.ts';
import { OPAQUE_MARKER, WHITEOUT_META_PREFIX, WHITEOUT_PREFIX, isWhiteout } from './whiteout.ts';
import type { Xattrs } from './xattrs.ts';
import { OPAQUE, belongsToFile, writeXattrs } from './xattrs.ts';

/**
 * Extracts the layer that `source` is the tar of into the empty folder `root`, in overlay form. The archive is not
 * trusted: whatever its paths and links say, nothing outside of `root` is touched. Throws `EngineError('invalid')`.
 */
export async function unpack(source: AsyncIterable<Uint8Array>, root: string): Promise<void> {
  const layer = new LayerWriter(root);
  for await (const entry of readTar(source)) await layer.add(entry);
  await layer.finish();
}

class LayerWriter {
  readonly #root: string;
  readonly #guard: PathGuard;
  readonly #pace = new Pace();
  readonly #xattrs = new Map<RawPath, Map<string, Buffer>>();
  /** Set last: what is put into a folder changes its time. */
  readonly #times = new Map<RawPath, number>();
  /** Some whiteout of this layer; the others are links to it, which is cheaper. */
  #whiteout: RawPath | undefined;

  constructor(root: string) {
    this.#root = root;
    this.#guard = new PathGuard(root);
  }

  async add(entry: ReadEntry): Promise<void> {
    if (this.#pace.due()) await this.#pace.rest();
    const place = this.#guard.place(entry.path);
    if (!place) return;
    const { parent, name, path } = place;
    if (name === OPAQUE_MARKER) this.#note(parent, OPAQUE, Buffer.from('y'));
    else if (name.startsWith(WHITEOUT_META_PREFIX)) return;
    else if (name.startsWith(WHITEOUT_PREFIX)) {
      await this.#hide(joinRaw(parent, checkedName(name.slice(WHITEOUT_PREFIX.length))));
    } else await this.#write(entry, path);
  }

  async finish(): Promise<void> {
    await writeXattrs(this.#root, this.#xattrs);
    for (const [path, time] of this.#times) lutimesSync(this.#guard.at(path), time, time);
  }

  async #write(entry: ReadEntry, path: RawPath): Promise<void> {
    switch (entry.type) {
      case TAR_TYPES.folder:
        await this.#folder(path);
        break;
      case TAR_TYPES.file:
        await this.#clear(path);
        await this.#file(entry, path);
        break;
      case TAR_TYPES.hardLink:
        await this.#link(entry, path);
        return;
      case TAR_TYPES.symlink:
        await this.#clear(path);
        symlinkSync(Buffer.from(entry.linkPath, 'latin1'), this.#guard.at(path));
        break;
      case TAR_TYPES.fifo:
      case TAR_TYPES.characterDevice:
      case TAR_TYPES.blockDevice:
        await this.#clear(path);
        if (!(await this.#special(entry, path))) return;
        break;
      default:
        throw new EngineError(
          'invalid',
          `unhandled tar header type ${JSON.stringify(entry.type)} of ${path}`,
        );
    }
    this.#dress(entry, path);
  }

  async #folder(path: RawPath): Promise<void> {
    if (lstatSync(this.#guard.at(path), { throwIfNoEntry: false })?.isDirectory()) return;
    await this.#clear(path);
    mkdirSync(this.#guard.at(path));
  }

  async #file(entry: ReadEntry, path: RawPath): Promise<void> {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const file = openSync(this.#guard.at(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      for await (const chunk of entry.content) {
        for (let at = 0; at < chunk.byteLength;) at += writeSync(file, chunk, at);
      }
    } finally {
      closeSync(file);
    }
  }

  async #link(entry: ReadEntry, path: RawPath): Promise<void> {
    const target = this.#guard.place(entry.linkPath)?.path;
    const stats = target === undefined ? undefined : this.#stat(target);
    if (target === undefined || !stats || stats.isDirectory()) {
      throw new EngineError(
        'invalid',
        `the hard link ${entry.path} leads to ${entry.linkPath}, which is no file of the layer`,
      );
    }
    if (target === path) return;
    await this.#clear(path);
    linkSync(this.#guard.at(target), this.#guard.at(path));
  }

  /** Owner, mode, time, attributes; in the order in which the kernel does not undo them. */
  #dress({ type, mode, uid, gid, mtime, xattrs }: ReadEntry, path: RawPath): void {
    const file = this.#guard.at(path);
    lchownSync(file, uid, gid);
    if (type !== TAR_TYPES.symlink) chmodSync(file, mode);
    if (type === TAR_TYPES.folder) this.#times.set(path, mtime);
    else lutimesSync(file, mtime, mtime);
    for (const [name, value] of xattrs) if (belongsToFile(name)) this.#note(path, name, value);
  }

  async #hide(path: RawPath): Promise<void> {
    await this.#clear(path);
    if (this.#whiteout !== undefined && this.#stat(this.#whiteout)) {
      try {
        linkSync(this.#guard.at(this.#whiteout), this.#guard.at(path));
        return;
      } catch {
        // No inode takes links without end.
      }
    }
    await this.#node(path, 'mknod', ['c', '0', '0']);
    this.#whiteout = path;
  }

  /** False for a device that may not be made here: inside a session that is any. */
  async #special(entry: ReadEntry, path: RawPath): Promise<boolean> {
    const isNothing = entry.type === TAR_TYPES.characterDevice && entry.major === 0 && entry.minor === 0;
    // It would be taken for a whiteout, which an archive says in another way.
    if (isNothing) return false;
    try {
      if (entry.type === TAR_TYPES.fifo) await this.#node(path, 'mkfifo', []);
      else {
        const kind = entry.type === TAR_TYPES.blockDevice ? 'b' : 'c';
        await this.#node(path, 'mknod', [kind, String(entry.major), String(entry.minor)]);
      }
      return true;
    } catch (error) {
      if (error instanceof CommandFailed && entry.type !== TAR_TYPES.fifo) return false;
      throw error;
    }
  }

  /** A name on disk may be no argument of a command: it is made under another one first. */
  async #node(path: RawPath, program: 'mknod' | 'mkfifo', args: readonly string[]): Promise<void> {
    const draft = `.node-${randomBytes(8).toString('hex')}`;
    await run([program, draft, ...args], { cwd: this.#root });
    renameSync(this.#guard.at(draft as RawPath), this.#guard.at(path));
  }

  /** Makes room: a later entry of an archive replaces an earlier one. */
  async #clear(path: RawPath): Promise<void> {
    const stats = this.#stat(path);
    if (!stats) return;
    for (const known of [...this.#xattrs.keys(), ...this.#times.keys()]) {
      if (known === path || known.startsWith(`${path}/`)) {
        this.#xattrs.delete(known);
        this.#times.delete(known);
      }
    }
    if (stats.isDirectory()) await removeRaw(joinRaw(this.#guard.root, path));
    else unlinkSync(this.#guard.at(path));
    if (isWhiteout(stats) && this.#whiteout === path) this.#whiteout = undefined;
  }

  #stat(path: RawPath) {
    return lstatSync(this.#guard.at(path), { bigint: true, throwIfNoEntry: false });
  }

  #note(path: RawPath, name: string, value: Buffer): void {
    const xattrs: Map<string, Buffer> & Xattrs = this.#xattrs.get(path) ?? new Map<string, Buffer>();
    this.#xattrs.set(path, xattrs.set(name, value));
  }
}

function checkedName(name: string): string {
  if (name !== '' && name !== '.' && name !== '..') return name;
  throw new EngineError('invalid', `invalid path in the archive: a whiteout of "${name}"`);
}
