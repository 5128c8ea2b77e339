import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { makeDataFolder } from './data-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-data-folder-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

test('makes what leads to it, and takes what is there', async () => {
  const data = join(folder, 'a/b/c');
  await makeDataFolder(data);
  await makeDataFolder(data);
  expect((await stat(data)).isDirectory()).toBe(true);
});

test.each(['/proc/nothing', '/proc/nothing/below'])('says so where none can be made: %s', async (path) => {
  await expect(makeDataFolder(path)).rejects.toThrow(`The data folder ${path} cannot be made`);
});

test.each(['file', 'file/data'])('says so where a file is: %s', async (path) => {
  await writeFile(join(folder, 'file'), '');
  await expect(makeDataFolder(join(folder, path))).rejects.toThrow('cannot be made');
});
