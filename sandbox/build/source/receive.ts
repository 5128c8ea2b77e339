import { closeSync, fchmodSync, ftruncateSync, futimesSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Hash } from 'node:crypto';
import { decompress } from '../../layer/decompress.ts';
import { Pace } from '../../layer/pace.ts';
import type { TarHeader } from '../../layer/tar-header.ts';
import { BLOCK, TAR_TYPES, parseNumber } from '../../layer/tar-header.ts';
import { TarParser } from '../../layer/tar-parser.ts';
import type { ContextEntry } from './context.ts';
import { Context } from './context.ts';
import type { FilePool } from './pool.ts';
import type { SummedHeader } from './tar-sum.ts';
import { startSum, sumOf } from './tar-sum.ts';

/** Up to this size a file is written only once it is known to be a new one. */
const IN_MEMORY_BYTES = 1024 ** 2;

/**
 * The context that `source` is the archive of, compressed or not. The archive is not trusted: whatever its paths and
 * links say, it stays in the tree. Throws `EngineError('invalid')`.
 */
export async function receive(source: AsyncIterable<Uint8Array>, pool: FilePool): Promise<Context> {
  const context = new Context(pool);
  const receiver = new Receiver(context, pool);
  try {
    await receiver.run(decompress(source));
    return context;
  } catch (error) {
    receiver.discard();
    context.close(false);
    throw error;
  }
}

class Receiver {
  readonly #context: Context;
  readonly #pool: FilePool;
  readonly #parser = new TarParser();
  readonly #pace = new Pace();
  /** With the bits of the kind of file, which stand in no `TarHeader`. */
  #mode = 0;
  #entry: TarHeader | undefined;
  #summed: SummedHeader | undefined;
  /** Of a file that is too large to be held until its end. */
  #sum: Hash | undefined;
  #content: Incoming | undefined;

  constructor(context: Context, pool: FilePool) {
    this.#context = context;
    this.#pool = pool;
  }

  async run(source: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of source) {
      for (const part of this.#parser.push(chunk)) {
        if (part.kind === 'raw') this.#header(part.bytes);
        else if (part.kind === 'entry') this.#begin(part.entry);
        else if (part.kind === 'data') this.#data(part.bytes, part.at);
        else this.#end();
        if (this.#pace.due()) await this.#pace.rest();
      }
    }
    Array.from(this.#parser.end());
  }

  discard(): void {
    this.#content?.discard();
  }

  /** The last block before an entry is its header. */
  #header(block: Buffer): void {
    if (block.byteLength === BLOCK) this.#mode = parseNumber(block, 100, 8) ?? 0;
  }

  #begin(entry: TarHeader): void {
    this.#entry = entry;
    const mode = this.#mode;
    const { path: name, type, uid, gid, size, linkPath: linkName, major, minor, xattrs } = entry;
    // As dockerd: the names of users do not count.
    const names = { linkName, userName: '', groupName: '' };
    this.#summed = { name, mode, uid, gid, size, type, ...names, major, minor, xattrs };
    this.#sum = size > IN_MEMORY_BYTES ? startSum(this.#summed) : undefined;
    if (type === TAR_TYPES.file) this.#content = new Incoming(this.#pool.draft(), size);
  }

  #data(bytes: Buffer, at: number): void {
    this.#sum?.update(bytes);
    this.#content?.write(bytes, at);
  }

  #end(): void {
    const [entry, summed] = [this.#entry, this.#summed];
    if (entry === undefined || summed === undefined) return;
    const sum = this.#sum?.digest('hex') ?? sumOf(summed, this.#content?.held() ?? []);
    const { path, type, mode, mtime, size } = entry;
    const { uid, gid, xattrs } = entry;
    const common = { mode, mtime, uid, gid, size: 0, ...(xattrs.size > 0 && { xattrs }) };
    const add = (found: Omit<ContextEntry, keyof typeof common> & { size?: number }) =>
      this.#context.add(path, { ...common, ...found }, sum);
    switch (type) {
      case TAR_TYPES.folder:
        add({ kind: 'folder' });
        break;
      case TAR_TYPES.file:
        add({ kind: 'file', size, key: this.#file(entry, sum) });
        break;
      case TAR_TYPES.symlink:
        add({ kind: 'link', target: entry.linkPath });
        break;
      case TAR_TYPES.hardLink:
        this.#context.addLink(path, entry.linkPath, sum);
        break;
      case TAR_TYPES.fifo:
        add({ kind: 'fifo' });
        break;
      case TAR_TYPES.characterDevice:
      case TAR_TYPES.blockDevice: {
        const kind = type === TAR_TYPES.blockDevice ? 'b' : 'c';
        add({ kind: 'device', device: { kind, major: entry.major, minor: entry.minor } });
        break;
      }
    }
    this.#entry = undefined;
  }

  #file({ mode, mtime, size }: TarHeader, sum: string): string {
    const key = `${sum} ${mtime} ${mode}`;
    const content = this.#content;
    this.#content = undefined;
    if (this.#pool.has(key)) content?.discard();
    else if (content) this.#pool.keep(key, content.finish(mode, mtime), size);
    return key;
  }
}

/** A file that is being received. */
class Incoming {
  readonly #draft: string;
  readonly #size: number;
  readonly #pieces: { readonly bytes: Buffer; readonly at: number }[] = [];
  #end = 0;
  #file: number | undefined;

  constructor(draft: string, size: number) {
    this.#draft = draft;
    this.#size = size;
  }

  write(bytes: Buffer, at: number): void {
    this.#end = at + bytes.byteLength;
    // The chunk's memory is good until the next one.
    if (this.#size <= IN_MEMORY_BYTES) this.#pieces.push({ bytes: Buffer.from(bytes), at });
    else writeAll((this.#file ??= openSync(this.#draft, 'wx', 0o600)), bytes, at);
  }

  /** All of a file that is not too large. */
  held(): Buffer[] {
    return this.#pieces.map(({ bytes }) => bytes);
  }

  finish(mode: number, mtime: number): string {
    const file = (this.#file ??= openSync(this.#draft, 'wx', 0o600));
    try {
      for (const { bytes, at } of this.#pieces) writeAll(file, bytes, at);
      // A sparse file may end with a hole.
      if (this.#end < this.#size) ftruncateSync(file, this.#size);
      fchmodSync(file, mode);
      futimesSync(file, mtime, mtime);
    } finally {
      closeSync(file);
      this.#file = undefined;
    }
    return this.#draft;
  }

  discard(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    rmSync(this.#draft, { force: true });
  }
}

function writeAll(file: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.byteLength;) {
    done += writeSync(file, bytes, done, bytes.byteLength - done, at + done);
  }
}
