import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { isDeepStrictEqual } from 'node:util';
import { createGunzip } from 'node:zlib';
import { timeOf } from './clock.ts';
import type { LogFile, StreamName } from './log-file.ts';
import { GZIPPED, olderFiles } from './log-file.ts';

export interface LogEntry {
  readonly log: string;
  readonly stream: StreamName;
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
}

export interface ReadLogOptions {
  /** Only the last lines; undefined for all. */
  readonly tail?: number | undefined;
  /** Nanoseconds since 1970. */
  readonly since?: bigint | undefined;
  readonly until?: bigint | undefined;
  /** The run to follow to its end. */
  readonly follow?: LogFile | undefined;
  readonly signal: AbortSignal;
}

/** The entries of a container's log, oldest first; with `follow` also those to come. */
export async function* readLog(path: string, options: ReadLogOptions): AsyncGenerator<LogEntry> {
  for await (const line of readLines(path, options)) {
    const entry = parse(line);
    if (!entry) continue;
    const time = options.since !== undefined || options.until !== undefined ? timeOf(entry.time) : 0n;
    if (options.since !== undefined && time < options.since) continue;
    if (options.until !== undefined && time > options.until) return;
    yield entry;
  }
}

async function* readLines(path: string, { tail, follow, signal }: ReadLogOptions): AsyncGenerator<string> {
  const files = await openAll(path);
  const handles = files.map(({ handle }) => handle);
  try {
    const starts = tail === undefined ? handles.map(() => 0) : await tailStarts(handles, tail);
    let last = new Lines(undefined, 0);
    for (const [index, handle] of handles.entries()) {
      last = new Lines(handle, starts[index] ?? 0);
      yield* last.read();
    }
    if (follow) yield* followLines(path, last, follow, signal);
  } finally {
    await closeAll(files);
  }
}

interface OpenFile {
  readonly handle: FileHandle;
  /** Number of the file on its disk. */
  readonly ino: number;
}

/** Attempts to open all files before one of them moves. */
const ATTEMPTS = 20;

/** The oldest first. */
async function openAll(path: string, unpack = true): Promise<OpenFile[]> {
  for (let attempt = 1; ; attempt++) {
    const files = [];
    for (const name of await namesOf(path, unpack)) {
      const file = await openOne(name).catch(() => undefined);
      if (file) files.push(file);
    }
    const now = await Promise.all((await namesOf(path, unpack)).map(inoOf));
    if (
      attempt === ATTEMPTS ||
      isDeepStrictEqual(
        now,
        files.map(({ ino }) => ino),
      )
    )
      return files;
    await closeAll(files);
  }
}

async function namesOf(path: string, unpack: boolean): Promise<string[]> {
  const older = await olderFiles(path).catch(() => []);
  const names = [...older.filter((name) => unpack || !name.endsWith(GZIPPED)), path];
  const isThere = await Promise.all(names.map(inoOf));
  return names.filter((_, index) => isThere[index] !== undefined);
}

async function inoOf(name: string): Promise<number | undefined> {
  return stat(name).then(
    ({ ino }) => ino,
    () => undefined,
  );
}

async function openOne(name: string): Promise<OpenFile> {
  if (name.endsWith(GZIPPED)) return { ino: (await stat(name)).ino, handle: await openGzipped(name) };
  const handle = await open(name);
  return { handle, ino: (await handle.stat()).ino };
}

async function closeAll(files: readonly OpenFile[]): Promise<void> {
  await Promise.all(files.map(({ handle }) => handle.close().catch(() => undefined)));
}

/** What is in it, in a file without a name. */
async function openGzipped(name: string): Promise<FileHandle> {
  const plain = `${name}.${randomUUID()}`;
  try {
    const handle = await open(plain, 'wx+', 0o600);
    try {
      await pipeline(createReadStream(name), createGunzip(), createWriteStream(plain));
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  } finally {
    await rm(plain, { force: true });
  }
}

async function* followLines(
  path: string,
  first: Lines,
  log: LogFile,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let lines = first;
  let changed = false;
  let wake: () => void = () => undefined;
  const stop = log.onChange(() => {
    changed = true;
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const ended = log.closed;
      changed = false;
      yield* lines.read();
      const next = await lines.successor(path);
      if (next) {
        lines = next;
        continue;
      }
      if (ended || signal.aborted) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (changed || signal.aborted) resolve();
      });
    }
  } finally {
    stop();
    signal.removeEventListener('abort', onAbort);
    if (lines !== first) await lines.close();
  }
}

const CHUNK_BYTES = 64 * 1024;

/** Complete lines of one file from a position on, as often as asked. */
class Lines {
  readonly #handle: FileHandle | undefined;
  #position: number;
  #partial = Buffer.alloc(0);

  constructor(handle: FileHandle | undefined, position: number) {
    this.#handle = handle;
    this.#position = position;
  }

  async *read(): AsyncGenerator<string> {
    if (!this.#handle) return;
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await this.#handle.read(buffer, 0, CHUNK_BYTES, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const text = Buffer.concat([this.#partial, buffer.subarray(0, bytesRead)]);
      const end = text.lastIndexOf(10) + 1;
      this.#partial = Buffer.from(text.subarray(end));
      if (end > 0) yield* text.toString('utf8', 0, end - 1).split('\n');
    }
  }

  /** The file that was begun after this one, if there is one. */
  async successor(path: string): Promise<Lines | undefined> {
    const own = (await this.#handle?.stat())?.ino;
    if (own === (await inoOf(path))) return undefined;
    const files = await openAll(path, false);
    const index = files.findIndex(({ ino }) => ino === own);
    const next = index === -1 ? files.at(-1) : files[index + 1];
    await closeAll(files.filter((file) => file !== next));
    if (next === undefined) return undefined;
    await this.close();
    return new Lines(next.handle, 0);
  }

  async close(): Promise<void> {
    await this.#handle?.close().catch(() => undefined);
  }
}

/** Where to begin in each file so that `count` lines are left in all. */
async function tailStarts(handles: readonly FileHandle[], count: number): Promise<number[]> {
  const starts: number[] = handles.map(() => 0);
  let left = count;
  for (let index = handles.length - 1; index >= 0; index--) {
    const handle = handles[index];
    if (!handle) continue;
    const { start, found } = await tailStart(handle, left);
    starts[index] = start;
    left -= found;
  }
  return starts;
}

async function tailStart(handle: FileHandle, count: number): Promise<{ start: number; found: number }> {
  const { size } = await handle.stat();
  if (count <= 0) return { start: size, found: 0 };
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let found = 0;
  for (let end = size; end > 0; end -= CHUNK_BYTES) {
    const from = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, end - from, from);
    for (let i = bytesRead - 1; i >= 0; i--) {
      // The newline at the very end closes the last line, every other one closes the line before.
      if (buffer[i] !== 10 || from + i === size - 1) continue;
      if (++found === count) return { start: from + i + 1, found };
    }
  }
  return { start: 0, found: size === 0 ? 0 : found + 1 };
}

function parse(line: string): LogEntry | undefined {
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    // A line cut short by a crash.
    return undefined;
  }
}
