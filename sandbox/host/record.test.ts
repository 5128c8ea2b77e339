import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecord, writeRecord, type SessionRecord } from './record.ts';
import { DEFAULT_LIMITS } from './supervisor.ts';

const record: SessionRecord = {
  version: 1,
  id: 'abcdefghijklmnop',
  range: 3,
  limits: DEFAULT_LIMITS,
  mounts: [{ source: '/srv', target: '/srv', readOnly: true }],
  createdAt: '2026-11-21T09:00:00.000Z',
  workbench: '/data/workbench/1',
  state: 'failed',
  end: { kind: 'memory', message: 'Too much.' },
  snapshots: [{ id: 'abcd1234', takenAt: '2026-11-21T09:10:00.000Z', bytes: 4096 }],
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-record-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a session’s record', () => {
  it('is read as it was written', async () => {
    await writeRecord(join(folder, 'session.json'), record);
    expect(await readRecord(join(folder, 'session.json'))).toEqual(record);
  });

  it('of an older version has no snapshots', async () => {
    const { snapshots, ...older } = record;
    await writeFile(join(folder, 'session.json'), JSON.stringify(older));
    expect(snapshots).toHaveLength(1);
    expect(await readRecord(join(folder, 'session.json'))).toEqual({ ...older, snapshots: [] });
  });

  it.each([
    '',
    '{',
    '[]',
    JSON.stringify({ ...record, id: '../../etc' }),
    JSON.stringify({ ...record, version: 2 }),
    JSON.stringify({ ...record, snapshots: [{ ...record.snapshots[0], id: '../../x' }] }),
  ])('is not taken from %j', async (text) => {
    await writeFile(join(folder, 'session.json'), text);
    expect(await readRecord(join(folder, 'session.json'))).toBeUndefined();
  });

  it('may be missing', async () => {
    expect(await readRecord(join(folder, 'none.json'))).toBeUndefined();
  });
});
