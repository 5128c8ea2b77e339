import { execFile } from 'node:child_process';
import { constants, openSync, closeSync, unlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A new batch is made in the background when fewer than `LOW` are left: one `mkfifo` for eight containers. */
const BATCH = 32;
const LOW = 12;

/** A pipe of which the engine holds one end, and a child gets the other. */
export interface Pipe {
  readonly ours: Socket;
  /** File descriptor for the child's stdio; close it with `release` once the child has it. */
  readonly theirs: number;
  release(): void;
}

/**
 * Real pipes for containers. What `child_process` calls a pipe is a socket, and a program that opens `/dev/stdout`
 * (nginx's log, for one) cannot open a socket. Node cannot make a pipe, but it can open a FIFO.
 */
export class Pipes {
  readonly #folder: string;
  #ready: string[] = [];
  #making: Promise<void> | undefined;
  #made = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<Pipes> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const pipes = new Pipes(folder);
    await pipes.#make();
    return pipes;
  }

  /** The child writes, the engine reads. */
  async output(): Promise<Pipe> {
    const path = await this.take();
    const ours = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const theirs = openSync(path, constants.O_WRONLY);
    unlinkSync(path);
    return pipe(new Socket({ fd: ours, readable: true, writable: false }), theirs);
  }

  /** The engine writes, the child reads. */
  async input(): Promise<Pipe> {
    const path = await this.take();
    const opener = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const ours = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    // Not the opener itself: its O_NONBLOCK would be the container's too.
    const theirs = openSync(path, constants.O_RDONLY);
    closeSync(opener);
    unlinkSync(path);
    return pipe(new Socket({ fd: ours, readable: false, writable: true }), theirs);
  }

  /** A path that another program opens to tell the engine something; the caller unlinks it. */
  async take(): Promise<string> {
    while (this.#ready.length === 0) await this.#make();
    const path = this.#ready.pop() ?? '';
    if (this.#ready.length < LOW) this.#make().catch(() => undefined);
    return path;
  }

  #make(): Promise<void> {
    this.#making ??= this.#makeBatch().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #makeBatch(): Promise<void> {
    const paths = Array.from({ length: BATCH }, () => join(this.#folder, String(++this.#made)));
    await promisify(execFile)('mkfifo', ['-m', '600', ...paths]);
    this.#ready.push(...paths);
  }
}

function pipe(ours: Socket, theirs: number): Pipe {
  // A peer that goes away is seen as the end of the stream; nothing else can be done about it.
  ours.on('error', () => ours.destroy());
  return { ours, theirs, release: () => closeSync(theirs) };
}
