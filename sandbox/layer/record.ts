import { once } from 'node:events';
import {
  closeSync, createReadStream, createWriteStream, mkdirSync, openSync, readSync, readdirSync, renameSync,
  writeSync,
} from 'node:fs'; // prettier-ignore
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Gzip } from 'node:zlib';
import { createGunzip, createGzip } from 'node:zlib';
import { EngineError } from '../oci/errors.ts';
import { Pace } from './pace.ts';
import type { RawPath } from './raw-path.ts';
import { joinRaw, onDisk, toRaw } from './raw-path.ts';
import { HEADERS } from './record-file.ts';

/**
 * What a layer's folder cannot tell of the archive it came from: every header as it stood there, every padding, and
 * which file holds which piece of content. With it the archive can be written again, byte by byte (the idea is
 * tar-split's). A record is a folder: `headers`, and `lost-<n>` for content that a later entry of the archive replaced.
 *
 * `headers` begins with the size of the archive (8 bytes, little-endian); the rest is compressed by gzip, a sequence of
 * frames: 0, length (4), raw bytes; or 1, number of the file (4), offset in it (8), bytes (8), length of its path (4),
 * path.
 */
const SIZE_BYTES = 8;
const RAW = 0;
const CONTENT = 1;
const RAW_HEAD_BYTES = 5;
const CONTENT_HEAD_BYTES = 25;
/** What is put together before it is compressed. */
const BATCH_BYTES = 64 * 1024;
const READ_BYTES = 1024 ** 2;

