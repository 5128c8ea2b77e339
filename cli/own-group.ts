import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Time for what a program has started to end after it, in milliseconds; what is there then is killed. */
const REST_MS = 30_000;
const LOOK_EVERY_MS = 20;

export interface GroupOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /**
   * Who hears of an abort: the `program`, which ends what it has started by itself (SIGTERM), or the whole `group`, as at a
   * terminal's Ctrl+C (SIGINT).
   */
  readonly told: 'program' | 'group';
}

/**
 * Runs a Node program in a process group of its own, so that a signal reaches it once, whether Ctrl+C was pressed or this
 * process alone was told to stop. Resolves to the exit status, 1 for an end by a signal, when nothing is left of the group.
 */
export async function runInOwnGroup(args: readonly string[], options: GroupOptions): Promise<number> {
  const { cwd, env, signal, told } = options;
  signal.throwIfAborted();
  const child = spawn(process.execPath, args, {
    ...{ cwd, env, detached: true },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const stop = (): void => {
    if (told === 'program') child.kill('SIGTERM');
    else signalGroup(child.pid, 'SIGINT');
  };
  signal.addEventListener('abort', stop);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    await endGroup(child.pid);
    return code ?? 1;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function endGroup(leader: number | undefined): Promise<void> {
  const end = Date.now() + REST_MS;
  while (signalGroup(leader, 0) && Date.now() < end) await sleep(LOOK_EVERY_MS);
  signalGroup(leader, 'SIGKILL');
}

/** False when nobody is in the group any more. */
function signalGroup(leader: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (leader === undefined) return false;
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
