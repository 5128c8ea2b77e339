import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readUsage } from './usage.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-usage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A group as the kernel shows it, as far as it is read here. */
async function group(path: string, refused: number): Promise<void> {
  await mkdir(join(folder, path), { recursive: true });
  await writeFile(join(folder, path, 'pids.events'), `max ${refused}\n`);
}

const refusedForks = async (): Promise<number> =>
  (await readUsage({ state: folder, cgroup: folder })).refusedForks;

describe('processor time', () => {
  it.each([
    ['version 2', 'cpu.stat', 'usage_usec 1500\nuser_usec 1000\n'],
    ['version 1', 'cpuacct/cpuacct.usage', '1500000\n'],
    ['version 1, both in one', 'cpu/cpuacct.usage', '1500000\n'],
  ])('is what the kernel has counted, %s', async (_, file, text) => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
    expect((await readUsage({ state: folder, cgroup: folder })).cpuMicros).toBe(1500);
  });

  it('is unknown where nothing is counted', async () => {
    expect(await readUsage({ state: folder, cgroup: folder })).not.toHaveProperty('cpuMicros');
  });
});

describe('refused processes', () => {
  it.each([
    ['version 1', 'pids'],
    ['version 2', ''],
  ])('are counted in all groups of the session, %s', async (version, root) => {
    if (version === 'version 2') await writeFile(join(folder, 'cgroup.controllers'), 'memory pids cpu\n');
    await group(root, 2);
    await group(join(root, 'docker/one'), 30);
    await group(join(root, 'docker/two'), 400);
    expect(await refusedForks()).toBe(432);
  });

  it('are none where nothing is counted', async () => {
    expect(await refusedForks()).toBe(0);
  });

  it('are looked for in so many groups and no more', async () => {
    for (let index = 0; index < 600; index++) await group(`pids/${index}`, 1);
    expect(await refusedForks()).toBe(499);
  });
});
