import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { removeTree } from './tree.ts';

it('waits for groups to become empty, also when the clock is put forward meanwhile', async () => {
  const root = await mkdtemp(join(tmpdir(), 'slipway-tree-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const group = join(root, 'session');
  await mkdir(group);
  // A folder with a file is what the kernel makes of a group with a process: not to be removed.
  await writeFile(join(group, 'process'), '');
  let now = Date.now();
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => (now += 3_600_000));
  onTestFinished(() => clock.mockRestore());
  const removed = removeTree(group);
  setTimeout(() => void rm(join(group, 'process')), 20);
  await removed;
  expect(await readdir(group)).toEqual([]);
});
