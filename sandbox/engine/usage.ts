import { existsSync } from 'node:fs';
import { readdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { sendJson } from '../api/respond.ts';
import type { Route } from '../api/router.ts';
import type { SessionUsage } from './routes.ts';

export interface UsageOptions {
  readonly state: string;
  readonly cgroup?: string | undefined;
  readonly diskBytes?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly processes?: number | undefined;
}

export const usageRoutes = (options: UsageOptions): Route[] => [
  {
    method: 'GET',
    path: '/slipway/usage',
    handle: async (call) => sendJson(call.response, 200, await readUsage(options)),
  },
];

/** What the session uses of what it may use; a limit of 0 is one that nobody set. */
export async function readUsage(options: UsageOptions): Promise<SessionUsage> {
  const [disk, memoryBytes, processes, cpuMicros, refusedForks] = await Promise.all([
    statfs(options.state),
    readMemory(options.cgroup),
    readProcesses(options.cgroup),
    readCpuMicros(options.cgroup),
    readRefusedForks(options.cgroup),
  ]);
  return {
    diskBytes: (disk.blocks - disk.bfree) * disk.bsize,
    diskLimitBytes: options.diskBytes ?? disk.blocks * disk.bsize,
    files: disk.files - disk.ffree,
    fileLimit: disk.files,
    memoryBytes,
    memoryLimitBytes: options.memoryBytes ?? 0,
    processes,
    processLimit: options.processes ?? 0,
    ...(cpuMicros === undefined ? {} : { cpuMicros }),
    refusedForks,
  };
}

/** Without the part of the page cache that the kernel gives back when asked. */
async function readMemory(cgroup: string | undefined): Promise<number> {
  if (cgroup === undefined) return process.memoryUsage.rss();
  const v2 = await numberOf(join(cgroup, 'memory.current'));
  if (v2 !== undefined) return v2 - (await cacheOf(join(cgroup, 'memory.stat'), 'inactive_file'));
  const v1 = await numberOf(join(cgroup, 'memory', 'memory.usage_in_bytes'));
  return (v1 ?? 0) - (await cacheOf(join(cgroup, 'memory', 'memory.stat'), 'total_inactive_file'));
}

async function readProcesses(cgroup: string | undefined): Promise<number> {
  if (cgroup !== undefined) {
    const counted =
      (await numberOf(join(cgroup, 'pids.current'))) ??
      (await numberOf(join(cgroup, 'pids', 'pids.current')));
    if (counted !== undefined) return counted;
  }
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).length;
}

/** Version 1 counts nanoseconds, in a hierarchy of its own or beside the limits. */
async function readCpuMicros(cgroup: string | undefined): Promise<number | undefined> {
  if (cgroup === undefined) return undefined;
  const v2 = await readFile(join(cgroup, 'cpu.stat'), 'utf8').catch(() => '');
  const unified = /^usage_usec (\d+)$/m.exec(v2)?.[1];
  if (unified !== undefined) return Number(unified);
  const nanos =
    (await numberOf(join(cgroup, 'cpuacct', 'cpuacct.usage'))) ??
    (await numberOf(join(cgroup, 'cpu', 'cpuacct.usage')));
  return nanos === undefined ? undefined : Math.round(nanos / 1000);
}

/** Groups that are looked into: the session's root may make more than anyone wants to read. */
const GROUPS_MAX = 500;

/**
 * How often the kernel has refused a process of the session another one, in the groups that there are now. The kernel
 * counts where the process was that asked, and from 6.11 on where the limit is, too (pids.events).
 */
async function readRefusedForks(cgroup: string | undefined): Promise<number> {
  if (cgroup === undefined) return 0;
  const folders = [existsSync(join(cgroup, 'cgroup.controllers')) ? cgroup : join(cgroup, 'pids')];
  let refused = 0;
  // Grows while it is walked.
  for (const folder of folders) {
    const text = await readFile(join(folder, 'pids.events'), 'utf8').catch(() => '');
    refused += Number(/^max (\d+)$/m.exec(text)?.[1] ?? 0);
    const below = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const room = GROUPS_MAX - folders.length;
    folders.push(
      ...below
        .filter((entry) => entry.isDirectory())
        .slice(0, room)
        .map(({ name }) => join(folder, name)),
    );
  }
  return refused;
}

async function numberOf(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text);
}

async function cacheOf(path: string, name: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}
