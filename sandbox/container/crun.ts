import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, readSync, unlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { constants as os } from 'node:os';
import { Readable } from 'node:stream';
import { CommandFailed } from '../layer/run.ts';
import type { Streams } from '../layer/shell.ts';
import { Shell } from '../layer/shell.ts';
import type { Cgroup } from './cgroups.ts';
import { translateFailure } from './crun-errors.ts';
import { inWords, withRest } from './crun-output.ts';
import type { Pipes, Pipe } from './pipes.ts';
import { onProcessors } from './processors.ts';
import type { Program } from './program.ts';
import { InputTerminal } from './pty.ts';

/** The streams of a container's process, or of an exec's. */
export interface ProcessIo {
  readonly stdout: Readable;
  /** Absent with a terminal: there is one stream. */
  readonly stderr?: Readable;
  /** Absent unless asked for. */
  readonly stdin?: ProcessInput;
}

export interface ProcessInput {
  /** Resolves when the process may be sent more; never rejects, a process that reads no more is none of our business. */
  write(chunk: Buffer): Promise<void>;
  end(): void;
}

export interface RunningProcess {
  /** Its process id in the session. */
  readonly pid: number;
  readonly io: ProcessIo;
  /** Exit code as a shell counts it: 128 and the number for a signal. */
  readonly exited: Promise<number>;
}

export interface LaunchOptions {
  /** What comes after crun's global options, without `--pid-file`. */
  readonly command: readonly [verb: 'run' | 'exec', ...options: string[]];
  /** The container's id and whatever follows the options. */
  readonly operands: readonly string[];
  /** Of `exec`, what to execute: `process` of the runtime specification (config.md). */
  readonly process?: object;
  /** File for crun's own messages. */
  readonly log: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  /** Control group to run in. */
  readonly cgroup: Pick<Cgroup, 'entrances' | 'shell'> | undefined;
  /** Processors to keep to, as `0,2-3`; all of them when absent or empty. */
  readonly cpus?: string;
  /** For error messages: what was to be executed. */
  readonly program: Program;
}

export interface CrunOptions {
  readonly pipes: Pipes;
  /** crun's own folder for the state of what runs. */
  readonly root: string;
}

/** `run` moves into control groups before crun is there, so that nothing of a container is ever outside of them. */
const ENTER = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 > "$1"; shift; n=$((n-1)); done; exec "$@"';

/**
 * crun executes itself a second time, from a copy that no container can write to (CVE-2019-5736), unless it is told that
 * it is one and lies on a file system that is read-only: as in a session (`sandbox/host/bootstrap.ts`).
 */
const ENV = {
  PATH: '/run/slipway:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  TERM: 'xterm',
  _LIBCRUN_CLONED_BINARY: '1',
};

/** Runs crun in the foreground as a child: when it ends, so has the container's process, and its exit code is crun's. */
export class Crun {
  readonly #options: CrunOptions;

  constructor(options: CrunOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the process runs (or has already run to its end); throws in the real daemon's words when it could
   * not be started. The caller must read `io` to its end.
   */
  async launch(options: LaunchOptions): Promise<RunningProcess> {
    const pidPath = await this.#options.pipes.take();
    const pidPipe = new Socket({
      fd: openSync(pidPath, constants.O_RDONLY | constants.O_NONBLOCK),
      writable: false,
    });
    const processPath = options.process && (await this.#options.pipes.take());
    const argv = this.#argv(options, { pidPath, processPath });
    const child = options.tty
      ? await this.#withTerminal(argv, options)
      : await this.#withPipes(argv, options);
    try {
      if (processPath !== undefined) await letGo(processPath, child, options);
      const started = await Promise.race([readPid(pidPipe), child.exited.then(() => undefined)]);
      const pid = started ?? pidAfterExit(pidPath);
      if (pid === undefined) throw await this.#failure(options, await child.exited, child.io);
      return { pid, io: child.io, exited: child.exited };
    } finally {
      child.release();
      pidPipe.destroy();
      unlinkSync(pidPath);
      if (processPath !== undefined) unlinkSync(processPath);
    }
  }

  #argv(
    { cgroup, ...options }: LaunchOptions,
    { pidPath, processPath }: { readonly pidPath: string; readonly processPath: string | undefined },
  ): [string, ...string[]] {
    const [verb, ...verbOptions] = options.command;
    const crun = [
      ...onProcessors(options.cpus ?? ''),
      'crun', '--root', this.#options.root, '--cgroup-manager=disabled', '--log', options.log, '--log-format', 'json',
      verb, ...verbOptions, ...(processPath === undefined ? [] : ['--process', processPath]), '--pid-file', pidPath,
      ...options.operands,
    ]; // prettier-ignore
    const entrances = cgroup && !usesShell({ cgroup, ...options }) ? cgroup.entrances : [];
    if (entrances.length === 0 || processPath !== undefined) return crun as [string, ...string[]];
    return ['/bin/sh', '-c', ENTER, 'sh', String(entrances.length), ...entrances, ...crun];
  }

  /**
   * crun moves bytes between the container's terminal and its own streams. Its output is a pipe: that holds more than
   * a terminal would, so that crun is seldom behind when the container ends.
   */
  async #withTerminal(argv: readonly [string, ...string[]], options: LaunchOptions): Promise<Launched> {
    const output = await this.#options.pipes.output();
    const terminal = new InputTerminal();
    const child = start(argv, [terminal.theirs, output.theirs, output.theirs]);
    terminal.release();
    output.release();
    const exited = exitOf(child).finally(() => terminal.close());
    const stdin = { write: (chunk: Buffer) => terminal.write(chunk), end: () => undefined };
    const stdout = Readable.from(withRest(output.ours, exited, options), { objectMode: false });
    return { child, exited, io: { stdout, stdin }, release: () => undefined };
  }

