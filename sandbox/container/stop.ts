import { EngineError } from '../oci/errors.ts';
import type { Container, Run } from './container.ts';
import { emitContainer, type Context } from './context.ts';
import { endHealthChecks } from './health.ts';
import { refuseRestarting } from './restart-policy.ts';
import { parseSignal } from './signals.ts';

/** Time between the stop signal and SIGKILL, in seconds, unless the container or the user says otherwise. */
const STOP_GRACE_SECONDS = 10;
/** A process that does not end at SIGKILL is stuck in the kernel. */
const KILL_WAIT_MS = 10_000;

const SIGKILL = 9;
const SIGTERM = 15;

/** `docker stop`. Not modified when it does not run. `seconds` below zero waits for ever. */
export async function stopContainer(context: Context, container: Container, seconds?: number): Promise<void> {
  const { record, run } = container;
  if (!run) throw new EngineError('not-modified', 'container already stopped');
  record.stoppedByUser = true;
  const signal = record.config.StopSignal ? parseSignal(record.config.StopSignal) : SIGTERM;
  const grace = seconds ?? record.config.StopTimeout ?? STOP_GRACE_SECONDS;
  await send(context, container, run, signal);
  if (!(await endsWithin(run, grace < 0 ? undefined : grace * 1000))) {
    await send(context, container, run, SIGKILL);
    await waitForEnd(container, run);
  }
  emitContainer(context, container, 'stop');
}

/**
 * What was to be started again after a while is not, and true is returned. A start that has begun is waited for: then the
 * container runs, and there is nothing to be ended but its process.
 */
export async function endRestarts(context: Context, container: Container): Promise<boolean> {
  if (container.record.state.status !== 'restarting') return false;
  return container.lock.run(async () => {
    if (container.record.state.status !== 'restarting') return false;
    await stayEnded(context, container);
    return true;
  });
}

async function stayEnded(context: Context, container: Container): Promise<void> {
  container.record.state.status = 'exited';
  container.record.stoppedByUser = true;
  await context.registry.save(container);
}

/** `docker kill`: SIGKILL waits for the end, any other signal is only sent. */
export async function killContainer(
  context: Context,
  container: Container,
  signal: string,
  reference: string,
): Promise<void> {
  const number = signal === '' ? SIGKILL : parseSignal(signal);
  const { run, record } = container;
  if (record.state.status === 'restarting') {
    await stayEnded(context, container);
    return;
  }
  if (!run) {
    throw new EngineError(
      'conflict',
      `Cannot kill container: ${reference}: Container ${record.id} is not running`,
    );
  }
  if (endsForGood(record.config.StopSignal, number)) record.stoppedByUser = true;
  await send(context, container, run, number);
  if (number === SIGKILL) await waitForEnd(container, run);
}

/** A container with a stop signal of its own starts again by its policy after any other. */
function endsForGood(stopSignal: string | undefined, signal: number): boolean {
  return !stopSignal || signal === SIGKILL || parseSignal(stopSignal) === signal;
}

async function send(context: Context, container: Container, run: Run, signal: number): Promise<void> {
  try {
    process.kill(run.process.pid, signal);
  } catch {
    // It has just ended by itself.
  }
  // A frozen process gets its signal when it is thawed.
  if (container.record.state.status === 'paused') await thaw(context, container, run);
  emitContainer(context, container, 'kill', { signal: String(signal) });
}

async function thaw(context: Context, container: Container, run: Run): Promise<void> {
  await run.cgroup?.thaw();
  container.record.state.status = 'running';
  emitContainer(context, container, 'unpause');
}

async function waitForEnd(container: Container, run: Run): Promise<void> {
  if (!(await endsWithin(run, KILL_WAIT_MS))) {
    throw new EngineError(
      'internal',
      `the process of container ${container.id} does not end, not even after SIGKILL`,
    );
  }
}

/** Whether the run is over in time; without a limit, when it is over. */
async function endsWithin(run: Run, ms: number | undefined): Promise<boolean> {
  if (ms === undefined) return run.over.then(() => true);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  const result = await Promise.race([run.over.then(() => true), late]);
  clearTimeout(timer);
  return result;
}

export async function pauseContainer(context: Context, container: Container): Promise<void> {
  const { run, record } = container;
  refuseRestarting(record);
  if (!run) throw new EngineError('conflict', `Container ${record.id} is not running`);
  if (record.state.status === 'paused')
    throw new EngineError('conflict', `Container ${record.id} is already paused`);
  if (!run.cgroup) {
    throw new EngineError(
      'unavailable',
      `Cannot pause container ${record.id}: this machine has no control group to freeze it with`,
    );
  }
  await run.cgroup.freeze();
  record.state.status = 'paused';
  endHealthChecks(container);
  await context.registry.save(container);
  emitContainer(context, container, 'pause');
}

export async function unpauseContainer(context: Context, container: Container): Promise<void> {
  const { run, record } = container;
  if (!run || record.state.status !== 'paused') {
    throw new EngineError('internal', `Container ${record.id} is not paused`);
  }
  await thaw(context, container, run);
  await context.registry.save(container);
}
