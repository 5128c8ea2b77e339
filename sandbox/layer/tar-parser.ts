import { EngineError } from '../oci/errors.ts';
import { PaxRecords, parsePax } from './pax.ts';
import type { SparseMap } from './sparse.ts';
import { paxSparse, readGnuSparse, readSparseData, sizeOfSparse } from './sparse.ts';
import type { TarHeader } from './tar-header.ts';
import { BLOCK, parseHeader, paddingOf, withRecords } from './tar-header.ts';

/** What a tar is made of. All `raw` and `data` together, in their order, are the archive's bytes. */
export type TarPart =
  /** Headers, extended headers, padding, and what comes after the last entry. Good until the next part. */
  | { readonly kind: 'raw'; readonly bytes: Buffer }
  /** Comes after the headers that tell it, and before its content. */
  | { readonly kind: 'entry'; readonly entry: TarHeader }
  /** A piece of the entry's content, and where in the file it belongs. */
  | { readonly kind: 'data'; readonly bytes: Buffer; readonly at: number }
  /** All of the entry's content has been seen. */
  | { readonly kind: 'end' };

/** Extended headers, long names and maps of sparse files are held in memory. */
const META_LIMIT_BYTES = 1024 ** 2;

/**
 * Takes a tar archive (v7, ustar, PAX, GNU with long names and sparse files) apart as its bytes come in, without
 * waiting for anything. As Go's archive/tar does it, global extended headers are passed over. Throws
 * `EngineError('invalid')` in Go's words.
 */
export class TarParser {
  /** What the next `#wanted` bytes are for. */
  #expect: (block: Buffer) => Iterable<TarPart> = (block) => this.#header(block);
  #wanted = BLOCK;
  /** The archive may end here: archives without a mark at their end exist, and without the last padding. */
  #mayEnd = true;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #records = new PaxRecords();
  #content: Content | undefined;
  #ended = false;

  /** True after the mark at the end of the archive. */
  get ended(): boolean {
    return this.#ended;
  }

  *push(chunk: Buffer): Generator<TarPart> {
    let rest = chunk;
    while (rest.byteLength > 0) {
      if (this.#ended) {
        yield { kind: 'raw', bytes: rest };
        return;
      }
      if (this.#content) rest = yield* this.#passContent(this.#content, rest);
      else rest = yield* this.#gather(rest);
    }
  }

  /** Throws when the archive ends in the middle of something. */
  *end(): Generator<TarPart> {
    if (this.#ended) return;
    const isPadding = this.#wanted !== BLOCK;
    if (this.#content || !this.#mayEnd || (this.#gatheredBytes > 0 && !isPadding)) throw cut();
    if (this.#gatheredBytes > 0) yield { kind: 'raw', bytes: Buffer.concat(this.#gathered) };
  }

  *#gather(chunk: Buffer): Generator<TarPart, Buffer> {
    const missing = this.#wanted - this.#gatheredBytes;
    if (chunk.byteLength < missing) {
      // Whoever gave the chunk may use its memory again.
      this.#gathered.push(Buffer.from(chunk));
      this.#gatheredBytes += chunk.byteLength;
      return chunk.subarray(chunk.byteLength);
    }
    const last = chunk.subarray(0, missing);
    const bytes = this.#gathered.length === 0 ? last : Buffer.concat([...this.#gathered, last]);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    yield { kind: 'raw', bytes };
    yield* this.#expect(bytes);
    return chunk.subarray(missing);
  }

  *#passContent(content: Content, chunk: Buffer): Generator<TarPart, Buffer> {
    const bytes = chunk.subarray(0, content.left);
    yield* content.take(bytes);
    if (content.left === 0) {
      this.#content = undefined;
      yield* this.#endEntry(content.stored);
    }
    return chunk.subarray(bytes.byteLength);
  }

  *#header(block: Buffer): Iterable<TarPart> {
    if (isEmpty(block)) {
      this.#expect = (second) => this.#secondMark(second);
      return;
    }
    const header = parseHeader(block);
    if (header === undefined) throw new EngineError('invalid', 'archive/tar: invalid tar header');
    const { type, size } = header;
    if (type === 'x') this.#meta(size, (bytes) => this.#records.add(parsePax(bytes)));
    else if (type === 'g') this.#meta(size, () => undefined);
    else if (type === 'L') this.#meta(size, (bytes) => this.#records.set('path', untilNul(bytes)));
    else if (type === 'K') this.#meta(size, (bytes) => this.#records.set('linkpath', untilNul(bytes)));
    else if (type === 'S') yield* this.#gnuSparse(header, block);
    else yield* this.#paxEntry(withRecords(header, this.#records));
  }

  /** The mark is two blocks of zeros; of the second nothing may be there, or all. */
  *#secondMark(block: Buffer): Iterable<TarPart> {
    if (!isEmpty(block)) throw new EngineError('invalid', 'archive/tar: invalid tar header');
    this.#ended = true;
  }

