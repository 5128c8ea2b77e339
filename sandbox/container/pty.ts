import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
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

/** How long to wait for room in the terminal's input queue, which a program may leave unread. */
const RETRY_MS = 5;

/** A process whose controlling terminal the engine holds the other end of. */
export class Pty {
  readonly pid: number;
  /** Ends after the last byte that any process of the terminal printed. */
  readonly output: ReadStream;
  readonly exited: Promise<PtyExit>;
  readonly #fd: number;
  #open = true;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: PtyOptions) {
    const { file, args, env, cwd, columns, rows } = options;
    const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    let onExit: (exit: PtyExit) => void = () => undefined;
    this.exited = new Promise((resolve) => (onExit = resolve));
    const forked = native().fork(file, args, pairs, cwd, columns, rows, -1, -1, false, '', (code, signal) =>
      onExit({ code, signal }),
    );
    this.pid = forked.pid;
    this.#fd = forked.fd;
    this.output = new ReadStream(forked.fd);
    this.output.on('close', () => (this.#open = false));
    // EIO is how a terminal says that nobody is left at its other end.
    this.output.on('error', () => this.output.destroy());
  }

  resize(columns: number, rows: number): void {
    if (this.#open && columns > 0 && rows > 0) native().resize(this.#fd, columns, rows);
  }

  /** Resolves when the terminal has taken all of it, or is gone. */
  write(bytes: Buffer): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeAll(bytes));
    return this.#writing;
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

  /** The descriptor does not block. Undefined when the terminal is gone. */
  #tryWrite(bytes: Buffer): number | undefined {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : undefined;
    }
  }
}
