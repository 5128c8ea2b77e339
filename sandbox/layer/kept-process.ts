import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';

/** A process that nobody asked anything for so long ends; the next question starts another one. */
const IDLE_MS = 5_000;

export interface KeptProcessOptions {
  /** What to run, asked for at each start. */
  readonly argv: () => readonly [string, ...string[]];
  /** What each answer ends with; the expression has the flag `g`, and no match of it spans more than a line and the break before. */
  readonly mark: RegExp;
  readonly encoding: 'latin1' | 'utf8';
}

export interface Answer {
  /** What was printed before the mark. */
  readonly output: string;
  readonly mark: RegExpExecArray;
}

/** The process could not be started, or ended before it answered. */
export class ProcessEnded extends Error {
  /** What it printed last, or why it did not start. */
  readonly output: string;

  constructor(output: string) {
    super(output === '' ? 'the process has ended' : output);
    this.output = output;
  }
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: ProcessEnded) => void;
}

interface Running {
  readonly child: ChildProcess;
  readonly pending: Pending[];
  output: string;
  /** Up to here there is no mark in `output`. */
  searched: number;
}

/**
 * A program that reads questions and answers them in order. To start one costs milliseconds, more the larger this
 * process is, so it stays for a while: many small commands in a row share one.
 */
export class KeptProcess {
  readonly #options: KeptProcessOptions;
  #running: Running | undefined;
  #gone: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  constructor(options: KeptProcessOptions) {
    this.#options = options;
  }

  /** Process id of the one that runs now. */
  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** Writes `question`, which makes the process print an answer with the mark at its end. Throws `ProcessEnded`. */
  async ask(question: string): Promise<Answer> {
    const running = (this.#running ??= this.#start());
    return new Promise((resolve, reject) => {
      running.pending.push({ resolve, reject });
      running.child.stdin?.write(question);
      this.#restartIdleTimer();
    });
  }

  /** What was asked is still answered. Idempotent; the next question starts another process. */
  close(): void {
    clearTimeout(this.#idle);
    this.#running?.child.stdin?.end();
    this.#running = undefined;
  }

  /** Resolves when the process that was started last has ended, once it was closed. */
  async gone(): Promise<void> {
    await this.#gone;
  }

  #restartIdleTimer(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), IDLE_MS).unref();
  }

  #start(): Running {
    const { argv, encoding, mark } = this.#options;
    const [file, ...args] = argv();
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#gone = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
    const running: Running = { child, pending: [], output: '', searched: 0 };
    child.stdout.setEncoding(encoding).on('data', (text: string) => {
      running.output += text;
      answer(running, mark);
    });
    // A write to a process that has just ended fails here as well; `close` tells those who wait.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => this.#ended(running, error.message));
    child.on('close', () => this.#ended(running, running.output.trim()));
    return running;
  }

  #ended(running: Running, output: string): void {
    if (this.#running === running) this.close();
    for (const { reject } of running.pending.splice(0)) reject(new ProcessEnded(output));
  }
}

function answer(running: Running, mark: RegExp): void {
  for (;;) {
    mark.lastIndex = running.searched;
    const found = mark.exec(running.output);
    if (found === null) break;
    const output = running.output.slice(0, found.index);
    running.output = running.output.slice(mark.lastIndex);
    running.searched = 0;
    running.pending.shift()?.resolve({ output, mark: found });
  }
  // A mark that has begun begins at the last break of a line at the earliest.
  running.searched = Math.max(running.searched, running.output.lastIndexOf('\n'));
}
