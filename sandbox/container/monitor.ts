import type { Readable } from 'node:stream';
import { formatTime, now } from './clock.ts';
import type { Container, Run } from './container.ts';
import { emitContainer, type Context } from './context.ts';
import { endHealthChecks, startHealthChecks } from './health.ts';
import type { LogFile, StreamName } from './log-file.ts';
import { removeContainer } from './remove.ts';
import { nextRestartMs } from './restart-policy.ts';
import { giveBack, startContainer } from './start.ts';

/** A client that reads slowly may hold the end of the output, but not the container's end, for longer than this. */
const DRAIN_MS = 2000;

/** Takes a container that was just started into care, until its process ends and all of it is tidied up. */
export async function monitor(
  context: Context,
  container: Container,
  parts: Omit<Run, 'over'>,
): Promise<void> {
  const { process, log } = parts;
  const pumps = Promise.all([
    pumpWithLog(container, 'stdout', process.io.stdout, log),
    process.io.stderr && pumpWithLog(container, 'stderr', process.io.stderr, log),
  ]).then(() => finishOutput(container, log));
  const over = watch(context, container, parts, pumps);
  container.began({ ...parts, over });
  emitContainer(context, container, 'start');
  startHealthChecks(context, container);
}

async function pumpWithLog(
  container: Container,
  stream: StreamName,
  source: Readable,
  log: LogFile,
): Promise<void> {
  const output = container[stream];
  const detach = output.attach({ write: (chunk) => log.append(stream, chunk), end: () => undefined });
  await output.pump(source);
  detach();
}

async function finishOutput(container: Container, log: LogFile): Promise<void> {
  await log.close();
  container.stdout.end();
  container.stderr.end();
}

async function watch(
  context: Context,
  container: Container,
  run: Omit<Run, 'over'>,
  pumps: Promise<void>,
): Promise<void> {
  const exitCode = await run.process.exited;
  killLeftBehind(run.process.pid, exitCode);
  await Promise.race([pumps, unreferencedDelay(DRAIN_MS)]);
  const { record } = container;
  const oomKilled = ((await run.cgroup?.memoryKills()) ?? 0) > 0;
  Object.assign(record.state, {
    status: 'exited',
    pid: 0,
    exitCode,
    oomKilled,
    finishedAt: formatTime(now()),
  });
  endHealthChecks(container);
  if (oomKilled) emitContainer(context, container, 'oom');
  emitContainer(context, container, 'die', { exitCode: String(exitCode) });
  const restartMs = nextRestartMs(record);
  if (restartMs !== undefined) {
    record.state.status = 'restarting';
    record.restartCount++;
  }
  // A full disk must not keep a container from ending.
  await context.registry.save(container).catch(() => undefined);
  const gone = record.hostConfig.AutoRemove && restartMs === undefined;
  await giveBack(context, container, run);
  context.volumes.allUnmounted(record);
  container.ended({ exitCode });
  if (restartMs !== undefined) restartLater(context, container, restartMs);
  else if (gone)
    void removeContainer(context, container, { force: true, volumes: true }).catch(() => undefined);
}

/** crun itself was killed: what it held goes with it. */
function killLeftBehind(pid: number, exitCode: number): void {
  if (exitCode <= 128) return;
  try {
    globalThis.process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already, as it should be.
  }
}

function restartLater(context: Context, container: Container, delayMs: number): void {
  setTimeout(() => {
    void container.lock.run(async () => {
      if (container.record.state.status !== 'restarting') return;
      // What prevented the start is in the container's state for inspect to show.
      await startContainer(context, container).catch(() => undefined);
    });
  }, delayMs);
}

function unreferencedDelay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
