import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { CommandFailed } from './run.ts';

/** A shell that nobody asked anything for so long ends; the next call starts another one. */
const IDLE_MS = 5_000;

/** Neither a program's words nor a name that `getfattr` prints hold this. */
const MARK = '\nslipway-done ';

interface Pending {
  readonly argv: readonly string[];
  readonly resolve: (output: string) => void;
  readonly reject: (error: Error) => void;
}

interface Running {
  readonly child: ChildProcess;
  readonly pending: Pending[];
  output: string;
}

/**
 * A shell that stays for a while, for the many small commands of a build: it starts a program in a fraction of the time
 * that this process needs, and busybox's has some in itself. Commands are carried out one by one.
 */
export class Shell {
  readonly #argv: readonly [string, ...string[]];
  #running: Running | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(...argv: readonly [string, ...string[]]) {
    this.#argv = argv;
  }

  /** What the command prints, its complaints too: bytes as latin1. Throws `CommandFailed`. */
  async run(argv: readonly string[], cwd = '/'): Promise<string> {
    const running = (this.#running ??= this.#start());
    return new Promise((resolve, reject) => {
      running.pending.push({ argv, resolve, reject });
      const command = `(cd ${quote(cwd)} && exec ${argv.map(quote).join(' ')}) 2>&1; echo "${MARK}$?"\n`;
      running.child.stdin?.write(command);
      this.#restartIdleTimer();
    });
  }

  #restartIdleTimer(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#close(), IDLE_MS).unref();
  }

  #close(): void {
    clearTimeout(this.#idle);
    this.#running?.child.stdin?.end();
    this.#running = undefined;
  }

  #start(): Running {
    const [file, ...args] = this.#argv;
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const running: Running = { child, pending: [], output: '' };
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      const seen = Math.max(0, running.output.length - MARK.length);
      running.output += text;
      answer(running, seen);
    });
    // A write to a shell that has just ended fails here as well; `close` tells those who wait.
    child.stdin.on('error', () => undefined);
    child.on('error', () => this.#ended(running));
    child.on('close', () => this.#ended(running));
    return running;
  }

  #ended(running: Running): void {
    if (this.#running === running) this.#close();
    for (const { argv, reject } of running.pending.splice(0)) {
      reject(new CommandFailed(argv, null, 'the shell has ended'));
    }
  }
}

/** Nothing ends before `from`. */
function answer(running: Running, from: number): void {
  for (let at = from; ;) {
    const start = running.output.indexOf(MARK, at);
    const end = start === -1 ? -1 : running.output.indexOf('\n', start + MARK.length);
    if (end === -1) return;
    const code = Number(running.output.slice(start + MARK.length, end));
    const output = running.output.slice(0, start);
    running.output = running.output.slice(end + 1);
    at = 0;
    const asked = running.pending.shift();
    if (code === 0) asked?.resolve(output);
    else asked?.reject(new CommandFailed(asked.argv, code, Buffer.from(output, 'latin1').toString()));
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
