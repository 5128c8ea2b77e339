import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../supervisor.ts';
import { cgroupsV1 } from './v1.ts';
import { cgroupsV2 } from './v2.ts';

/** Plain folders in place of the kernel's: they show what is written where, for either version on any host. */
let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-cgroup-'));
});
afterEach(() => rm(root, { recursive: true }));

const owner = process.getuid?.() === 0 ? 0x7000_0000 : (process.getuid?.() ?? 0);
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
const ownerOf = async (path: string): Promise<number> => (await stat(join(root, path))).uid;

async function put(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

describe('version 1', () => {
  const hierarchies = ['memory', 'pids', 'cpu,cpuacct', 'freezer', 'cpuset', 'devices', 'name=systemd'];
  const open = () =>
    cgroupsV1(
      hierarchies.map((controllers) => ({ mountPoint: join(root, controllers), controllers })),
      'slipway-0',
    );

  beforeEach(async () => {
    // What the kernel puts into a new group and the code chowns or looks at.
    for (const hierarchy of hierarchies) {
      await put({ [`${hierarchy}/slipway-0/s/cgroup.procs`]: '', [`${hierarchy}/slipway-0/s/tasks`]: '' });
    }
    await put({
      'cpuset/cpuset.cpus': '0-1\n',
      'cpuset/cpuset.mems': '0\n',
      'cpu,cpuacct/slipway-0/s/cpu.cfs_quota_us': '-1\n',
    });
  });

  it('limits memory without swap, processes and processors', async () => {
    await open().create('s', { ...DEFAULT_LIMITS, cpus: 1.5 }, owner);
    expect(await read('memory/slipway-0/s/memory.limit_in_bytes')).toBe(String(512 * 1024 ** 2));
    expect(await read('memory/slipway-0/s/memory.memsw.limit_in_bytes')).toBe(String(512 * 1024 ** 2));
    expect(await read('memory/slipway-0/s/memory.kmem.tcp.limit_in_bytes')).toBe(String(64 * 1024 ** 2));
    expect(await read('pids/slipway-0/s/pids.max')).toBe('512');
    expect(await read('cpu,cpuacct/slipway-0/s/cpu.cfs_quota_us')).toBe('150000');
    expect(await read('cpu,cpuacct/slipway-0/s/cpu.cfs_period_us')).toBe('100000');
  });

  it('gives every new cpuset the processors of the one above, without which nothing can join', async () => {
    await open().create('s', DEFAULT_LIMITS, owner);
    expect(await read('cpuset/slipway-0/s/cpuset.cpus')).toBe('0-1');
    expect(await read('cpuset/slipway-0/s/cpuset.mems')).toBe('0');
  });

  it('joins every hierarchy, so that the session sees none of the host in any', async () => {
    const group = await open().create('s', DEFAULT_LIMITS, owner);
    expect(group.joinFiles).toEqual(hierarchies.map((name) => join(root, name, 'slipway-0/s/cgroup.procs')));
  });

  it.runIf(owner === 0x7000_0000)(
    'gives away the folder and the placing of processes, never a limit',
    async () => {
      await open().create('s', DEFAULT_LIMITS, owner);
      for (const name of ['memory', 'pids', 'cpu,cpuacct', 'freezer']) {
        expect(await ownerOf(`${name}/slipway-0/s`)).toBe(owner);
        expect(await ownerOf(`${name}/slipway-0/s/cgroup.procs`)).toBe(owner);
      }
      expect(await ownerOf('memory/slipway-0/s/memory.limit_in_bytes')).toBe(0);
      expect(await ownerOf('pids/slipway-0/s/pids.max')).toBe(0);
      expect(await ownerOf('devices/slipway-0/s')).toBe(0);
    },
  );

  it('tells the session what to mount, by the names of the hierarchies', () => {
    expect(open().sessionMounts).toBe('memory pids cpu,cpuacct freezer');
  });

  it('counts what the kernel ended for memory', async () => {
    const group = await open().create('s', DEFAULT_LIMITS, owner);
    expect(await group.memoryKills()).toBe(0);
    await put({ 'memory/slipway-0/s/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n' });
    expect(await group.memoryKills()).toBe(3);
  });
});

describe('version 2', () => {
  const open = () => cgroupsV2(root, ['cpuset', 'cpu', 'io', 'memory', 'pids'], 'slipway-0');

  beforeEach(async () => {
    const session = 'slipway-0/s/session';
    await put({
      'cgroup.subtree_control': 'cpu\n',
      'slipway-0/cgroup.subtree_control': '',
      'slipway-0/s/cgroup.subtree_control': '',
      [`${session}/cgroup.procs`]: '',
      [`${session}/cgroup.subtree_control`]: '',
      [`${session}/cgroup.threads`]: '',
    });
  });

  it('limits memory without swap, processes and processors one level above what the session sees', async () => {
    const group = await open().create('s', { ...DEFAULT_LIMITS, cpus: 0.5 }, owner);
    expect(await read('slipway-0/s/memory.max')).toBe(String(512 * 1024 ** 2));
    expect(await read('slipway-0/s/memory.swap.max')).toBe('0');
    expect(await read('slipway-0/s/pids.max')).toBe('512');
    expect(await read('slipway-0/s/cpu.max')).toBe('50000 100000');
    expect(await read('slipway-0/s/cgroup.max.descendants')).toBe('1000');
    expect(group.cgroupsPath).toBe('/slipway-0/s/session');
    expect(group.joinFiles).toEqual([join(root, 'slipway-0/s/monitor/cgroup.procs')]);
  });

  it('hands the controllers down, and asks only for those that are missing', async () => {
    await open().create('s', DEFAULT_LIMITS, owner);
    expect(await read('cgroup.subtree_control')).toBe('+memory +pids');
    expect(await read('slipway-0/cgroup.subtree_control')).toBe('+memory +pids +cpu');
    expect(await read('slipway-0/s/cgroup.subtree_control')).toBe('+memory +pids +cpu');
  });

  it.runIf(owner === 0x7000_0000)('gives away the lowest group only', async () => {
    await open().create('s', DEFAULT_LIMITS, owner);
    for (const file of ['', '/cgroup.procs', '/cgroup.subtree_control', '/cgroup.threads']) {
      expect(await ownerOf(`slipway-0/s/session${file}`)).toBe(owner);
    }
    expect(await ownerOf('slipway-0/s')).toBe(0);
    expect(await ownerOf('slipway-0/s/memory.max')).toBe(0);
  });

  it('counts what the kernel ended for memory', async () => {
    const group = await open().create('s', DEFAULT_LIMITS, owner);
    await put({
      'slipway-0/s/memory.events': 'low 0\nhigh 0\nmax 12\noom 2\noom_kill 2\noom_group_kill 0\n',
    });
    expect(await group.memoryKills()).toBe(2);
  });
});
