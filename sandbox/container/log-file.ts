import { createReadStream, createWriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { formatTime, now } from './clock.ts';
import { DEFAULT_LIMITS, type LogLimits } from './log-limits.ts';

export type StreamName = 'stdout' | 'stderr';

/** Docker's own limit: longer lines are logged in parts. */
const LINE_LIMIT_BYTES = 16 * 1024;

/** Unwritten bytes at which the container has to wait. */
const PENDING_LIMIT_BYTES = 1024 ** 2;

/** The log of one run of a container, in Docker's json-file format: one object a line. */
export class LogFile {
  /** Undefined for a log that keeps nothing. */
  readonly path: string | undefined;
  readonly #partial: Record<StreamName, Buffer[]> = { stdout: [], stderr: [] };
  readonly #listeners = new Set<() => void>();
  readonly #limits: LogLimits;
  #handle: FileHandle | undefined;
  #size: number;
  #pending = 0;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(
    limits: LogLimits,
    path?: string,
    { handle, size }: { readonly handle?: FileHandle; readonly size: number } = { size: 0 },
  ) {
    this.#limits = limits;
    this.path = path;
    this.#handle = handle;
    this.#size = size;
  }

  static async open(path: string, limits: LogLimits = DEFAULT_LIMITS): Promise<LogFile> {
    const handle = await open(path, 'a', 0o640);
    return new LogFile(limits, path, { handle, size: (await stat(path)).size });
  }

  /** Keeps nothing: `--log-driver none`. */
  static none(): LogFile {
    return new LogFile(DEFAULT_LIMITS);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** A promise when the caller should wait: the disk is behind. */
  append(stream: StreamName, chunk: Buffer): Promise<void> | undefined {
    if (this.#handle === undefined) return undefined;
    const lines = this.#split(stream, chunk);
    if (lines.length > 0) this.#write(stream, lines);
    return this.#pending > PENDING_LIMIT_BYTES ? this.#writing : undefined;
  }

  /** Calls `listener` after each write and at the end. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Everything appended so far is in the file. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** Writes what is left of lines without an end, and lets followers go. */
  async close(): Promise<void> {
    if (this.#closed) return;
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = Buffer.concat(this.#partial[stream]);
      if (rest.byteLength > 0) this.#write(stream, [rest]);
    }
    await this.#writing;
    this.#closed = true;
    await this.#handle?.close();
    this.#notify();
  }

  #split(stream: StreamName, chunk: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      lines.push(...this.#complete(stream, chunk.subarray(from, end + 1)));
      from = end + 1;
    }
    const rest = chunk.subarray(from);
    if (rest.byteLength > 0) lines.push(...this.#keep(stream, rest));
    return lines;
  }

  #complete(stream: StreamName, end: Buffer): Buffer[] {
    const line = Buffer.concat([...this.#partial[stream], end]);
    this.#partial[stream] = [];
    return pieces(line);
  }

  /** Keeps the beginning of a line until its end arrives; a very long one is let go in pieces. */
  #keep(stream: StreamName, rest: Buffer): Buffer[] {
    const line = Buffer.concat([...this.#partial[stream], rest]);
    const full = Math.floor(line.byteLength / LINE_LIMIT_BYTES) * LINE_LIMIT_BYTES;
    this.#partial[stream] = [Buffer.from(line.subarray(full))];
    return full === 0 ? [] : pieces(line.subarray(0, full));
  }

  #write(stream: StreamName, lines: readonly Buffer[]): void {
    const time = formatTime(now());
    const tail = `,"stream":"${stream}","time":"${time}"}\n`;
    const entries = lines.map((line) =>
      Buffer.from(`{"log":${JSON.stringify(line.toString('utf8'))}${tail}`),
    );
    const bytes = entries.reduce((sum, entry) => sum + entry.byteLength, 0);
    this.#pending += bytes;
    this.#writing = this.#writing.then(async () => {
      await this.#writeNow(entries);
      this.#pending -= bytes;
      this.#notify();
    });
  }

  async #writeNow(entries: readonly Buffer[]): Promise<void> {
    try {
      let batch: Buffer[] = [];
      for (const entry of entries) {
        if (this.#size >= this.#limits.fileBytes) {
          await this.#handle?.appendFile(Buffer.concat(batch));
          batch = [];
          await this.#rotate();
        }
        batch.push(entry);
        this.#size += entry.byteLength;
      }
      await this.#handle?.appendFile(Buffer.concat(batch));
    } catch {
      // A full disk: the container goes on without a log, as with dockerd.
    }
  }

  async #rotate(): Promise<void> {
    if (this.path === undefined) return;
    await makeRoom(this.path, this.#limits);
    const former = this.#handle;
    this.#handle = await open(this.path, 'a', 0o640);
    await former?.close();
    this.#size = 0;
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Where a file of the log is when it is `age` files old. */
export function rotated(path: string, age: number): string {
  return `${path}.${age}`;
}

/** What a gzipped file's name ends in. */
export const GZIPPED = '.gz';

/** The older files of a log, the oldest first. While they move there may be a gap. */
export async function olderFiles(path: string): Promise<string[]> {
  const prefix = `${basename(path)}.`;
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(prefix));
  const aged = names.filter((name) => /^\d+(\.gz)?$/.test(name.slice(prefix.length)));
  return aged.map((name) => join(dirname(path), name)).sort((one, other) => ageOf(other) - ageOf(one));
}

function ageOf(rotated: string): number {
  return Number(/\.(\d+)(?:\.gz)?$/.exec(rotated)?.[1]);
}

/** Each file becomes one older, and those that are too old go. */
async function makeRoom(path: string, { files, compress }: LogLimits): Promise<void> {
  for (const name of await olderFiles(path)) {
    const age = ageOf(name) + 1;
    if (age < files) await rename(name, rotated(path, age) + (name.endsWith(GZIPPED) ? GZIPPED : ''));
    else await rm(name);
  }
  if (files === 1) await rm(path);
  else await rename(path, rotated(path, 1));
  if (compress) await gzip(rotated(path, 1));
}

/** Half of one is never read. What does not fit on the disk stays as it is. */
async function gzip(path: string): Promise<void> {
  const made = `${path}.tmp`;
  try {
    await pipeline(createReadStream(path), createGzip(), createWriteStream(made, { mode: 0o640 }));
    await rename(made, path + GZIPPED);
    await rm(path);
  } catch {
    await rm(made, { force: true });
  }
}

function pieces(line: Buffer): Buffer[] {
  if (line.byteLength <= LINE_LIMIT_BYTES) return [line];
  const count = Math.ceil(line.byteLength / LINE_LIMIT_BYTES);
  return Array.from({ length: count }, (_, i) =>
    line.subarray(i * LINE_LIMIT_BYTES, (i + 1) * LINE_LIMIT_BYTES),
  );
}
