import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';
import { ReadStream } from 'node:tty';

/** node-pty's addon. Its own wrapper drops output that is still unread 200 ms after the exit, so it is not used. */
interface Native {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    columns: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    onExit: (code: number, signal: number) => void,
  ): { readonly fd: number; readonly pid: number; readonly pty: string };
  /** A pair with nobody at either end; both descriptors do not block. */
  open(columns: number, rows: number): { readonly master: number; readonly slave: number };
  resize(fd: number, columns: number, rows: number): void;
}

let loaded: Native | undefined;

/**
 * From `node_modules` beside the bundle: node-pty where its addon could be built, else the same addon prebuilt, out of
 * the package that @lydell/node-pty takes it from.
 */
function native(): Native {
  loaded ??= loadNative(createRequire(import.meta.url));
  return loaded;
}

function loadNative(require: NodeJS.Require): Native {
  try {
    return (require('node-pty') as { native: Native }).native;
  } catch (reason) {
    const prebuilt = `@lydell/node-pty-${process.platform}-${process.arch}/pty.node`;
    try {
      return require(prebuilt) as Native;
    } catch {
      throw new Error(`Neither node-pty nor ${prebuilt} can be loaded.`, { cause: reason });
    }
  }
}

export interface PtyOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly columns: number;
  readonly rows: number;
}

export interface PtyExit {
  readonly code: number;
  /** Number of the signal that ended it, or 0. */
  readonly signal: number;
}

/** What one read of a terminal yields at most in Linux; a shorter one was all there is. */
const READ_BYTES = 4095;

/** Full reads are moved on together: so many bytes, or what has come in so long. */
const GATHER_BYTES = 64 * 1024;
const GATHER_MS = 4;

/** How long to wait for room in the terminal's input queue, which a program may leave unread. */
const RETRY_MS = 5;

/** A process whose controlling terminal the engine holds the other end of. */
export class Pty {
  readonly pid: number;
  /** Ends after the last byte that any process of the terminal printed. */
  readonly output = new PassThrough({ highWaterMark: 2 * GATHER_BYTES });
  readonly exited: Promise<PtyExit>;
  readonly #input: TerminalInput;

  constructor(options: PtyOptions) {
    const { file, args, env, cwd, columns, rows } = options;
    const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    let onExit: (exit: PtyExit) => void = () => undefined;
    this.exited = new Promise((resolve) => (onExit = resolve));
    const forked = native().fork(file, args, pairs, cwd, columns, rows, -1, -1, false, '', (code, signal) =>
      onExit({ code, signal }),
    );
    this.pid = forked.pid;
    this.#input = new TerminalInput(forked.fd);
    this.#read(new ReadStream(forked.fd));
  }

  /**
   * A terminal says by an error (EIO) that nobody is left at its other end, and a stream that fails drops what it
   * still holds: everything is moved on before the next read.
   */
  #read(source: ReadStream): void {
    const gathered = new Gathered((bytes) => {
      if (!this.output.write(bytes)) source.pause();
    });
    source.on('data', (chunk: Buffer) => gathered.take(chunk));
    this.output.on('drain', () => source.resume());
    // The descriptor's number may be another file's as soon as it is closed: nothing is written to it any more.
    const close = () => {
      this.#input.close();
      source.destroy();
    };
    this.output.on('close', close);
    source.on('error', close);
    source.on('close', () => {
      gathered.flush();
      close();
      this.output.end();
    });
  }

  resize(columns: number, rows: number): void {
    this.#input.resize(columns, rows);
  }

  /** Resolves when the terminal has taken all of it, or is gone. */
  write(bytes: Buffer): Promise<void> {
    return this.#input.write(bytes);
  }
}

/** Makes few large pieces of many full reads; what is not part of a flood is not kept for a moment. */
class Gathered {
  readonly #moveOn: (bytes: Buffer) => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(moveOn: (bytes: Buffer) => void) {
    this.#moveOn = moveOn;
  }

  take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    if (chunk.byteLength < READ_BYTES || this.#bytes >= GATHER_BYTES) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [first, ...others] = this.#chunks;
    if (first === undefined) return;
    this.#chunks = [];
    this.#bytes = 0;
    this.#moveOn(others.length === 0 ? first : Buffer.concat([first, ...others]));
  }
}

/** The input side of a terminal; its descriptor does not block. */
class TerminalInput {
  readonly #fd: number;
  #open = true;
  #last: Promise<void> = Promise.resolve();

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(bytes: Buffer): Promise<void> {
    this.#last = this.#last.then(() => this.#writeAll(bytes));
    return this.#last;
  }

  resize(columns: number, rows: number): void {
    if (this.#open && columns > 0 && rows > 0) native().resize(this.#fd, columns, rows);
  }

  /** After this the descriptor is not touched any more. */
  close(): void {
    this.#open = false;
  }

  async #writeAll(bytes: Buffer): Promise<void> {
    let rest = bytes;
    while (rest.byteLength > 0 && this.#open) {
      const written = this.#tryWrite(rest);
      if (written === undefined) return;
      rest = rest.subarray(written);
      if (rest.byteLength > 0) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** Undefined when the terminal is gone. */
  #tryWrite(bytes: Buffer): number | undefined {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : undefined;
    }
  }
}

/**
 * Tells the terminal that `pid` reads from about a new size. In a container this is a terminal of the container's own,
 * which the engine has no end of; the kernel tells the programs there.
 */
export async function resizeTerminalOf(pid: number, columns: number, rows: number): Promise<void> {
  const path = await readlink(`/proc/${pid}/fd/0`).catch(() => '');
  if (!/^\/dev\/pts\/\d+$/.test(path) || columns <= 0 || rows <= 0) return;
  const flags = constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY;
  try {
    const fd = openSync(`/proc/${pid}/root${path}`, flags);
    native().resize(fd, columns, rows);
    closeSync(fd);
  } catch {
    // The process has just ended.
  }
}

/**
 * A terminal for a program that only reads from it: crun, which has a terminal of its own for
 * the container. It is nobody's controlling terminal; the kernel would drop unread output at the end of the session.
 */
export class InputTerminal {
  /** For the program's standard input. */
  readonly theirs: number;
  readonly #ours: number;
  readonly #input: TerminalInput;

  constructor() {
    const { master, slave } = native().open(80, 24);
    this.theirs = slave;
    this.#ours = master;
    this.#input = new TerminalInput(master);
  }

  write(bytes: Buffer): Promise<void> {
    return this.#input.write(bytes);
  }

  /** The program has its descriptor. */
  release(): void {
    closeSync(this.theirs);
  }

  close(): void {
    this.#input.close();
    closeSync(this.#ours);
  }
}
