import { chown, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionLimits } from '../supervisor.ts';
import type { Cgroups, SessionCgroup } from './cgroup.ts';
import type { Hierarchy } from './detect.ts';
import { freezeGroup, killBelow, makeGroup, removeEmpty, removeTree, setControl } from './tree.ts';

/** The controllers whose limits hold a session, which its own containers may use in turn; and what it has used of processors. */
const DELEGATED = ['memory', 'pids', 'cpu', 'freezer', 'cpuacct'];

/** The kernel's unit of CPU time: a share of this period, in microseconds. */
const CPU_PERIOD_US = 100_000;

/** Buffers of TCP and UDP may take this part of a session's memory, on top of it. */
const SOCKETS_PART = 8;

/** The devices that a session has: null, zero, full, random, urandom, tty, ptmx and its own pseudo-terminals. */
const DEVICES = ['c 1:3', 'c 1:5', 'c 1:7', 'c 1:8', 'c 1:9', 'c 5:0', 'c 5:2', 'c 136:*'];

/**
 * Control groups, version 1 (the kernel's admin-guide/cgroup-v1). A session gets a group in every hierarchy, limited or
 * not: its cgroup namespace begins at its own groups, so it sees nothing of the host's in any of them.
 */
export function cgroupsV1(hierarchies: readonly Hierarchy[], name: string): Cgroups {
  const parents = hierarchies.map(({ mountPoint }) => join(mountPoint, name));
  const release = releaseInto(hierarchies, name);
  return {
    sessionMounts: hierarchies
      .filter(isDelegated)
      .map(({ controllers }) => controllers)
      .join(' '),
    async create(id, limits, owner) {
      const group = sessionGroup(hierarchies, name, id);
      try {
        await Promise.all(hierarchies.map((hierarchy) => prepare(hierarchy, name, id, limits, owner)));
      } catch (error) {
        await group.remove();
        throw error;
      }
      return group;
    },
    async sweep() {
      await Promise.all(parents.map((parent) => killBelow(parent, release)));
      await Promise.all(parents.map((parent) => removeTree(parent)));
      await Promise.all(hierarchies.map(({ mountPoint }) => removeEmpty(mountPoint)));
    },
  };
}

const has = ({ controllers }: Hierarchy, name: string): boolean => controllers.split(',').includes(name);
const isDelegated = (hierarchy: Hierarchy): boolean => DELEGATED.some((name) => has(hierarchy, name));

function sessionGroup(hierarchies: readonly Hierarchy[], name: string, id: string): SessionCgroup {
  const folders = hierarchies.map(({ mountPoint }) => join(mountPoint, name, id));
  const memory = hierarchies.find((hierarchy) => has(hierarchy, 'memory'));
  const release = releaseInto(hierarchies, name);
  const freezer = join(
    hierarchies.find((hierarchy) => has(hierarchy, 'freezer'))?.mountPoint ?? '',
    ...[name, id, 'freezer.state'],
  );
  const control = join(memory?.mountPoint ?? '', name, id, 'memory.oom_control');
  return {
    joinFiles: folders.map((folder) => join(folder, 'cgroup.procs')),
    memoryPath: `/${name}/${id}`,
    async memoryKills() {
      const text = await readFile(control, 'utf8').catch(() => '');
      return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
    },
    freeze: () =>
      freezeGroup(
        { file: freezer, frozen: 'FROZEN', thawed: 'THAWED' },
        { file: freezer, frozen: /^FROZEN$/m },
      ),
    thaw: () => setControl(freezer, 'THAWED'),
    kill: async () => {
      await Promise.all(folders.map((folder) => killBelow(folder, release)));
    },
    remove: async () => {
      await Promise.all(folders.map(removeTree));
    },
  };
}

/**
 * A frozen process does not die of SIGKILL: it is moved into the group above all sessions, which nobody freezes, and is
 * thawed by that. A session can freeze groups of its own in places that no path leads to.
 */
function releaseInto(hierarchies: readonly Hierarchy[], name: string): (pid: number) => Promise<void> {
  const freezer = hierarchies.find((hierarchy) => has(hierarchy, 'freezer'));
  if (freezer === undefined) return async () => undefined;
  const thawed = join(freezer.mountPoint, name, 'cgroup.procs');
  return (pid) => writeFile(thawed, String(pid)).catch(() => undefined);
}

async function prepare(
  hierarchy: Hierarchy,
  name: string,
  id: string,
  limits: SessionLimits,
  owner: number,
): Promise<void> {
  const parent = join(hierarchy.mountPoint, name);
  const folder = join(parent, id);
  await makeGroup(folder);
  if (has(hierarchy, 'cpuset')) {
    await inheritCpus(hierarchy.mountPoint, parent);
    await inheritCpus(parent, folder);
  }
  if (has(hierarchy, 'memory')) await limitMemory(folder, limits.memoryBytes);
  if (has(hierarchy, 'pids')) await setControl(join(folder, 'pids.max'), limits.processes);
  if (has(hierarchy, 'cpu')) await limitCpu(folder, limits.cpus);
  if (has(hierarchy, 'devices')) await limitDevices(folder);
  if (isDelegated(hierarchy)) await delegate(folder, owner);
}

/** A cpuset without processors and memory nodes takes no process; new ones are empty. */
async function inheritCpus(from: string, to: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    await setControl(join(to, file), (await readFile(join(from, file), 'utf8')).trim());
  }
}

async function limitMemory(folder: string, bytes: number): Promise<void> {
  await setControl(join(folder, 'memory.limit_in_bytes'), bytes);
  // Memory and swap together: no swap on top. Absent where the kernel does not account swap.
  await writeFile(join(folder, 'memory.memsw.limit_in_bytes'), String(bytes)).catch(() => undefined);
  // What sockets hold is counted apart, and for the whole host alone unless there is a limit. Absent like the above.
  const sockets = Math.floor(bytes / SOCKETS_PART);
  await writeFile(join(folder, 'memory.kmem.tcp.limit_in_bytes'), String(sockets)).catch(() => undefined);
}

async function limitCpu(folder: string, cpus: number): Promise<void> {
  const files = await readdir(folder);
  // A kernel without CONFIG_CFS_BANDWIDTH has shares only.
  if (!files.includes('cpu.cfs_quota_us')) return;
  await setControl(join(folder, 'cpu.cfs_period_us'), CPU_PERIOD_US);
  await setControl(join(folder, 'cpu.cfs_quota_us'), Math.round(cpus * CPU_PERIOD_US));
}

async function limitDevices(folder: string): Promise<void> {
  await setControl(join(folder, 'devices.deny'), 'a');
  for (const device of DEVICES) await setControl(join(folder, 'devices.allow'), `${device} rwm`);
}

/** The folder and the files that place processes, and no other file: those that hold limits stay root's. */
async function delegate(folder: string, owner: number): Promise<void> {
  for (const path of [folder, join(folder, 'cgroup.procs'), join(folder, 'tasks')])
    await chown(path, owner, owner);
}
