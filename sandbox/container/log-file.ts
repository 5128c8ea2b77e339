import type { FileHandle } from 'node:fs/promises';
import { open, rename, stat } from 'node:fs/promises';
import { formatTime, now } from './clock.ts';

export type StreamName = 'stdout' | 'stderr';

/** A log and one older part of it are kept: a container cannot fill the session's disk by printing. */
export const LOG_LIMIT_BYTES = 10 * 1024 ** 2;

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
  #handle: FileHandle | undefined;
  #size: number;
  #pending = 0;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(path: string | undefined, handle: FileHandle | undefined, size: number) {
    this.path = path;
    this.#handle = handle;
    this.#size = size;
  }

  static async open(path: string): Promise<LogFile> {
    const handle = await open(path, 'a', 0o640);
    return new LogFile(path, handle, (await stat(path)).size);
  }

  /** Keeps nothing: `--log-driver none`. */
  static none(): LogFile {
    return new LogFile(undefined, undefined, 0);
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
    const text = lines.map((line) => `{"log":${JSON.stringify(line.toString('utf8'))}${tail}`).join('');
    this.#pending += text.length;
    this.#writing = this.#writing.then(async () => {
      await this.#writeNow(Buffer.from(text));
      this.#pending -= text.length;
      this.#notify();
    });
  }

  async #writeNow(bytes: Buffer): Promise<void> {
    try {
      if (this.#size + bytes.byteLength > LOG_LIMIT_BYTES && this.#size > 0) await this.#rotate();
      await this.#handle?.appendFile(bytes);
      this.#size += bytes.byteLength;
    } catch {
      // A full disk: the container goes on without a log, as with dockerd.
    }
  }

  async #rotate(): Promise<void> {
    if (this.path === undefined) return;
    await this.#handle?.close();
    await rename(this.path, rotated(this.path));
    this.#handle = await open(this.path, 'a', 0o640);
    this.#size = 0;
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

export function rotated(path: string): string {
  return `${path}.1`;
}

function pieces(line: Buffer): Buffer[] {
  if (line.byteLength <= LINE_LIMIT_BYTES) return [line];
  const count = Math.ceil(line.byteLength / LINE_LIMIT_BYTES);
  return Array.from({ length: count }, (_, i) =>
    line.subarray(i * LINE_LIMIT_BYTES, (i + 1) * LINE_LIMIT_BYTES),
  );
}
