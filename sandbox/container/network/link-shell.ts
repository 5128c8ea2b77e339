import { spawn, type ChildProcess } from 'node:child_process';

/** An `ip -batch` that nobody asked anything for so long ends; the next call starts another one. */
const IDLE_MS = 5_000;

/** Every answer ends with the line about the loopback device, which is the first one in every namespace. */
const MARK = 'link show dev lo';
const MARK_SEEN = /^1: lo:.*\n/m;

/** Errors come in order with the answers. */
const BATCH = 'exec ip -oneline -force -batch - 2>&1';

interface Pending {
  readonly resolve: (output: string) => void;
  readonly reject: (error: Error) => void;
}

interface Running {
  readonly child: ChildProcess;
  readonly pending: Pending[];
  output: string;
}

/**
 * Carries out commands of ip(8) in one network namespace. A process costs some milliseconds to start and half of one
 * per batch, so it is kept for a while: the second container of a second does not wait for it.
 */
export class LinkShell {
  readonly #argv: (batch: string) => readonly string[];
  #running: Running | undefined;
  #idle: NodeJS.Timeout | undefined;

  /** `argv` makes a command out of a line for the shell. */
  constructor(argv: (batch: string) => readonly string[]) {
    this.#argv = argv;
  }

  /** Process id of the `ip` that runs now. */
  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** Throws with ip's own words when one of the commands fails; the ones after it are carried out all the same. */
  async run(commands: readonly string[]): Promise<void> {
    const running = (this.#running ??= this.#start());
    const output = await new Promise<string>((resolve, reject) => {
      running.pending.push({ resolve, reject });
      running.child.stdin?.write([...commands, MARK, ''].join('\n'));
      this.#restartIdleTimer();
    });
    if (output.trim() !== '') throw new Error(`ip: ${output.trim()}`);
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#running?.child.stdin?.end();
    this.#running = undefined;
  }

  #restartIdleTimer(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), IDLE_MS).unref();
  }

  #start(): Running {
    const [file = 'sh', ...argv] = this.#argv(BATCH);
    const child = spawn(file, argv, { stdio: ['pipe', 'pipe', 'ignore'] });
    const running: Running = { child, pending: [], output: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      running.output += text;
      answer(running);
    });
    // A write to a process that has just ended fails here as well; `close` tells those who wait.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => this.#ended(running, error.message));
    child.on('close', () => this.#ended(running, running.output.trim()));
    return running;
  }

  #ended(running: Running, reason: string): void {
    if (this.#running === running) this.close();
    for (const { reject } of running.pending.splice(0)) {
      reject(new Error(`the network could not be set up: ${reason === '' ? 'ip has ended' : reason}`));
    }
  }
}

function answer(running: Running): void {
  for (;;) {
    const mark = MARK_SEEN.exec(running.output);
    if (mark === null) return;
    const before = running.output.slice(0, mark.index);
    running.output = running.output.slice(mark.index + mark[0].length);
    running.pending.shift()?.resolve(before);
  }
}
