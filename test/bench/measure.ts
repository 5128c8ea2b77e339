import { execFile } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A thing to measure with each engine: prepared anew for every repetition, cleaned up outside of the time. */
export interface Measurement {
  readonly title: string;
  readonly repetitions: number;
  /** Run once, before the first repetition. */
  readonly prepare?: string;
  /** Shell text whose time is taken. */
  readonly script: string;
  /** Run after each repetition. */
  readonly after?: string;
}

export interface Target {
  readonly name: string;
  readonly dockerHost: string;
  /** Folder of the Docker CLI. */
  readonly cli: string;
}

/** Middle of the times in milliseconds, one list entry a target. The targets take turns: a busy moment hits both. */
export async function measure(measurement: Measurement, targets: readonly Target[]): Promise<number[]> {
  const times = targets.map((): number[] => []);
  for (const target of targets) await shell(target, measurement.prepare);
  for (let round = 0; round < measurement.repetitions; round++) {
    for (const [index, target] of targets.entries()) {
      const started = performance.now();
      await shell(target, measurement.script);
      times[index]?.push(performance.now() - started);
      await shell(target, measurement.after);
    }
  }
  for (const target of targets) await shell(target, CLEAN);
  return times.map(median);
}

const CLEAN =
  'docker ps -aq | xargs -r docker rm -f; docker images -q bench | sort -u | xargs -r docker rmi -f';

async function shell({ cli, dockerHost }: Target, script: string | undefined): Promise<void> {
  if (script === undefined) return;
  await run('/bin/sh', ['-c', script], {
    env: { PATH: `${cli}:/usr/bin:/bin`, DOCKER_HOST: dockerHost, HOME: '/nonexistent' },
  });
}

export function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN;
}
