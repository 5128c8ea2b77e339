import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { formatTime, now } from './clock.ts';
import { processesOf, type RunningContainer } from './processes.ts';

/** Nanoseconds in one tick of the kernel's clock for processor time (USER_HZ is 100 on every Linux). */
const TICK_NANOS = 10_000_000;
const MICRO_NANOS = 1000;

export interface MeasuredContainer extends RunningContainer {
  /** Folders of its control group below /sys/fs/cgroup, by controller (v1), or under '' (v2). */
  readonly cgroupFolders: Readonly<Record<string, string>>;
}

export interface CpuStats {
  readonly cpu_usage: {
    readonly total_usage: number;
    readonly percpu_usage?: readonly number[];
    readonly usage_in_kernelmode: number;
    readonly usage_in_usermode: number;
  };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
  readonly throttling_data: {
    readonly periods: number;
    readonly throttled_periods: number;
    readonly throttled_time: number;
  };
}

/** What is measured at one moment; the API adds the measurement before it. */
export interface Sample {
  readonly read: string;
  readonly pids_stats: { readonly current?: number; readonly limit?: number };
  readonly cpu_stats: CpuStats;
  readonly memory_stats: {
    readonly usage?: number;
    readonly max_usage?: number;
    readonly stats?: Readonly<Record<string, number>>;
    readonly limit?: number;
  };
  readonly networks?: Readonly<Record<string, NetworkStats>>;
}

export interface NetworkStats {
  readonly rx_bytes: number;
  readonly rx_packets: number;
  readonly rx_errors: number;
  readonly rx_dropped: number;
  readonly tx_bytes: number;
  readonly tx_packets: number;
  readonly tx_errors: number;
  readonly tx_dropped: number;
}

/** Measures a running container: by its control group where it has one, else process by process. */
export async function measure(container: MeasuredContainer): Promise<Sample> {
  const pids = await processesOf(container);
  const [processor, memory, limit, networks, system] = await Promise.all([
    readProcessor(container, pids),
    readMemory(container, pids),
    readProcessLimit(container),
    readNetworks(container.pid),
    readSystemTime(),
  ]);
  return {
    read: formatTime(now()),
    pids_stats: { current: pids.length, ...(limit === undefined ? {} : { limit }) },
    cpu_stats: { ...processor, system_cpu_usage: system, online_cpus: os.availableParallelism() },
    memory_stats: memory,
    ...(networks === undefined ? {} : { networks }),
  };
}

async function readProcessor(
  { cgroupFolders }: MeasuredContainer,
  pids: readonly number[],
): Promise<CpuStats> {
  const unified = await fieldsOf(cgroupFolders[''], 'cpu.stat');
  if (unified?.usage_usec !== undefined) return unifiedProcessor(unified);
  const times = await Promise.all(pids.map(timesOf));
  const sum = (pick: (each: Times) => number) => times.reduce((total, each) => total + pick(each), 0);
  const user = sum((each) => each.user);
  const kernel = sum((each) => each.kernel);
  const throttled = await fieldsOf(cgroupFolders.cpu, 'cpu.stat');
  return {
    cpu_usage: { total_usage: user + kernel, usage_in_kernelmode: kernel, usage_in_usermode: user },
    throttling_data: {
      periods: throttled?.nr_periods ?? 0,
      throttled_periods: throttled?.nr_throttled ?? 0,
      throttled_time: throttled?.throttled_time ?? 0,
    },
  };
}

function unifiedProcessor(fields: Readonly<Record<string, number>>): CpuStats {
  const nanos = (name: string) => (fields[name] ?? 0) * MICRO_NANOS;
  return {
    cpu_usage: {
      total_usage: nanos('usage_usec'),
      usage_in_kernelmode: nanos('system_usec'),
      usage_in_usermode: nanos('user_usec'),
    },
    throttling_data: {
      periods: fields.nr_periods ?? 0,
      throttled_periods: fields.nr_throttled ?? 0,
      throttled_time: nanos('throttled_usec'),
    },
  };
}

interface Times {
  readonly user: number;
  readonly kernel: number;
}

/** Nanoseconds of one process and the children it has waited for, so that short commands count (proc(5), `stat`). */
async function timesOf(pid: number): Promise<Times> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = (...indices: readonly number[]) =>
    indices.reduce((sum, index) => sum + Number(fields[index] ?? 0), 0) * TICK_NANOS;
  return { user: ticks(11, 13), kernel: ticks(12, 14) };
}