  async #withPipes(argv: readonly [string, ...string[]], options: LaunchOptions): Promise<Launched> {
    const { pipes } = this.#options;
    const [stdin, stdout, stderr] = await Promise.all([
      options.stdin ? pipes.input() : undefined,
      pipes.output(),
      pipes.output(),
    ]);
    const input = stdin?.theirs ?? openSync('/dev/null', 'r');
    const streams = [input, stdout.theirs, stderr.theirs] as const;
    const shell = usesShell(options) ? options.cgroup?.shell : undefined;
    return {
      ...(shell ? { exited: exitIn(shell, argv, streams) } : started(argv, streams)),
      release: () => {
        for (const fd of streams) closeSync(fd);
      },
      io: {
        stdout: stdout.ours,
        stderr: inWords(stderr.ours, options),
        ...(stdin ? { stdin: inputOf(stdin) } : {}),
      },
    };
  }

  async #failure(options: LaunchOptions, exitCode: number, io: ProcessIo): Promise<Error> {
    io.stdout.destroy();
    io.stderr?.destroy();
    io.stdin?.end();
    const log = await readFile(options.log, 'utf8').catch(() => '');
    return translateFailure({ verb: options.command[0], program: options.program, log, exitCode });
  }
}

interface Launched {
  /** Absent for what a shell has started. */
  readonly child?: ChildProcess;
  readonly io: ProcessIo;
  readonly exited: Promise<number>;
  /** Closes the child's ends of the streams here; to be called when it has begun. */
  release(): void;
}

/** A shell has no terminal to give. */
function usesShell({ cgroup, tty }: Pick<LaunchOptions, 'cgroup' | 'tty'>): boolean {
  return cgroup?.shell !== undefined && !tty;
}

/** In a control group's shell: what crun needs of the environment, the shell has. */
export function shellIn(entrances: readonly string[]): Shell {
  const enter = 'for each; do echo 0 > "$each"; done; exec /bin/sh';
  const env = Object.entries(ENV).map(([name, value]) => `${name}=${value}`);
  return new Shell('env', '-i', ...env, '/bin/sh', '-c', enter, 'sh', ...entrances);
}

function start([file, ...args]: readonly [string, ...string[]], streams: Streams): ChildProcess {
  return spawn(file, args, { stdio: [...streams], env: ENV, cwd: '/' });
}

function started(argv: readonly [string, ...string[]], streams: Streams): Pick<Launched, 'child' | 'exited'> {
  const child = start(argv, streams);
  return { child, exited: exitOf(child) };
}

/**
 * Moves the `exec` that waits at `path`, a FIFO, into the control groups, and tells it what to execute: the kernel takes
 * its time for the move, and crun for its start, so they do it at once.
 */
async function letGo(path: string, { child, exited }: Launched, options: LaunchOptions): Promise<void> {
  const { cgroup, process: toExecute } = options;
  try {
    for (const entrance of cgroup?.entrances ?? []) await writeFile(entrance, String(child?.pid));
  } catch {
    // The container has gone, with its groups. Nothing runs outside of them.
    child?.kill('SIGKILL');
  }
  let isTold = false;
  void exited.then(() => {
    if (isTold) return;
    // Opening a FIFO waits for the other side, which crun will not be any more.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    new Socket({ fd, writable: false }).on('error', () => undefined).resume();
  });
  await writeFile(path, JSON.stringify(toExecute));
  isTold = true;
}

function exitIn(shell: Shell, argv: readonly string[], streams: Streams): Promise<number> {
  return shell.run(argv, '/', streams).then(
    () => 0,
    (error: unknown) => (error instanceof CommandFailed ? error.code : null) ?? 128 + os.signals.SIGKILL,
  );
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : os.signals[signal])));
  });
}

function inputOf({ ours }: Pipe): ProcessInput {
  return {
    write: (chunk) =>
      new Promise((resolve) => {
        if (ours.destroyed) resolve();
        else ours.write(chunk, () => resolve());
      }),
    end: () => void ours.end(),
  };
}

/** crun opens the FIFO and writes the number once the container's process was started. */
function readPid(pipe: Socket): Promise<number | undefined> {
  return new Promise((resolve) => {
    let text = '';
    pipe.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    pipe.on('end', () => resolve(text === '' ? undefined : Number(text)));
    pipe.on('close', () => resolve(undefined));
    pipe.on('error', () => resolve(undefined));
  });
}

/** A very short process may be seen to exit before its number was read: it lies in the FIFO then. */
function pidAfterExit(path: string): number | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(32);
  try {
    const length = readSync(fd, buffer);
    return length === 0 ? undefined : Number(buffer.toString('latin1', 0, length));
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}
