import { createHash } from 'node:crypto';
import path from 'node:path/posix';
import type { ArrivedLayer } from '../../layer/archived.ts';
import { unpackLayer } from '../../layer/archived.ts';
import { MAGIC_BYTES, decompress, isCompressed } from '../../layer/decompress.ts';
import type { LayerFolders } from '../../layer/folders.ts';
import { BLOCK, TAR_TYPES, parseHeader } from '../../layer/tar-header.ts';
import type { ReadEntry } from '../../layer/tar-reader.ts';
import { readTar } from '../../layer/tar-reader.ts';
import type { Digest } from '../../oci/digest.ts';
import { fromHex, shortId } from '../../oci/digest.ts';
import { EngineError } from '../../oci/errors.ts';
import type { Report } from '../lines.ts';
import { Meter } from '../meter.ts';

/** What an entry of the archive turned out to be. */
export type Arrival =
  | { readonly kind: 'text'; readonly bytes: Buffer }
  /** Unpacked, but not yet among the layers. */
  | {
      readonly kind: 'layer';
      readonly layer: ArrivedLayer;
      /** Its first character. */
      readonly first: string;
      /** Bytes in the archive. */
      readonly size: number;
      /** Whoever waits has seen it come. */
      readonly told: boolean;
    }
  /** It says by its name that it is a layer which is there already, and was not read. */
  | { readonly kind: 'present'; readonly diffId: Digest }
  | { readonly kind: 'broken'; readonly error: unknown };

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Undefined when nobody wants to be told. */
  readonly report?: Report;
}

/** Manifests and configurations are far smaller. */
const TEXT_LIMIT_BYTES = 8 * 1024 ** 2;
const TEXTS_LIMIT_BYTES = 64 * 1024 ** 2;
const ENTRIES_LIMIT = 100_000;
const LINKS = 40;
/** A name that tells what is in it, as in OCI layouts and in archives of podman. */
const HEX_NAME = /^([0-9a-f]{64})(?:\.tar)?$/;
const BLOB = /^blobs\/sha256\/([0-9a-f]{64})$/;

/**
 * The entries of an archive of images, read in one go: layers are unpacked as they come, and nothing is stored twice.
 * `close` removes what nobody took.
 */
export class Arrivals {
  readonly #layers: LayerFolders;
  readonly #found = new Map<string, Arrival>();
  readonly #links = new Map<string, string>();
  #textBytes = 0;

  private constructor(layers: LayerFolders) {
    this.#layers = layers;
  }

  /** Throws what is wrong with the archive as such; what is wrong with a layer is told to whoever asks for that. */
  static async read(
    layers: LayerFolders,
    source: AsyncIterable<Uint8Array>,
    options: ReadOptions,
  ): Promise<Arrivals> {
    const arrivals = new Arrivals(layers);
    try {
      for await (const entry of readTar(source)) {
        options.signal.throwIfAborted();
        await arrivals.#take(entry, options);
      }
      return arrivals;
    } catch (error) {
      await arrivals.close();
      throw error;
    }
  }

  /** By its path in the archive; links are followed. */
  find(name: string): Arrival | undefined {
    let at = clean(name);
    for (let links = 0; links < LINKS; links++) {
      const target = this.#links.get(at);
      if (target === undefined) return this.#found.get(at);
      at = target;
    }
    return undefined;
  }

