import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { effectiveCapabilities } from './capabilities.ts';
import type { HostLayout, SessionPaths } from './layout.ts';
import { innerSpec, outerCommand, outerSpec, type BootPlan } from './spec.ts';
import { SupervisorError } from './supervisor.ts';
import { lastLine, Tail } from './tail.ts';
import { openUserNamespace } from './user-namespace.ts';

/** From crun's start to the engine's first answer; a machine under heavy load is slow, a hung one is not waited for. */
const READY_TIMEOUT_MS = 90_000;

/** How long the last output of a session that has ended may take to arrive. */
const LAST_WORDS_MS = 300;

/** How a session's first process ended. */
export interface BootExit {
  /** 128 + the signal's number for a process that was killed. */
  readonly code: number;
  /** The last lines that the boot, the engine or crun wrote to its error output; learner input. */
  readonly lastWords: string;
}

/** A session's processes, from the outside. */
export interface Boot {
  /** Resolves when the last process has ended. Never rejects. */
  readonly exited: Promise<BootExit>;
  /** Asks the engine to end. */
  terminate(): Promise<void>;
  /** Gives back what was needed only until the engine ran. */
  settle(): void;
}

export interface BootOptions {
  readonly plan: Omit<BootPlan, 'userNamespace'>;
  readonly layout: HostLayout;
  readonly paths: SessionPaths;
  readonly socketOwner: { readonly uid: number; readonly gid: number };
}

/** Starts a session's processes. The engine's listening socket is there when it returns; the engine may not be. */
export async function startBoot(options: BootOptions): Promise<Boot> {
  const namespace = await openUserNamespace(options.plan.range);
  try {
    const boot = await startIn(namespace.path, options);
    return { ...boot, settle: () => namespace.close() };
  } catch (error) {
    namespace.close();
    throw error;
  }
}

async function startIn(
  userNamespace: string,
  { plan: given, layout, paths, socketOwner }: BootOptions,
): Promise<Omit<Boot, 'settle'>> {
  const plan = { ...given, userNamespace };
  const capabilities = effectiveCapabilities(await readFile('/proc/self/status', 'utf8'));
  await writeBundle(paths.outerBundle, outerSpec(plan, layout, paths, capabilities));
  await writeBundle(paths.innerBundle, innerSpec(plan, layout));
  await Promise.all(
    ['outer', 'inner'].map((stage) =>
      rm(join(layout.crun, stage, plan.id), { recursive: true, force: true }),
    ),
  );
  const pidFile = join(paths.innerBundle, 'pid');
  const listener = await listen(`${paths.engineSocket}.new`);
  try {
    await chown(`${paths.engineSocket}.new`, socketOwner.uid, socketOwner.gid);
    await chmod(`${paths.engineSocket}.new`, 0o600);
    // Under a name that closing does not know: Node removes the file that a server was made with.
    await rename(`${paths.engineSocket}.new`, `${paths.engineSocket}.own`);
    const child = spawnCrun(outerCommand(plan, layout, paths), listener);
    listener.close();
    await rename(`${paths.engineSocket}.own`, paths.engineSocket);
    return {
      exited: exitOf(child),
      terminate: async () => {
        const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
        if (pid > 0) signal(pid, 'SIGTERM');
      },
    };
  } finally {
    // The session has its own copy.
    listener.close();
  }
}

async function writeBundle(folder: string, spec: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  await rm(join(folder, 'pid'), { force: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(spec));
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ path, backlog: 511 }, () => resolve(server));
  });
}

/** The listener becomes file descriptor 3 of the session's first process. */
function spawnCrun(args: readonly string[], listener: Server): ChildProcess {
  return spawn('crun', args, { stdio: ['ignore', 'ignore', 'pipe', descriptorOf(listener)], detached: true });
}

/** Node has no public way to the descriptor of a server; it has been here since its first versions. */
function descriptorOf(listener: Server): number {
  const { fd } = (listener as unknown as { readonly _handle: { readonly fd: number } })._handle;
  if (typeof fd !== 'number' || fd < 0)
    throw new Error('This version of Node does not tell the descriptor of a socket.');
  return fd;
}

function exitOf(child: ChildProcess): Promise<BootExit> {
  const words = new Tail();
  if (child.stderr) words.follow(child.stderr);
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 127, lastWords: error.message }));
    child.on('exit', (code) => {
      const end = (): void => resolve({ code: code ?? 137, lastWords: words.text() });
      child.on('close', end);
      setTimeout(end, LAST_WORDS_MS).unref();
    });
  });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended.
  }
}

/** Resolves when the engine of `boot` answers. A session that has ended throws its own last words: they say more. */
export async function bootReady(boot: Boot, engineSocket: string): Promise<void> {
  const ended = boot.exited.then(({ code, lastWords }) => {
    throw new SupervisorError(
      'failed',
      `The session ended while it started: ${lastLine(lastWords) || `exit status ${code}`}`,
    );
  });
  const ready = engineReady(engineSocket, READY_TIMEOUT_MS).catch(async (error: unknown) => {
    // The connection may break before the end is known.
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 500))]);
    throw error;
  });
  await Promise.race([ready, ended]).finally(() => boot.settle());
}

/**
 * Resolves when the engine answers. The socket takes connections before the engine runs, so one request waits for it;
 * it fails when the last process that has the listener ends. What answers may be the learner's own program, so the time
 * counts from the first moment to the whole head of an answer, whatever trickles in between.
 */
export function engineReady(socketPath: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: '/slipway/ready', method: 'GET', agent: false }, (response) => {
      if (response.statusCode === 204) resolve();
      else reject(new Error(`The engine answered ${response.statusCode ?? 0}.`));
      call.destroy();
    });
    const deadline = setTimeout(() => {
      reject(new Error(`The engine did not answer within ${timeoutMs / 1000} seconds.`));
      call.destroy();
    }, timeoutMs);
    call.on('error', reject);
    call.on('close', () => {
      clearTimeout(deadline);
      reject(new Error('The engine has closed the connection.'));
    });
    call.end();
  });
}
