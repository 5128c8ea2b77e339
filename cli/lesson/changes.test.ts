import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { followChanges } from './changes.ts';

let folder = '';
let calls = 0;
let stop: AbortController;
let following: Promise<void>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-changes-'));
  await mkdir(join(folder, 'one'));
  await writeFile(join(folder, 'one/lesson.md'), 'first');
  calls = 0;
  stop = new AbortController();
  following = followChanges(folder, stop.signal, () => Promise.resolve(void (calls += 1)));
  await settle();
});

afterEach(async () => {
  stop.abort();
  await following;
  await rm(folder, { recursive: true });
});

/** The first look has no sign of its own: a change that is told says that it is over. */
const settle = async (): Promise<void> => {
  await vi.waitFor(
    async () => {
      await writeFile(join(folder, 'sign'), String(Math.random()));
      expect(calls).toBeGreaterThan(0);
    },
    { timeout: 5000, interval: 400 },
  );
};

async function told(change: () => Promise<void>): Promise<void> {
  const before = calls;
  await change();
  await vi.waitFor(() => expect(calls).toBeGreaterThan(before), { timeout: 5000 });
}

/** As editors save: a new file in the place of the old one. */
async function saveByRename(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

test('each save is told, also when a new file takes the place of the old one', async () => {
  const file = join(folder, 'one/lesson.md');
  for (const text of ['second', 'third', 'fourth']) await told(() => saveByRename(file, text));
  await told(() => writeFile(file, 'fifth'));
});

test('a folder that is made later is followed, and one that goes ends nothing', async () => {
  const late = join(folder, 'two/pictures');
  await told(async () => {
    await mkdir(late, { recursive: true });
  });
  await told(() => writeFile(join(late, 'a.svg'), '<svg/>'));
  await told(() => saveByRename(join(late, 'a.svg'), '<svg></svg>'));
  await told(() => rm(join(folder, 'two'), { recursive: true }));
  await told(() => saveByRename(join(folder, 'one/lesson.md'), 'after'));
});
