import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { clean, type CleanScope } from './clean.ts';

const FOLDERS = ['sessions', 'server/sessions', 'server/audit', 'catalog', 'hub', 'trust', 'somebody-elses'];

let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'slipway-clean-'));
  for (const folder of FOLDERS) await mkdir(join(dataDir, folder), { recursive: true });
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const CASES: [CleanScope, string[]][] = [
  ['machines', ['catalog', 'hub', 'server', 'somebody-elses', 'trust']],
  ['usual', ['hub', 'server', 'somebody-elses', 'trust']],
  ['all', ['somebody-elses']],
];

describe('clean', () => {
  it.each(CASES)('%s', async (scope, kept) => {
    const before = await readdir(dataDir);
    await expect(clean(dataDir, { scope, confirmed: false })).rejects.toThrow('This would remove');
    expect(await readdir(dataDir)).toEqual(before);
    await clean(dataDir, { scope, confirmed: true });
    expect((await readdir(dataDir)).sort()).toEqual(kept);
    if (kept.includes('server')) expect(await readdir(join(dataDir, 'server'))).toEqual(['audit']);
  });
});