  /** Old GNU format: the map stands in the header, and in more blocks after it. */
  *#gnuSparse(header: TarHeader, block: Buffer): Iterable<TarPart> {
    const first = readGnuSparse(block, { first: true });
    const map = [...first.map];
    const entry = withRecords({ ...header, type: '0' }, this.#records);
    const start = (): Iterable<TarPart> =>
      this.#entry({ ...entry, size: first.realSize }, header.size, checked(map, header.size, first.realSize));
    if (!first.more) {
      yield* start();
      return;
    }
    const next = (extension: Buffer): Iterable<TarPart> => {
      const { map: more, more: goesOn } = readGnuSparse(extension, { first: false });
      map.push(...more);
      if (map.length * BLOCK > META_LIMIT_BYTES * 16) throw tooLarge();
      return goesOn ? [] : start();
    };
    this.#await(BLOCK, next);
  }

  *#paxEntry(entry: TarHeader): Iterable<TarPart> {
    const sparse = entry.type === '0' ? paxSparse(this.#records) : undefined;
    if (!sparse) {
      yield* this.#entry(entry, entry.size);
      return;
    }
    const whole = { ...entry, path: sparse.path ?? entry.path, size: sparse.realSize };
    if (sparse.map) {
      yield* this.#entry(whole, entry.size, checked(sparse.map, entry.size, sparse.realSize));
      return;
    }
    // Format 1.0: the map is the beginning of the content, in whole blocks.
    let text = '';
    let read = 0;
    const next = (block: Buffer): Iterable<TarPart> => {
      text += block.toString('latin1');
      read += BLOCK;
      if (text.length > META_LIMIT_BYTES || read > entry.size) throw tooLarge();
      const map = readSparseData(text);
      if (!map) return [];
      return this.#entry(whole, entry.size - read, checked(map, entry.size - read, sparse.realSize));
    };
    this.#await(BLOCK, next);
  }

  *#entry(entry: TarHeader, stored: number, map?: SparseMap): Iterable<TarPart> {
    this.#records = new PaxRecords();
    yield { kind: 'entry', entry };
    if (stored === 0) yield* this.#endEntry(0);
    else this.#content = new Content(stored, map);
  }

  *#endEntry(stored: number): Iterable<TarPart> {
    yield { kind: 'end' };
    const padding = paddingOf(stored);
    if (padding === 0) this.#awaitHeader();
    else {
      this.#await(padding, () => {
        this.#awaitHeader();
        return [];
      });
      this.#mayEnd = true;
    }
  }

  #meta(size: number, use: (bytes: Buffer) => void): void {
    if (size > META_LIMIT_BYTES) throw tooLarge();
    if (size === 0) {
      use(Buffer.alloc(0));
      this.#awaitHeader();
      return;
    }
    this.#await(size + paddingOf(size), (bytes) => {
      use(bytes.subarray(0, size));
      this.#awaitHeader();
      return [];
    });
  }

  #awaitHeader(): void {
    this.#await(BLOCK, (block) => this.#header(block));
    // After an extended header there must be what it is about.
    this.#mayEnd = this.#records.isEmpty;
  }

  #await(bytes: number, then: (bytes: Buffer) => Iterable<TarPart>): void {
    this.#wanted = bytes;
    this.#expect = then;
    this.#mayEnd = false;
  }
}

/** Of one entry, as it is stored; a sparse file's is less than the file. */
class Content {
  readonly stored: number;
  left: number;
  readonly #map: SparseMap;
  #extent = 0;
  #within = 0;

  constructor(stored: number, map: SparseMap = [{ at: 0, size: stored }]) {
    this.stored = stored;
    this.left = stored;
    this.#map = map.filter(({ size }) => size > 0);
  }

  *take(bytes: Buffer): Iterable<TarPart> {
    this.left -= bytes.byteLength;
    for (let rest = bytes; rest.byteLength > 0;) {
      const extent = this.#map[this.#extent];
      if (!extent) throw new EngineError('invalid', 'archive/tar: invalid tar header');
      const piece = rest.subarray(0, extent.size - this.#within);
      yield { kind: 'data', bytes: piece, at: extent.at + this.#within };
      this.#within += piece.byteLength;
      if (this.#within === extent.size) {
        this.#extent++;
        this.#within = 0;
      }
      rest = rest.subarray(piece.byteLength);
    }
  }
}

function checked(map: SparseMap, stored: number, realSize: number): SparseMap {
  let end = 0;
  for (const { at, size } of map) {
    if (at < end || size < 0 || at + size > realSize) {
      throw new EngineError('invalid', 'archive/tar: invalid tar header');
    }
    end = at + size;
  }
  if (sizeOfSparse(map) !== stored) throw new EngineError('invalid', 'archive/tar: invalid tar header');
  return map;
}

const EMPTY = Buffer.alloc(BLOCK);

function isEmpty(block: Buffer): boolean {
  return block[0] === 0 && block.equals(EMPTY);
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end === -1 ? bytes.byteLength : end);
}

function cut(): EngineError {
  return new EngineError('invalid', 'unexpected EOF');
}

function tooLarge(): EngineError {
  return new EngineError('invalid', 'archive/tar: header field too long');
}
