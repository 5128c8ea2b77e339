import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { hostLayout } from '../../sandbox/host/layout.ts';

const KIB = 1024;
/** Of the kernel's counters in /proc (proc(5), `_SC_CLK_TCK`); the same on all of Linux's common builds. */
const TICKS_A_SECOND = 100;

/** Bytes that programs could still get, by the kernel's own estimate. */
export function availableBytes(): number {
  return Number(/^MemAvailable:\s+(\d+) kB$/mu.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * KIB;
}

/** Processor seconds that all processes of the host have used. */
export function busySeconds(): number {
  const fields =
    readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/u).slice(1).map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
  return (user + nice + system + irq + softirq) / TICKS_A_SECOND;
}

/** Processes of each session of a data folder, by the name of its group. */
export function sessionProcesses(dataDir: string): Map<string, number[]> {
  // Each hierarchy has the same groups: one that has any is enough.
  for (const parent of groupsOf(dataDir)) {
    const names = foldersIn(parent);
    if (names.length === 0) continue;
    return new Map(names.map((name) => [name, below(path.join(parent, name)).flatMap(pidsOf)]));
  }
  return new Map();
}

const pidsOf = (group: string): number[] =>
  read(path.join(group, 'cgroup.procs'))
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);

/** Bytes of these processes: what several share counts in part for each (proc(5), smaps_rollup). */
export function proportionalBytes(pids: readonly number[]): number {
  const kib = pids.map((pid) =>
    Number(/^Pss:\s+(\d+) kB$/mu.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0),
  );
  return kib.reduce((sum, each) => sum + each, 0) * KIB;
}

/** Processor seconds that these processes have used, and those of their children that have ended. */
export function processSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [, after = ''] = /\) (.*)$/su.exec(read(`/proc/${pid}/stat`)) ?? [];
    const fields = after.split(' ').map(Number);
    return sum + fields.slice(11, 15).reduce((ticks, each) => ticks + each, 0) / TICKS_A_SECOND;
  }, 0);
}

/** `pid` and all that were started below it and have not ended. */
export function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/u.test(each))) {
    const parent = Number(/\) \S (\d+)/u.exec(read(`/proc/${name}/stat`))?.[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [pid];
  for (const each of found) found.push(...(children.get(each) ?? []));
  return found;
}

/** The groups that hold all sessions of a data folder, one in each hierarchy. */
function groupsOf(dataDir: string): string[] {
  const { cgroupName } = hostLayout(dataDir);
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2? /u.test(line))
    .map((line) => path.join(line.split(' ')[4] ?? '', cgroupName))
    .filter((folder) => existsSync(folder));
}

function below(folder: string): string[] {
  return [folder, ...foldersIn(folder).flatMap((name) => below(path.join(folder, name)))];
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Empty for what has gone meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
