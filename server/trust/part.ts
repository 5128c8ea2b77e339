import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const TAIL_BYTES = 4096;
const GRACE_MS = 10_000;

export interface PartOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A program that serves until it is stopped. It does not outlive this process, however that ends. */
export class Part {
  readonly #child: ChildProcess;
  readonly #name: string;
  #tail = '';
  #gone = false;
  /** Resolves when it is gone. */
  readonly ended: Promise<void>;

  constructor({ program, args, folder, env }: PartOptions) {
    this.#name = program.slice(program.lastIndexOf('/') + 1);
    this.#child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', program, ...args], {
      cwd: folder,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#tail = (this.#tail + text).slice(-TAIL_BYTES);
      });
    }
    this.ended = once(this.#child, 'close')
      .catch((error: unknown) => {
        this.#tail += error instanceof Error ? error.message : String(error);
      })
      .then(() => void (this.#gone = true));
  }

  /** The last that it said. */
  get said(): string {
    return this.#tail;
  }

  /** Resolves once `isReady` does to true; asks again and again. Throws when the program ends before, or on `signal`. */
  async ready(isReady: () => boolean | Promise<boolean>, signal: AbortSignal): Promise<void> {
    while (!(await isReady())) {
      if (this.#gone) throw this.#failure('has ended');
      if (signal.aborted) throw this.#failure('does not answer');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  #failure(how: string): Error {
    return new Error(`${this.#name} ${how}. The last it said: ${this.#tail.trim() || 'nothing'}`);
  }
}
