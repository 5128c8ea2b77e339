import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { hostLayout } from '../../sandbox/host/layout.ts';

/** What the sessions of one supervisor have on the host. */
export interface Traces {
  readonly mounts: number;
  readonly loops: number;
  readonly cgroups: number;
  readonly processes: number;
  readonly files: number;
}

export const NO_TRACES: Traces = { mounts: 0, loops: 0, cgroups: 0, processes: 0, files: 0 };

/** Counts by the supervisor's own names, so that others on the machine do not matter. Processes are known by their groups. */
export function tracesOf(dataDir: string): Traces {
  const { sessions, work, cgroupName } = hostLayout(dataDir);
  const groups = hierarchies().flatMap((root) => below(path.join(root, cgroupName)));
  const pids = new Set(groups.flatMap((group) => lines(path.join(group, 'cgroup.procs'))));
  const disks = readdirSync('/sys/block')
    .map((name) => lines(`/sys/block/${name}/loop/backing_file`)[0])
    .filter((file) => file?.startsWith(`${sessions}/`));
  return {
    mounts: lines('/proc/self/mountinfo').filter((line) => line.includes(sessions) || line.includes(work))
      .length,
    loops: disks.length,
    // The group that holds the sessions may stay while the supervisor runs.
    cgroups: groups.filter((group) => path.basename(group) !== cgroupName).length,
    processes: pids.size,
    files: existsSync(sessions) ? readdirSync(sessions).length : 0,
  };
}

const hierarchies = (): string[] =>
  lines('/proc/self/mountinfo')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4] ?? '');

function below(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, ...folders.flatMap(({ name }) => below(path.join(folder, name)))];
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
