import { setMaxListeners } from 'node:events';
import { rm } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { readLessons } from '../../lessons/reader.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import { signalWithin } from '../../sandbox/time/limit.ts';
import { makeFolder, removeAbandonedFolders } from '../bench/folder.ts';
import { makeDataFolder, startService } from '../service.ts';
import { settings } from '../settings.ts';
import { Class } from './class.ts';
import { availableBytes, busySeconds, processSeconds, proportionalBytes, sessionProcesses } from './meter.ts';
import { SessionTimes } from './session-times.ts';
import { measureDaemons } from './peer.ts';
import { formatPoints, quantile, type Point } from './report.ts';

/** Time for the sessions to come to rest, and time in which nobody does anything, in milliseconds. */
const REST_MS = 10_000;
/** Between two looks at how much processor time the sessions have used, in milliseconds. */
const LOOK_EVERY_MS = 2_000;
const SESSIONS_MAX = 1000;
const MINUTES_MAX = 60;

/**
 * `slipway load`: how many learners at once this machine holds. Starts a service of its own on the loopback and, for each
 * number of sessions, looks at it twice: while nobody does anything, and while a share of the learners takes lessons. Prints a
 * table; exit code 1 when a task failed or somebody got no machine.
 */
interface Plan {
  /** Ascending. */
  readonly sizes: readonly number[];
  readonly minutes: number;
  /** Of the sessions, from 0 to 1. */
  readonly share: number;
  readonly lessons: readonly LessonSource[];
  readonly peer: boolean;
}

async function main(): Promise<void> {
  const plan = await readPlan();
  await removeAbandonedFolders();
  const folder = makeFolder();
  const stopping = new AbortController();
  // Every learner listens to it.
  setMaxListeners(0, stopping.signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  try {
    const points = await measure(plan, folder, stopping.signal);
    process.stdout.write(`${formatPoints(points)}\n`);
    const failures = points.flatMap((point) => point.failures);
    for (const [failure, times] of counted(failures)) process.stdout.write(`${times} × ${failure}\n`);
    if (plan.peer && !stopping.signal.aborted) await comparePeer(folder);
    if (failures.length > 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readPlan(): Promise<Plan> {
  const { values } = parseArgs({
    options: {
      sessions: { type: 'string', default: '10' },
      minutes: { type: 'string', default: '1' },
      active: { type: 'string', default: '20' },
      lessons: {
        type: 'string',
        default: 'first-image,images-and-containers,commit-by-hand,first-dockerfile,layers',
      },
      peer: { type: 'boolean', default: false },
    },
  });
  const sizes = values.sessions.split(',').map((text) => numberIn(text, '--sessions', 1, SESSIONS_MAX));
  const { lessons } = await readLessons(path.join(settings.project, 'lessons'));
  const wanted = values.lessons.split(',').map((slug) => {
    const lesson = lessons.get(slug);
    if (!lesson) throw new Error(`There is no lesson ${slug}.`);
    return lesson;
  });
  return {
    sizes: sizes.toSorted((a, b) => a - b),
    minutes: numberIn(values.minutes, '--minutes', 0.1, MINUTES_MAX),
    share: numberIn(values.active, '--active', 0, 100) / 100,
    lessons: wanted,
    peer: values.peer,
  };
}

function numberIn(text: string, option: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`${option}: give numbers from ${least} to ${most}.`);
}

async function measure(plan: Plan, folder: string, signal: AbortSignal): Promise<Point[]> {
  const dataDir = await makeDataFolder(folder);
  const most = plan.sizes.at(-1) ?? 1;
  const freeBefore = availableBytes();
  const service = await startService(
    dataDir,
    // Each learner has an address of their own, as behind a proxy.
    ['--trusted-proxies', '1', '--queue', '0', '--max-sessions', String(most + 8), '--content-trust', 'off'],
    { endsWithUs: true },
  );
  const group = new Class(service.url, plan.lessons);
  const points: Point[] = [];
  try {
    for (const size of plan.sizes) {
      await group.grow(size, signal);
      if (signal.aborted) break;
      const point = await look(plan, group, { dataDir, freeBefore }, signal);
      points.push(point);
      process.stderr.write(
        `${group.size} sessions: echo p99 ${point.echoP99Ms.toFixed(1)} ms, ${point.failures.length} failed, load ${loadavg()[0]?.toFixed(1)}\n`,
      );
      if (group.size < size) break;
    }
  } finally {
    await group.leave();
    await service.stop();
  }
  return points;
}

interface Host {
  readonly dataDir: string;
  readonly freeBefore: number;
}

async function look(
  plan: Plan,
  group: Class,
  { dataDir, freeBefore }: Host,
  stop: AbortSignal,
): Promise<Point> {
  const { starts, failures: refused } = group.take();
  await pause(REST_MS, stop);
  const idle = await watch(dataDir, async () => pause(REST_MS, stop));
  group.take();
  const active = Math.round(group.size * plan.share);
  const busy = await watch(dataDir, async () => {
    const signal = signalWithin(plan.minutes * 60_000, stop);
    setMaxListeners(0, signal);
    await group.work(active, signal);
  });
  const { starts: later, echoes, failures, tasksDone } = group.take();
  const allStarts = [...starts, ...later];
  const idleCpuMilli = (idle.cpus / group.size) * 1000;
  return {
    ...{ sessions: group.size, active, tasksDone, echoes: echoes.length, idleCpuMilli },
    ...{ startP50Ms: quantile(allStarts, 0.5), startP99Ms: quantile(allStarts, 0.99) },
    ...{ echoP50Ms: quantile(echoes, 0.5), echoP99Ms: quantile(echoes, 0.99) },
    failures: [...refused, ...failures],
    idleBytes: idle.bytes / group.size,
    busyBytes: busy.bytes / group.size,
    activeCpuMilli: (busy.cpus * 1000 - idleCpuMilli * (group.size - active)) / active,
    hostBusy: busy.hostCpus / availableParallelism(),
    hostBytes: freeBefore - availableBytes(),
  };
}

interface Watched {
  /** Of all sessions at the end. */
  readonly bytes: number;
  /** Processors that all sessions used on average. */
  readonly cpus: number;
  /** The same of the whole host, but for this program. */
  readonly hostCpus: number;
}

async function watch(dataDir: string, work: () => Promise<void>): Promise<Watched> {
  const sessions = new SessionTimes(dataDir);
  const host = (): number => busySeconds() - processSeconds([process.pid]);
  const [begun, hostBefore] = [performance.now(), host()];
  const timer = setInterval(() => sessions.look(), LOOK_EVERY_MS);
  await work().finally(() => clearInterval(timer));
  sessions.look();
  const seconds = (performance.now() - begun) / 1000;
  return {
    bytes: proportionalBytes([...sessionProcesses(dataDir).values()].flat()),
    cpus: sessions.seconds / seconds,
    hostCpus: (host() - hostBefore) / seconds,
  };
}

async function comparePeer(folder: string): Promise<void> {
  const footprint = await measureDaemons(folder);
  if (!footprint) {
    process.stdout.write('There is no dockerd here to compare with.\n');
    return;
  }
  const [idle, begun] = [footprint.idleBytes, footprint.begunBytes].map((bytes) =>
    (bytes / 1024 ** 2).toFixed(1),
  );
  process.stdout.write(
    `A dockerd of one's own: ${idle} MiB and ${footprint.idleCpuMilli.toFixed(1)} m idle, ${begun} MiB with a container and a build.\n`,
  );
}

function counted(failures: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const failure of failures) counts.set(failure, (counts.get(failure) ?? 0) + 1);
  return counts;
}

const pause = async (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