/** Writes a record into a new folder while the archive is unpacked. */
export class RecordWriter {
  readonly #folder: string;
  readonly #gzip: Gzip;
  readonly #written: Promise<void>;
  readonly #files = new Map<RawPath, number>();
  #count = 0;
  #size = 0;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #piece: { file: number; path: RawPath; at: number; size: number } | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#gzip = createGzip({ level: 1 });
    const file = createWriteStream(path.join(folder, HEADERS), { start: SIZE_BYTES, mode: 0o600 });
    this.#written = pipeline(this.#gzip, file);
    // Told by `settle` and `finish`.
    this.#written.catch(() => undefined);
  }

  /** Bytes of the archive that are not the content of a file of the folder. */
  raw(bytes: Buffer): void {
    this.#endPiece();
    this.#size += bytes.byteLength;
    const head = Buffer.allocUnsafe(RAW_HEAD_BYTES);
    head.writeUInt8(RAW, 0);
    head.writeUInt32LE(bytes.byteLength, 1);
    this.#put(head);
    this.#put(Buffer.from(bytes));
  }

  /** `size` bytes of the archive are what the file at `file` has at `at`. */
  content(file: RawPath, at: number, size: number): void {
    this.#size += size;
    const piece = this.#piece;
    if (piece?.path === file && piece.at + piece.size === at) {
      piece.size += size;
      return;
    }
    this.#endPiece();
    const known = this.#files.get(file);
    const number = known ?? ++this.#count;
    if (known === undefined) this.#files.set(file, number);
    this.#piece = { file: number, path: file, at, size };
  }

  /** Keeps the content of a file that is about to be replaced. `root` is the layer's folder. */
  lose(root: RawPath, file: RawPath): boolean {
    const number = this.#files.get(file);
    if (number === undefined) return false;
    this.#files.delete(file);
    renameSync(onDisk(joinRaw(root, file)), path.join(this.#folder, `lost-${number}`));
    return true;
  }

  /** Waits until the disk has kept up. Throws what went wrong in writing. */
  async settle(): Promise<void> {
    if (this.#gzip.writableNeedDrain) await Promise.race([once(this.#gzip, 'drain'), this.#written]);
  }

  async finish(): Promise<void> {
    this.#endPiece();
    this.#flush();
    this.#gzip.end();
    await this.#written;
    const size = Buffer.alloc(SIZE_BYTES);
    size.writeBigUInt64LE(BigInt(this.#size));
    const file = openSync(path.join(this.#folder, HEADERS), 'r+');
    try {
      writeSync(file, size, 0, SIZE_BYTES, 0);
    } finally {
      closeSync(file);
    }
  }

  /** Gives up; the folder is the caller's to remove. */
  async abandon(): Promise<void> {
    this.#gzip.destroy();
    await this.#written.catch(() => undefined);
  }

  #endPiece(): void {
    if (!this.#piece) return;
    const { file, path: name, at, size } = this.#piece;
    this.#piece = undefined;
    const bytes = onDisk(name);
    const head = Buffer.allocUnsafe(CONTENT_HEAD_BYTES);
    head.writeUInt8(CONTENT, 0);
    head.writeUInt32LE(file, 1);
    head.writeBigUInt64LE(BigInt(at), 5);
    head.writeBigUInt64LE(BigInt(size), 13);
    head.writeUInt32LE(bytes.byteLength, 21);
    this.#put(head);
    this.#put(bytes);
  }

  #put(bytes: Buffer): void {
    this.#batch.push(bytes);
    this.#batchBytes += bytes.byteLength;
    if (this.#batchBytes >= BATCH_BYTES) this.#flush();
  }

  #flush(): void {
    if (this.#batchBytes > 0 && !this.#gzip.destroyed) this.#gzip.write(Buffer.concat(this.#batch));
    this.#batch = [];
    this.#batchBytes = 0;
  }
}

/** Bytes of the archive. */
export function recordedSize(record: string): number {
  const file = openSync(path.join(record, HEADERS), 'r');
  try {
    const size = Buffer.alloc(SIZE_BYTES);
    readSync(file, size, 0, SIZE_BYTES, 0);
    return Number(size.readBigUInt64LE());
  } finally {
    closeSync(file);
  }
}

/** The archive that `folder` was unpacked from, if neither was changed since. A chunk is good until the next one. */
export async function* rebuild(record: string, folder: string): AsyncGenerator<Buffer> {
  const lost = new Set(readdirSync(record).filter((name) => name !== HEADERS));
  const root = toRaw(folder);
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const pace = new Pace();
  let used = 0;
  for await (const frame of frames(record)) {
    if (pace.due()) await pace.rest();
    if (frame.kind === 'raw') {
      if (used + frame.bytes.byteLength > READ_BYTES) {
        yield buffer.subarray(0, used);
        used = 0;
      }
      if (frame.bytes.byteLength > READ_BYTES) yield frame.bytes;
      else used += frame.bytes.copy(buffer, used);
      continue;
    }
    const name = `lost-${frame.file}`;
    const place = lost.has(name) ? path.join(record, name) : onDisk(joinRaw(root, frame.path));
    const file = openSync(place, 'r');
    try {
      for (let done = 0; done < frame.size;) {
        if (used === READ_BYTES) {
          yield buffer;
          used = 0;
        }
        const wanted = Math.min(frame.size - done, READ_BYTES - used);
        const count = readSync(file, buffer, used, wanted, frame.at + done);
        if (count === 0) throw new EngineError('internal', `the file ${frame.path} of a layer is too short`);
        done += count;
        used += count;
      }
    } finally {
      closeSync(file);
    }
  }
  if (used > 0) yield buffer.subarray(0, used);
}

type Frame =
  | { readonly kind: 'raw'; readonly bytes: Buffer }
  | {
      readonly kind: 'content';
      readonly file: number;
      readonly path: RawPath;
      readonly at: number;
      readonly size: number;
    };

async function* frames(record: string): AsyncGenerator<Frame> {
  const gunzip = createGunzip({ chunkSize: BATCH_BYTES });
  const file = createReadStream(path.join(record, HEADERS), { start: SIZE_BYTES });
  const read = pipeline(file, gunzip);
  read.catch(() => undefined);
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      rest = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (;;) {
        const [frame, size] = readFrame(rest);
        if (!frame) break;
        yield frame;
        rest = rest.subarray(size);
      }
    }
  } finally {
    file.destroy();
  }
  if (rest.byteLength > 0) throw new EngineError('internal', 'the record of a layer is damaged');
}

function readFrame(bytes: Buffer): [frame: Frame | undefined, size: number] {
  if (bytes.byteLength < RAW_HEAD_BYTES) return [undefined, 0];
  if (bytes[0] === RAW) {
    const end = RAW_HEAD_BYTES + bytes.readUInt32LE(1);
    if (bytes.byteLength < end) return [undefined, 0];
    return [{ kind: 'raw', bytes: bytes.subarray(RAW_HEAD_BYTES, end) }, end];
  }
  if (bytes.byteLength < CONTENT_HEAD_BYTES) return [undefined, 0];
  const end = CONTENT_HEAD_BYTES + bytes.readUInt32LE(21);
  if (bytes.byteLength < end) return [undefined, 0];
  const frame = {
    kind: 'content' as const,
    file: bytes.readUInt32LE(1),
    at: Number(bytes.readBigUInt64LE(5)),
    size: Number(bytes.readBigUInt64LE(13)),
    path: bytes.toString('latin1', CONTENT_HEAD_BYTES, end) as RawPath,
  };
  return [frame, end];
}
