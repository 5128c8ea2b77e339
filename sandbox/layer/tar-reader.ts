import { EngineError } from '../oci/errors.ts';
import { BLOCK, paddingOf } from './tar-header.ts';

/** What an archive says of one entry; paths are raw bytes (latin1) and nothing of it is to be trusted. */
export interface ReadEntry {
  readonly path: string;
  /** POSIX's flag: `0` file, `1` hard link, `2` symlink, … */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Seconds, with a fraction where the archive has one. */
  readonly mtime: number;
  readonly linkPath: string;
  readonly major: number;
  readonly minor: number;
  readonly xattrs: ReadonlyMap<string, Buffer>;
  /** The content; what is not read of it is passed over. */
  readonly content: AsyncIterable<Buffer>;
}

const EMPTY = Buffer.alloc(BLOCK);

/** Extended headers and long names are held in memory. */
const META_LIMIT_BYTES = 1024 ** 2;

/** Reads a tar archive (ustar, PAX and GNU's long names), one entry after another. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEntry> {
  const input = new Input(source);
  let global: Readonly<Record<string, string>> = {};
  let next: Record<string, string> = {};
  for (;;) {
    const block = await input.exactly(BLOCK);
    if (block === undefined || block.equals(EMPTY)) break;
    const header = parseBlock(block);
    if (header.type === 'g') global = { ...global, ...parsePax(await meta(input, header.size)) };
    else if (header.type === 'x') next = { ...next, ...parsePax(await meta(input, header.size)) };
    else if (header.type === 'L') next.path = untilNul(await meta(input, header.size));
    else if (header.type === 'K') next.linkpath = untilNul(await meta(input, header.size));
    else {
      yield* readEntry(input, applyPax(header, { ...global, ...next }));
      next = {};
    }
  }
  await input.drain();
}

type Header = Omit<ReadEntry, 'content'>;

async function* readEntry(input: Input, header: Header): AsyncGenerator<ReadEntry> {
  const content = input.bounded(header.size);
  yield { ...header, content };
  await exhaust(content);
  await input.exactly(paddingOf(header.size));
}

async function exhaust(content: AsyncIterable<Buffer>): Promise<void> {
  const chunks = content[Symbol.asyncIterator]();
  while ((await chunks.next()).done !== true);
}

async function meta(input: Input, size: number): Promise<Buffer> {
  if (size > META_LIMIT_BYTES) throw damaged('an extended header is too large');
  const bytes = Buffer.from((await input.exactly(size)) ?? '');
  await input.exactly(paddingOf(size));
  return bytes;
}

function parseBlock(block: Buffer): Header {
  checkSum(block);
  const text = (offset: number, length: number) => untilNul(block.subarray(offset, offset + length));
  const number = (offset: number, length: number) => parseNumber(block.subarray(offset, offset + length));
  const isPosix = text(257, 5) === 'ustar';
  // GNU's own format keeps times where POSIX keeps the beginning of a long name.
  const prefix = isPosix && block[262] === 0 ? text(345, 155) : '';
  const name = text(0, 100);
  const type = String.fromCharCode(block[156] ?? 0).replace('\x00', '0');
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: type === '7' ? '0' : type,
    mode: number(100, 8) & 0o7777,
    uid: number(108, 8),
    gid: number(116, 8),
    size: HOLDS_NOTHING.has(type) ? 0 : number(124, 12),
    mtime: number(136, 12),
    linkPath: text(157, 100),
    major: isPosix ? number(329, 8) : 0,
    minor: isPosix ? number(337, 8) : 0,
    xattrs: new Map(),
  };
}

/** Links, devices, folders and fifos: a size in their headers means nothing. */
const HOLDS_NOTHING = new Set(['1', '2', '3', '4', '5', '6']);

function checkSum(block: Buffer): void {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : (block[i] ?? 0);
  if (sum !== parseNumber(block.subarray(148, 156))) throw damaged('a header has a wrong checksum');
}

/** Octal digits, or a binary number when the first bit is set. */
function parseNumber(field: Buffer): number {
  const [first = 0] = field;
  if ((first & 0x80) !== 0) {
    let value = BigInt(first & 0x40 ? -1 : 0) * 64n + BigInt(first & 0x3f);
    for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
    return Number(value);
  }
  const text = untilNul(field).trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw damaged('a header holds a number that is none');
  return Number.parseInt(text, 8);
}

function parsePax(bytes: Buffer): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < bytes.byteLength;) {
    const blank = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, blank));
    const record = bytes.toString('latin1', blank + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (blank === -1 || !(length > 0) || equals === -1) throw damaged('an extended header is malformed');
    records[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return records;
}

const XATTR = 'SCHILY.xattr.';

function applyPax(header: Header, records: Readonly<Record<string, string>>): Header {
  const number = (key: string, otherwise: number) => {
    const value = records[key] === undefined || records[key] === '' ? otherwise : Number(records[key]);
    if (!Number.isFinite(value)) throw damaged(`an extended header holds a ${key} that is no number`);
    return value;
  };
  const xattrs = Object.entries(records)
    .filter(([key]) => key.startsWith(XATTR))
    .map(([key, value]): [string, Buffer] => [key.slice(XATTR.length), Buffer.from(value, 'latin1')]);
  return {
    ...header,
    path: records.path ?? header.path,
    linkPath: records.linkpath ?? header.linkPath,
    uid: number('uid', header.uid),
    gid: number('gid', header.gid),
    mtime: number('mtime', header.mtime),
    size: HOLDS_NOTHING.has(header.type) ? 0 : number('size', header.size),
    xattrs: new Map(xattrs),
  };
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end === -1 ? bytes.byteLength : end);
}

/** Pieces of a stream by size instead of as they come. */
class Input {
  readonly #source: AsyncIterator<Uint8Array, undefined>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  }

  /** Undefined at the end of the stream; throws when it ends in the middle. */
  async exactly(size: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    for await (const chunk of this.bounded(size, true)) parts.push(chunk);
    if (size > 0 && parts.length === 0) return undefined;
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  /** The next `size` bytes; can be asked again for what is left of them. */
  bounded(size: number, endIsFine = false): AsyncIterable<Buffer> {
    let left = size;
    const next = async (): Promise<IteratorResult<Buffer, undefined>> => {
      if (left === 0) return { done: true, value: undefined };
      if (this.#buffer.byteLength === 0 && !(await this.#fill())) {
        if (endIsFine && left === size) return { done: true, value: undefined };
        throw damaged('it ends in the middle of an entry');
      }
      const value = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(value.byteLength);
      left -= value.byteLength;
      return { done: false, value };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  /** To the end of the stream: what comes after the archive is part of what is digested. */
  async drain(): Promise<void> {
    while (await this.#fill());
  }

  async #fill(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#source.next();
      if (done === true) return false;
      if (value.byteLength === 0) continue;
      this.#buffer = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      return true;
    }
  }
}

function damaged(why: string): EngineError {
  return new EngineError('invalid', `the archive is damaged: ${why}`);
}