async function readMemory(
  { cgroupFolders }: MeasuredContainer,
  pids: readonly number[],
): Promise<Sample['memory_stats']> {
  const [stats, usage, limit] = await Promise.all([
    fieldsOf(cgroupFolders.memory ?? cgroupFolders[''], 'memory.stat'),
    firstNumber(cgroupFolders, ['memory.usage_in_bytes', 'memory.current']),
    firstNumber(cgroupFolders, ['memory.limit_in_bytes', 'memory.max']),
  ]);
  const total = Math.min(
    os.totalmem(),
    stats?.hierarchical_memory_limit ?? Infinity,
    await limitAbove(cgroupFolders['']),
  );
  if (usage === undefined) return { usage: await residentBytes(pids), stats: {}, limit: total };
  const most = await firstNumber(cgroupFolders, ['memory.max_usage_in_bytes', 'memory.peak']);
  return {
    usage,
    ...(most === undefined ? {} : { max_usage: most }),
    stats: stats ?? {},
    limit: Math.min(limit ?? total, total),
  };
}

/**
 * The least of the limits above a group: the session's own is among them. Version 1 tells it in `memory.stat`, as
 * `hierarchical_memory_limit`; version 2 has to be asked group by group.
 */
async function limitAbove(folder: string | undefined): Promise<number> {
  if (folder === undefined) return Infinity;
  const above = [path.dirname(folder), path.dirname(path.dirname(folder))];
  const limits = await Promise.all(above.map((each) => numberIn(each, 'memory.max')));
  return Math.min(...limits.map((limit) => limit ?? Infinity));
}

/** What the processes have in memory, each shared page divided among those who share it. */
async function residentBytes(pids: readonly number[]): Promise<number> {
  const sizes = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
      return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function readProcessLimit({ cgroupFolders }: MeasuredContainer): Promise<number | undefined> {
  const folder = cgroupFolders.pids ?? cgroupFolders[''];
  return folder === undefined ? undefined : numberIn(folder, 'pids.max');
}

/** Counters of the container's network devices without its loopback; undefined when it shares the session's. */
async function readNetworks(pid: number): Promise<Record<string, NetworkStats> | undefined> {
  const text = await readFile(`/proc/${pid}/net/dev`, 'utf8').catch(() => '');
  const devices = text
    .split('\n')
    .slice(2)
    .flatMap((line): [string, NetworkStats][] => {
      const [name = '', counters] = line.split(':');
      return counters === undefined || name.trim() === 'lo' ? [] : [[name.trim(), countersOf(counters)]];
    });
  return devices.length === 0 ? undefined : Object.fromEntries(devices);
}

function countersOf(text: string): NetworkStats {
  const numbers = text.trim().split(/\s+/).map(Number);
  const at = (index: number) => numbers[index] ?? 0;
  return {
    rx_bytes: at(0),
    rx_packets: at(1),
    rx_errors: at(2),
    rx_dropped: at(3),
    tx_bytes: at(8),
    tx_packets: at(9),
    tx_errors: at(10),
    tx_dropped: at(11),
  };
}

/** Nanoseconds that all processors together have passed, idle time included, as dockerd adds them. */
async function readSystemTime(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const ticks = line.trim().split(/\s+/).slice(1, 8).map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) * TICK_NANOS;
}

async function firstNumber(
  folders: Readonly<Record<string, string>>,
  files: readonly [v1: string, v2: string],
): Promise<number | undefined> {
  const [v1, v2] = files;
  if (folders.memory !== undefined) return numberIn(folders.memory, v1);
  return folders[''] === undefined ? undefined : numberIn(folders[''], v2);
}

/** Undefined for `max` and for a file that is not there. */
async function numberIn(folder: string, file: string): Promise<number | undefined> {
  const text = await readFile(path.join(folder, file), 'utf8').catch(() => 'max');
  const value = Number(text.trim());
  return text.trim() === '' || Number.isNaN(value) ? undefined : value;
}

async function fieldsOf(
  folder: string | undefined,
  file: string,
): Promise<Record<string, number> | undefined> {
  if (folder === undefined) return undefined;
  const text = await readFile(path.join(folder, file), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const pairs = text.split('\n').map((line) => line.split(' '));
  return Object.fromEntries(
    pairs.flatMap(([name = '', value]) => (value === undefined ? [] : [[name, Number(value)]])),
  );
}
