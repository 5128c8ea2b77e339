import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionLimits } from '../supervisor.ts';
import type { Cgroups, SessionCgroup } from './cgroup.ts';
import { freezeGroup, killBelow, makeGroup, removeEmpty, removeTree, setControl } from './tree.ts';

/** The controllers that hold a session, and which its own containers may use in turn. */
const WANTED = ['memory', 'pids', 'cpu'];

const CPU_PERIOD_US = 100_000;

/** Groups a session may make: the kernel has 65,535 with memory in all. */
const MOST_GROUPS = 1000;

/**
 * Control groups, version 2 (the kernel's admin-guide/cgroup-v2, "Delegation"). A session has three: one with the
 * limits; below it `monitor` for crun's own process and `session`, which is given to the session and is all it sees.
 */
export function cgroupsV2(mountPoint: string, controllers: readonly string[], name: string): Cgroups {
  const parent = join(mountPoint, name);
  const wanted = WANTED.filter((controller) => controllers.includes(controller));
  return {
    sessionMounts: 'unified',
    async create(id, limits, owner) {
      await prepareParent(mountPoint, parent, wanted);
      const group = sessionGroup(parent, name, id);
      try {
        await prepare(join(parent, id), wanted, limits, owner);
      } catch (error) {
        await group.remove();
        throw error;
      }
      return group;
    },
    async sweep() {
      await end(parent);
      await removeTree(parent);
      await removeEmpty(mountPoint);
    },
  };
}

function sessionGroup(parent: string, name: string, id: string): SessionCgroup {
  const folder = join(parent, id);
  return {
    joinFiles: [join(folder, 'monitor/cgroup.procs')],
    cgroupsPath: `/${name}/${id}/session`,
    memoryPath: `/${name}/${id}`,
    async memoryKills() {
      const text = await readFile(join(folder, 'memory.events'), 'utf8').catch(() => '');
      return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
    },
    freeze: () =>
      freezeGroup(
        { file: join(folder, 'cgroup.freeze'), frozen: '1', thawed: '0' },
        { file: join(folder, 'cgroup.events'), frozen: /^frozen 1$/m },
      ),
    thaw: () => setControl(join(folder, 'cgroup.freeze'), '0'),
    kill: () => end(folder),
    remove: () => removeTree(folder),
  };
}

/** One write where the kernel can (5.14 and newer), else one process at a time. */
async function end(folder: string): Promise<void> {
  await writeFile(join(folder, 'cgroup.kill'), '1').catch(() => undefined);
  await killBelow(folder);
}

async function prepareParent(
  mountPoint: string,
  parent: string,
  controllers: readonly string[],
): Promise<void> {
  await makeGroup(parent);
  await enable(mountPoint, controllers);
  await enable(parent, controllers);
}

async function prepare(
  folder: string,
  controllers: readonly string[],
  limits: SessionLimits,
  owner: number,
): Promise<void> {
  const session = join(folder, 'session');
  await makeGroup(join(folder, 'monitor'));
  await makeGroup(session);
  if (controllers.includes('memory')) {
    await setControl(join(folder, 'memory.max'), limits.memoryBytes);
    await writeFile(join(folder, 'memory.swap.max'), '0').catch(() => undefined);
  }
  if (controllers.includes('pids')) await setControl(join(folder, 'pids.max'), limits.processes);
  if (controllers.includes('cpu')) {
    await setControl(join(folder, 'cpu.max'), `${Math.round(limits.cpus * CPU_PERIOD_US)} ${CPU_PERIOD_US}`);
  }
  await setControl(join(folder, 'cgroup.max.descendants'), MOST_GROUPS);
  await enable(folder, controllers);
  for (const file of ['', 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads']) {
    await chown(join(session, file), owner, owner);
  }
}

/**
 * Lets the groups below `folder` use the controllers. A group that has processes of its own may not do so, unless it is
 * the real root; in a container the root of the tree is such a group, and its processes then move into one beside ours.
 */
async function enable(folder: string, controllers: readonly string[]): Promise<void> {
  const file = join(folder, 'cgroup.subtree_control');
  const enabled = (await readFile(file, 'utf8')).split(/\s+/);
  const missing = controllers.filter((controller) => !enabled.includes(controller));
  if (missing.length === 0) return;
  const change = missing.map((controller) => `+${controller}`).join(' ');
  await writeFile(file, change).catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    await moveProcesses(folder, join(folder, 'slipway-host'));
    await setControl(file, change);
  });
}

async function moveProcesses(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const text = await readFile(join(from, 'cgroup.procs'), 'utf8');
  for (const pid of text.split('\n').filter(Boolean)) {
    await writeFile(join(to, 'cgroup.procs'), pid).catch(() => undefined);
  }
}
