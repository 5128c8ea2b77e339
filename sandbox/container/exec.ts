import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { EngineError } from '../oci/errors.ts';
import type { Attachable } from './attachment.ts';
import type { Container } from './container.ts';
import { emitContainer, type Context } from './context.ts';
import type { ProcessInput, RunningProcess } from './crun.ts';
import { resizeTerminalOf } from './pty.ts';
import { refuseRestarting } from './restart-policy.ts';
import { buildProcess, capabilitySets, environment } from './spec.ts';
import { linksOf } from './start.ts';
import { Output } from './streams.ts';
import { resolveUser } from './users.ts';

export interface ExecConfig {
  readonly cmd: readonly string[];
  readonly env: readonly string[];
  readonly user: string;
  readonly workingDir: string;
  readonly tty: boolean;
  readonly privileged: boolean;
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  readonly detachKeys: string;
}

/** Output of a command may outlive it in a child that goes on; Docker waits this long for it. */
const DRAIN_MS = 2000;

/** Ended ones are kept for `docker inspect`, the oldest go first. */
const KEPT = 64;

/** A further command in a running container: made → running → ended. */
export class Exec implements Attachable {
  readonly id: string = randomBytes(32).toString('hex');
  readonly container: Container;
  readonly config: ExecConfig;
  readonly stdout = new Output();
  readonly stderr = new Output();
  process: RunningProcess | undefined;
  state: 'made' | 'running' | 'ended' = 'made';
  exitCode: number | null = null;
  size = { columns: 80, rows: 24 };
  readonly #started: Promise<ProcessInput | undefined>;
  #onStarted: (input: ProcessInput | undefined) => void = () => undefined;

  constructor(container: Container, config: ExecConfig) {
    this.container = container;
    this.config = config;
    this.#started = new Promise((resolve) => (this.#onStarted = resolve));
  }

  input(): Promise<ProcessInput | undefined> {
    return this.#started;
  }

  began(process: RunningProcess): void {
    this.process = process;
    this.#onStarted(process.io.stdin);
  }

  ended(exitCode: number): void {
    this.state = 'ended';
    this.exitCode = exitCode;
    this.#onStarted(undefined);
    this.stdout.end();
    this.stderr.end();
  }
}

/** `reference` is what the user called the container. */
export function createExec(
  context: Context,
  container: Container,
  config: ExecConfig,
  reference: string,
): Exec {
  checkRunning(container, reference);
  if (config.cmd.length === 0) throw new EngineError('invalid', 'No exec command specified');
  const exec = new Exec(container, config);
  for (const old of [...container.execs.values()].slice(0, Math.max(0, container.execs.size - KEPT))) {
    if (old.state === 'ended') container.execs.delete(old.id);
  }
  container.execs.set(exec.id, exec);
  emitContainer(context, container, `exec_create: ${commandLine(config.cmd)}`, { execID: exec.id });
  return exec;
}

/** Resolves when the command runs; its end is seen on the streams and in `exitCode`. */
export async function startExec(context: Context, exec: Exec): Promise<void> {
  const { container, config } = exec;
  if (exec.state === 'running')
    throw new EngineError('conflict', `Error: Exec command ${exec.id} is already running`);
  if (exec.state === 'ended')
    throw new EngineError('conflict', `Error: Exec command ${exec.id} has already run`);
  checkRunning(container, container.id);
  exec.state = 'running';
  emitContainer(context, container, `exec_start: ${commandLine(config.cmd)}`, { execID: exec.id });
  try {
    const { size } = exec;
    const process = await launch(context, exec);
    exec.began(process);
    // Clients tell the size as soon as they have asked for the start, which is often before there is a terminal.
    if (exec.size !== size) await resizeTerminalOf(process.pid, exec.size.columns, exec.size.rows);
    void watch(context, exec, process);
  } catch (error) {
    // Whatever the reason: dockerd keeps 126 for a command that did not start.
    exec.ended(126);
    throw error;
  }
}

function checkRunning(container: Container, reference: string): void {
  refuseRestarting(container.record);
  const { run, record } = container;
  if (!run) throw new EngineError('conflict', `Container ${record.id} is not running`);
  if (record.state.status === 'paused') {
    throw new EngineError('conflict', `Container ${reference} is paused, unpause the container before exec`);
  }
}