  /** Whether there is something below that path. */
  isFolder(name: string): boolean {
    const prefix = clean(name) === '' ? '' : `${clean(name)}/`;
    return [...this.#found.keys(), ...this.#links.keys()].some((each) => each.startsWith(prefix));
  }

  /** The folders at the top, sorted. */
  folders(): string[] {
    const names = [...this.#found.keys(), ...this.#links.keys()].filter((each) => each.includes('/'));
    return [...new Set(names.map((each) => each.slice(0, each.indexOf('/'))))].sort();
  }

  async close(): Promise<void> {
    for (const arrival of this.#found.values()) if (arrival.kind === 'layer') await arrival.layer.discard();
  }

  async #take(entry: ReadEntry, options: ReadOptions): Promise<void> {
    const name = clean(Buffer.from(entry.path, 'latin1').toString('utf8'));
    if (this.#found.size + this.#links.size >= ENTRIES_LIMIT) {
      throw new EngineError('invalid', `the archive has more than ${ENTRIES_LIMIT} entries`);
    }
    if (entry.type === TAR_TYPES.symlink || entry.type === TAR_TYPES.hardLink) {
      const target = Buffer.from(entry.linkPath, 'latin1').toString('utf8');
      const base = entry.type === TAR_TYPES.symlink && !target.startsWith('/') ? path.dirname(name) : '';
      await this.#replace(name);
      this.#links.set(name, clean(path.join('/', base, target)));
    } else if (entry.type === TAR_TYPES.file) {
      await this.#replace(name);
      this.#found.set(name, await this.#read(name, entry, options));
    }
  }

  /** A later entry of the same name is the one that counts. */
  async #replace(name: string): Promise<void> {
    this.#links.delete(name);
    const before = this.#found.get(name);
    if (before?.kind === 'text') this.#textBytes -= before.bytes.byteLength;
    if (before?.kind === 'layer') await before.layer.discard();
    this.#found.delete(name);
  }

  async #read(name: string, entry: ReadEntry, options: ReadOptions): Promise<Arrival> {
    const hex = HEX_NAME.exec(path.basename(name))?.[1];
    if (hex !== undefined && this.#layers.find(fromHex(hex)) !== undefined) {
      return { kind: 'present', diffId: fromHex(hex) };
    }
    const content = new Looked(entry.content);
    const blob = BLOB.exec(name)?.[1];
    try {
      // A layer that is not compressed is digested while it is unpacked: once is enough.
      const twice = isCompressed(await content.look(MAGIC_BYTES));
      const plain = new Looked(decompress(twice ? hashedAs(content, blob) : content));
      const first = await plain.look(BLOCK);
      if (!isTar(first)) return await this.#text(twice ? plain : hashedAs(plain, blob));
      const meter = hex === undefined ? undefined : meterOf(hex, entry.size, options.report);
      const layer = await unpackLayer(this.#layers, metered(plain, meter), { signal: options.signal });
      if (!twice && blob !== undefined && layer.diffId !== fromHex(blob)) {
        await layer.discard();
        return { kind: 'broken', error: wrongBlob(blob, layer.diffId) };
      }
      return {
        kind: 'layer',
        layer,
        first: first.toString('latin1', 0, 1),
        size: entry.size,
        told: meter !== undefined,
      };
    } catch (error) {
      options.signal.throwIfAborted();
      // What comes after a full disk does not fit either.
      if (!(error instanceof EngineError) || error.kind !== 'invalid') throw error;
      if (content.cut) throw error;
      return { kind: 'broken', error };
    }
  }

  async #text(source: AsyncIterable<Buffer>): Promise<Arrival> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of source) {
      size += chunk.byteLength;
      if (size > TEXT_LIMIT_BYTES) return { kind: 'broken', error: new EngineError('invalid', TOO_LARGE) };
      chunks.push(Buffer.from(chunk));
    }
    this.#textBytes += size;
    if (this.#textBytes > TEXTS_LIMIT_BYTES) {
      throw new EngineError('invalid', 'the archive holds too much that is neither a layer nor about one');
    }
    return { kind: 'text', bytes: Buffer.concat(chunks) };
  }
}

const TOO_LARGE = `a file of the archive is larger than ${TEXT_LIMIT_BYTES / 1024 ** 2} MiB, and no layer`;

/** A path of the archive without a slash or a point at its beginning; what leads out leads to the top. */
export function clean(name: string): string {
  return path.join('/', name).replace(/^\/+|\/+$/g, '');
}

function isTar(first: Buffer): boolean {
  if (first.byteLength < BLOCK) return false;
  return parseHeader(first) !== undefined || first.every((byte) => byte === 0);
}

function meterOf(hex: string, size: number, report: Report | undefined): Meter | undefined {
  return report && new Meter(shortId(fromHex(hex)), 'Loading layer', size, report);
}

async function* metered(source: AsyncIterable<Buffer>, meter: Meter | undefined): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    meter?.add(chunk.byteLength);
    yield chunk;
  }
  meter?.end();
}

/** A blob of an OCI layout is named after its bytes: throws at the end when it is something else. */
async function* hashedAs(source: AsyncIterable<Buffer>, hex: string | undefined): AsyncGenerator<Buffer> {
  if (hex === undefined) {
    yield* source;
    return;
  }
  const hash = createHash('sha256');
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  const got = hash.digest('hex');
  if (got !== hex) throw wrongBlob(hex, fromHex(got));
}

function wrongBlob(hex: string, got: Digest): EngineError {
  return new EngineError('invalid', `the blob sha256:${hex} of the archive is damaged: it is ${got}`);
}

/** A stream whose beginning can be looked at before it is read. */
class Looked implements AsyncIterable<Buffer> {
  readonly #source: AsyncIterator<Buffer, undefined>;
  #head: Buffer[] = [];
  /** The stream itself has failed. */
  cut = false;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  }

  async look(size: number): Promise<Buffer> {
    let bytes = 0;
    while (bytes < size) {
      const next = await this.#next();
      if (next === undefined) break;
      // Looking further must not spoil what was seen.
      this.#head.push(Buffer.from(next));
      bytes += next.byteLength;
    }
    return Buffer.concat(this.#head).subarray(0, size);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (let chunk = this.#head.shift(); chunk; chunk = this.#head.shift()) yield chunk;
    for (;;) {
      const next = await this.#next();
      if (next === undefined) return;
      yield next;
    }
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const { done, value } = await this.#source.next();
      return done === true ? undefined : value;
    } catch (error) {
      this.cut = true;
      throw error;
    }
  }
}
