import { spawn } from 'node:child_process';
import { appendFile } from 'node:fs/promises';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Written to standard input, which is empty otherwise. */
  readonly input?: string;
  /** A file that gets the command and all it printed. */
  readonly log?: string;
  readonly signal?: AbortSignal;
  /** Called for each line of either stream, for progress. */
  readonly onLine?: (line: string) => void;
}

/** A command that could not be started, or did not end with 0. */
export class CommandFailed extends Error {
  readonly command: string;
  /** Everything it printed, both streams together, at most the last 64 KiB. */
  readonly output: string;

  constructor(command: string, reason: string, output: string) {
    super(`${command}: ${reason}${lastLine(output)}`);
    this.name = 'CommandFailed';
    this.command = command;
    this.output = output;
  }
}

const KEPT_OUTPUT = 64 * 1024;

/** Runs a command to its end and returns its standard output. It dies with this process. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { cwd, env, signal } = options;
  // Without it a build would go on, unseen, after this process was killed.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
    ...(cwd !== undefined && { cwd }),
    ...(signal !== undefined && { signal }),
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let all = '';
  const collect = (text: string): void => {
    all = (all + text).slice(-KEPT_OUTPUT);
    if (options.onLine)
      for (const line of text.split(/[\r\n]+/)) if (line.trim() !== '') options.onLine(line.trim());
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    collect(text);
  });
  child.stderr.setEncoding('utf8').on('data', collect);
  child.stdin.on('error', () => undefined); // A command that does not read its input has closed it.
  child.stdin.end(options.input ?? '');
  const outcome = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, killed) => resolve(code === 0 ? undefined : endedWith(code, killed)));
  });
  if (options.log !== undefined) await appendFile(options.log, `$ ${[command, ...args].join(' ')}\n${all}\n`);
  if (outcome !== undefined) throw new CommandFailed(command, outcome, all);
  return stdout;
}

function endedWith(code: number | null, signal: NodeJS.Signals | null): string {
  return code === null ? `ended by ${signal ?? 'a signal'}` : `exit code ${code}`;
}

function lastLine(output: string): string {
  const line = output
    .trimEnd()
    .split(/[\r\n]+/)
    .at(-1);
  return line === undefined || line === '' ? '' : ` (${line})`;
}
