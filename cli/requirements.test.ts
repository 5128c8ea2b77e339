import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { closedFolder, requireReachable } from './requirements.ts';

it('finds what lies in the way of users without rights', async () => {
  const home = await mkdtemp(join(tmpdir(), 'slipway-way-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const data = join(home, 'data');
  await mkdir(data);
  await chmod(data, 0o755);
  await chmod(home, 0o750);
  expect(await closedFolder(data)).toBe(home);
  await expect(requireReachable(data)).rejects.toThrow(`cannot enter ${home}`);
  await chmod(home, 0o711);
  await chmod(data, 0o700);
  expect(await closedFolder(data)).toBe(data);
});