async function launch(context: Context, exec: Exec): Promise<RunningProcess> {
  const { container, config } = exec;
  const { record, run } = container;
  if (!run) throw new EngineError('conflict', `Container ${record.id} is not running`);
  const log = logOf(context, exec);
  mkdirSync(`${context.runFolder}/${record.id}`, { recursive: true });
  const toExecute = processOf(context, exec, run.root);
  try {
    return await context.crun.launch({
      command: ['exec'],
      operands: [record.id],
      process: toExecute,
      log,
      tty: config.tty,
      stdin: config.attachStdin,
      cgroup: run.cgroup && { entrances: run.cgroup.entrances },
      cpus: record.hostConfig.CpusetCpus,
      program: { name: config.cmd[0] ?? '', root: run.root, env: toExecute.env },
    });
  } catch (error) {
    rmSync(log, { force: true });
    throw error;
  }
}

/** crun's messages; the folder goes with the run. */
function logOf({ runFolder }: Context, exec: Exec): string {
  return `${runFolder}/${exec.container.id}/exec-${exec.id}.log`;
}

function processOf(context: Context, { container, config, size }: Exec, root: string) {
  const { record } = container;
  const { workingDir } = config;
  if (workingDir !== '' && !workingDir.startsWith('/')) {
    throw new EngineError(
      'internal',
      'OCI runtime exec failed: exec failed: Cwd must be an absolute path: unknown',
    );
  }
  const user = resolveUser(
    root,
    config.user === '' ? record.config.User : config.user,
    config.user === '' ? (record.hostConfig.GroupAdd ?? []) : [],
  );
  return {
    ...buildProcess(record, user),
    capabilities: capabilitySets(record, record.hostConfig.Privileged || config.privileged),
    terminal: config.tty,
    ...(config.tty ? { consoleSize: { width: size.columns, height: size.rows } } : {}),
    cwd: workingDir || record.config.WorkingDir || '/',
    env: mergeEnv(
      environment(record, user, { tty: config.tty, links: linksOf(context, record) }),
      config.env,
    ),
    args: config.cmd,
  };
}

/** As dockerd writes it in events: a command without arguments ends in a blank. */
function commandLine([program = '', ...args]: readonly string[]): string {
  return `${program} ${args.join(' ')}`;
}

function mergeEnv(base: readonly string[], own: readonly string[]): string[] {
  const nameOf = (pair: string) => pair.split('=', 1)[0];
  return [
    ...new Map(
      [...base, ...own.filter((pair) => pair.includes('='))].map((pair) => [nameOf(pair), pair]),
    ).values(),
  ];
}

async function watch(context: Context, exec: Exec, process: RunningProcess): Promise<void> {
  const { stdout, stderr } = process.io;
  const pumps = Promise.all([exec.stdout.pump(stdout), stderr && exec.stderr.pump(stderr)]);
  const exitCode = await process.exited;
  await Promise.race([pumps, new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);
  stdout.destroy();
  stderr?.destroy();
  rmSync(logOf(context, exec), { force: true });
  exec.ended(exitCode);
  emitContainer(context, exec.container, 'exec_die', { execID: exec.id, exitCode: String(exitCode) });
}

export interface HiddenResult {
  readonly exitCode: number;
  /** What it printed, or why it was not started. */
  readonly output: string;
  /** It printed more than was to be kept. */
  readonly cutShort: boolean;
  readonly failure?: 'late' | 'not-started';
}

/** A command for the engine's own purposes, such as a health check. */
export async function runHidden(
  context: Context,
  container: Container,
  cmd: readonly string[],
  limits: { readonly timeoutMs: number; readonly outputLimitBytes: number },
): Promise<HiddenResult> {
  const exec = new Exec(container, {
    cmd,
    env: [],
    user: '',
    workingDir: '',
    tty: false,
    privileged: false,
    attachStdin: false,
    attachStdout: true,
    attachStderr: true,
    detachKeys: '',
  });
  const chunks: Buffer[] = [];
  let size = 0;
  const keep = (chunk: Buffer) => {
    if (size < limits.outputLimitBytes) chunks.push(chunk.subarray(0, limits.outputLimitBytes - size));
    size += chunk.byteLength;
    return undefined;
  };
  const ended = new Promise<void>((resolve) => exec.stdout.attach({ write: keep, end: resolve }));
  exec.stderr.attach({ write: keep, end: () => undefined });
  emitContainer(context, container, `exec_create: ${commandLine(cmd)}`, { execID: exec.id });
  try {
    await startExec(context, exec);
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error);
    return { exitCode: exec.exitCode ?? 126, output, cutShort: false, failure: 'not-started' };
  }
  const timedOut = await Promise.race([ended.then(() => false), delay(limits.timeoutMs).then(() => true)]);
  if (timedOut) killQuietly(exec.process?.pid);
  return {
    exitCode: exec.exitCode ?? -1,
    output: Buffer.concat(chunks).toString('utf8'),
    cutShort: size > limits.outputLimitBytes,
    ...(timedOut && { failure: 'late' as const }),
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function killQuietly(pid: number | undefined): void {
  try {
    if (pid !== undefined) globalThis.process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
