import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectCgroups } from './detect.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-cgroup-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function detect(lines: readonly string[]) {
  const file = join(folder, 'mountinfo');
  await writeFile(file, `${lines.join('\n')}\n`);
  return detectCgroups(file);
}

const V1 = (path: string, options: string) =>
  `34 30 0:31 / /sys/fs/cgroup/${path} rw,relatime shared:9 - cgroup cgroup rw,${options}`;

describe('detectCgroups', () => {
  it('finds version 1 with its controllers as they are mounted, and the empty version 2 beside it', async () => {
    const found = await detect([
      '23 27 0:22 / /sys rw,relatime - sysfs sysfs rw',
      '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
      V1('cpu,cpuacct', 'cpu,cpuacct'),
      V1('memory', 'memory'),
      V1('systemd', 'xattr,name=systemd'),
      '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate',
    ]);
    expect(found).toEqual({
      kind: 'v1',
      hierarchies: [
        { mountPoint: '/sys/fs/cgroup/cpu,cpuacct', controllers: 'cpu,cpuacct' },
        { mountPoint: '/sys/fs/cgroup/memory', controllers: 'memory' },
        { mountPoint: '/sys/fs/cgroup/systemd', controllers: 'name=systemd' },
      ],
      unified: '/sys/fs/cgroup/unified',
    });
  });

  it('finds version 2 with what its root offers', async () => {
    await writeFile(join(folder, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
    expect(
      await detect([`30 24 0:26 / ${folder} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate`]),
    ).toEqual({
      kind: 'v2',
      mountPoint: folder,
      controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
    });
  });

  it('takes a hierarchy without memory beside version 2 for what it is', async () => {
    const found = await detect([
      V1('net_cls', 'net_cls'),
      `30 24 0:26 / ${folder} rw shared:4 - cgroup2 cgroup2 rw`,
    ]);
    expect(found.kind).toBe('v2');
  });

  it('finds none', async () => {
    expect(await detect(['23 27 0:22 / /sys rw,relatime - sysfs sysfs rw'])).toEqual({ kind: 'none' });
  });
});
