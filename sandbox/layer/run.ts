import { spawn } from 'node:child_process';

/** The command, its arguments, and what it said on its way out. */
export class CommandFailed extends Error {
  readonly code: number | null;
  constructor(argv: readonly string[], code: number | null, stderr: string) {
    super(`${argv[0] ?? ''} failed: ${stderr.trim() || `exit code ${code ?? 'unknown'}`}`);
    this.code = code;
  }
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  /** What it printed counts, not how it ended. */
  readonly mayFail?: boolean;
}

/** Runs a program to its end, and returns what it printed. Throws `CommandFailed`. */
export async function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Buffer> {
  const [file, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk));
    // A program that ends early does not read its input; its exit code tells why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0 || options.mayFail === true) resolve(Buffer.concat(output));
      else reject(new CommandFailed(argv, code, Buffer.concat(errors).toString('utf8')));
    });
  });
}
