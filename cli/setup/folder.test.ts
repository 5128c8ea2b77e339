import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hashOf, makeFolder, useFolder } from './folder.ts';

describe('folders named by a hash', () => {
  let base: string;
  beforeEach(() => (base = mkdtempSync(join(tmpdir(), 'slipway-folder-'))));
  afterEach(() => rmSync(base, { recursive: true }));

  it('appear whole', async () => {
    await makeFolder(base, 'one', async (folder) => {
      expect(readdirSync(base)).not.toContain('one');
      writeFileSync(join(folder, 'file'), '');
    });
    expect(readdirSync(join(base, 'one'))).toEqual(['file']);
  });

  it('leave nothing when their making fails, nor of a maker that was killed', async () => {
    mkdirSync(join(base, '.partial-old'));
    await expect(makeFolder(base, 'one', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(base)).toEqual([]);
  });

  it('are pointed to by `current`, and old ones go', async () => {
    for (const name of ['old', 'kept', 'young', 'new']) await makeFolder(base, name, async () => undefined);
    const monthAgo = new Date(Date.now() - 30 * 24 * 3600 * 1000);
    for (const name of ['old', 'kept', 'new']) utimesSync(join(base, name), monthAgo, monthAgo);
    expect(await useFolder(base, 'new', new Set(['kept']))).toBe(join(base, 'new'));
    expect(readlinkSync(join(base, 'current'))).toBe('new');
    expect(readdirSync(base).sort()).toEqual(['current', 'kept', 'new', 'young']);
  });
});

describe('hashOf', () => {
  it('tells where one part ends', () => {
    expect(hashOf('ab', 'c')).not.toBe(hashOf('a', 'bc'));
    expect(hashOf('a')).toMatch(/^[0-9a-f]{12}$/);
  });
});
