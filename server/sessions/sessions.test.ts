import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MemorySupervisor } from '../testing/supervisor.ts';
import { isOwner, learnerOf, newLearner } from './learner.ts';
import { SessionRecords, type SessionRecord } from './records.ts';
import { Idle } from './idle.ts';
import { Sessions } from './sessions.ts';
import { sessionView } from './view.ts';

const HOUR_MS = 3_600_000;
const { learner: ANNA } = newLearner();
const { learner: BEN } = newLearner();

let folder: string;
let supervisor: MemorySupervisor;
let reports: string[];
let opened: Sessions[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-sessions-'));
  supervisor = new MemorySupervisor(join(folder, 'engines'));
  reports = [];
  opened = [];
});

afterEach(async () => {
  vi.useRealTimers();
  for (const sessions of opened) sessions.close();
  await supervisor.close();
  await rm(folder, { recursive: true });
});

async function open(lifetimeMs = HOUR_MS): Promise<Sessions> {
  const report = (message: string) => void reports.push(message);
  const records = await SessionRecords.open(join(folder, 'records'), report);
  const sessions = await Sessions.open({
    supervisor,
    records,
    lifetimeMs,
    longestMs: lifetimeMs + 1.5 * HOUR_MS,
    sessionsPerLearner: 2,
    limits: {},
    report,
  });
  opened.push(sessions);
  return sessions;
}

const recordFiles = () => readdir(join(folder, 'records'));

describe('records', () => {
  test('outlive the server, with owner, lesson, end and progress', async () => {
    const first = await open();
    const { session } = await first.obtain(ANNA, 'first-image');
    await first.recordDone(session.record.id, ['pull']);
    first.close();
    const [found] = (await open()).list(ANNA);
    expect(found?.record).toEqual({ ...session.record, doneTasks: ['pull'] });
    expect((await open()).list(BEN)).toEqual([]);
  });

  test('a write that was cut off leaves the old record', async () => {
    const { session } = await (await open()).obtain(ANNA, null);
    const path = join(folder, 'records', `${session.record.id}.json`);
    await writeFile(`${path}.tmp`, '{"id":"half');
    const found = (await open()).find(ANNA, session.record.id);
    expect(found.record).toEqual(session.record);
    expect(await recordFiles()).toEqual([`${session.record.id}.json`]);
  });

  test('a file that is no record is reported and left alone', async () => {
    await open();
    await writeFile(join(folder, 'records', 'notes.json'), '{}');
    await open();
    expect(reports.join()).toContain('notes.json is not a session');
    expect(await recordFiles()).toContain('notes.json');
  });

  test('writes of one session keep their order', async () => {
    const records = await SessionRecords.open(join(folder, 'records'), () => undefined);
    const record: SessionRecord = {
      id: 'a'.repeat(16),
      owner: ANNA,
      lesson: null,
      createdAt: new Date().toISOString(),
      expiresAt: new Date().toISOString(),
      latestEnd: new Date().toISOString(),
      doneTasks: [],
      moments: [],
    };
    const steps = Array.from({ length: 20 }, (_, step) =>
      records.write({ ...record, doneTasks: [`t${step}`] }),
    );
    await Promise.all(steps);
    const text = await readFile(join(folder, 'records', `${record.id}.json`), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ doneTasks: ['t19'] });
    await records.delete(record.id);
    expect(await recordFiles()).toEqual([]);
  });
});

describe('records and machines are brought together at the start', () => {
  test('a machine without a record is removed', async () => {
    const { id } = await supervisor.create();
    await open();
    expect(await supervisor.list()).toEqual([]);
    expect(reports).toEqual([`The session ${id} has no owner any more and is removed.`]);
  });

  test('a record without a machine is removed', async () => {
    const first = await open();
    const { session } = await first.obtain(ANNA, null);
    first.close();
    await supervisor.destroy(session.record.id);
    expect((await open()).list(ANNA)).toEqual([]);
    expect(await recordFiles()).toEqual([]);
  });

  test('what expired while the server was away ends at once', async () => {
    const first = await open(50);
    await first.obtain(ANNA, null);
    first.close();
    await new Promise((resolve) => setTimeout(resolve, 60));
    const second = await open();
    await vi.waitFor(() => expect(second.list(ANNA)).toEqual([]), 10_000);
    expect(await supervisor.list()).toEqual([]);
  });
});

describe('the end of a session', () => {
  test('is announced ten minutes before, and says why', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const sessions = await open(HOUR_MS);
    const { session } = await sessions.obtain(ANNA, null);
    const told: string[] = [];
    sessions.listen({
      changed: () => undefined,
      wasReset: () => undefined,
      notice: (_id, level, message) => told.push(`${level}: ${message}`),
      ended: (_id, reason) => told.push(`ended: ${reason}`),
    });
    vi.advanceTimersByTime(HOUR_MS - 10 * 60_000 - 1);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(told).toEqual(['warning: This machine ends in 10 minutes, with all that is in it.']);
    vi.advanceTimersByTime(10 * 60_000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(told[1]).toMatch(/^ended: The time of this machine is over/), 10_000);
    expect(() => sessions.find(ANNA, session.record.id)).toThrow('There is no such machine');
    expect(await recordFiles()).toEqual([]);
  });

  test('a reset machine runs once for those who listen, with its tasks open', async () => {
    const sessions = await open();
    const { session } = await sessions.obtain(ANNA, null);
    const told: string[] = [];
    sessions.listen({
      changed: ({ info }) => void told.push(info.state),
      wasReset: ({ info, record }) => void told.push(`reset, ${info.state}, ${record.doneTasks.length} done`),
      ended: () => undefined,
      notice: () => undefined,
    });
    await sessions.recordDone(session.record.id, ['pull']);
    await sessions.reset(session);
    expect(told.filter((state) => state.includes('running'))).toEqual(['reset, running, 0 done']);
  });

  test('a moment outlives the server, a reset too, and brings back what was done then', async () => {
    const sessions = await open();
    const { id } = (await sessions.obtain(ANNA, 'first-image')).session.record;
    await sessions.recordDone(id, ['pull']);
    const kept = await sessions.keep(id, 'run');
    expect(sessionView(kept).moments).toMatchObject([{ step: 'run' }]);
    await sessions.recordDone(id, ['pull', 'run']);
    await sessions.reset(sessions.find(ANNA, id));
    const again = await open();
    const [moment] = sessionView(again.find(ANNA, id)).moments;
    const back = await again.goBack(again.find(ANNA, id), moment?.id ?? '');
    expect(back.record).toMatchObject({ doneTasks: ['pull'], moments: [{ snapshot: moment?.id }] });
    await expect(again.goBack(back, 'other')).rejects.toThrow('not kept any more');
  });

  test('is not kept while it is brought back: its tasks are of one state, its disk of another', async () => {
    const sessions = await open();
    const { id } = (await sessions.obtain(ANNA, 'first-image')).session.record;
    const { record } = await sessions.keep(id, null);
    await sessions.recordDone(id, ['pull']);
    const back = sessions.goBack(sessions.find(ANNA, id), record.moments[0]?.snapshot ?? '');
    await expect(sessions.keep(id, null)).rejects.toThrow('being brought back');
    expect((await back).record.moments).toHaveLength(1);
    expect((await sessions.keep(id, null)).record.moments).toHaveLength(2);
  });

  test('moves with a reset, which also opens the tasks again', async () => {
    const sessions = await open();
    const { session } = await sessions.obtain(ANNA, null);
    await sessions.recordDone(session.record.id, ['pull']);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const again = await sessions.reset(sessions.find(ANNA, session.record.id));
    expect(again.record.doneTasks).toEqual([]);
    expect(again.record.expiresAt > session.record.expiresAt).toBe(true);
  });
});

describe('how many', () => {
  test('one a lesson; only running ones count', async () => {
    const sessions = await open();
    const { session } = await sessions.obtain(ANNA, 'one');
    expect((await sessions.obtain(ANNA, 'one')).created).toBe(false);
    await sessions.obtain(ANNA, 'two');
    await expect(sessions.obtain(ANNA, 'three')).rejects.toThrow('2 machines running already');
    await expect(sessions.obtain(BEN, 'three')).resolves.toMatchObject({ created: true });
    await supervisor.stop(session.record.id);
    await expect(sessions.obtain(ANNA, 'three')).resolves.toMatchObject({ created: true });
    await expect(sessions.obtain(ANNA, 'one')).rejects.toThrow('2 machines running already');
    const stopped = sessions.find(ANNA, session.record.id);
    await expect(sessions.reset(stopped)).rejects.toThrow('2 machines running already');
  });

  test('machines that boot at the same time count', async () => {
    const sessions = await open();
    const ids = [];
    for (const lesson of ['one', 'two', 'three']) {
      const { session } = await sessions.obtain(ANNA, lesson);
      ids.push(session.record.id);
      await supervisor.stop(session.record.id);
    }
    const boots = await Promise.allSettled(ids.map((id) => sessions.resume(sessions.find(ANNA, id))));
    expect(boots.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  });

  test('a machine whose record cannot be written is not kept', async () => {
    const sessions = await open();
    await rm(join(folder, 'records'), { recursive: true });
    await expect(sessions.obtain(ANNA, null)).rejects.toThrow();
    expect(await supervisor.list()).toEqual([]);
  });
});

describe('what a page is shown', () => {
  test('the reason while it is not running, and no path of the host ever', async () => {
    const sessions = await open();
    const { session } = await sessions.obtain(ANNA, null);
    expect(sessionView(session)).not.toHaveProperty('reason');
    await supervisor.fail(session.record.id, { kind: 'engine-exit', message: 'The engine has ended.' });
    const view = sessionView(sessions.find(ANNA, session.record.id));
    expect(view).toMatchObject({ state: 'failed', reason: 'The engine has ended.' });
    expect(JSON.stringify(view)).not.toContain('sock');
    expect(JSON.stringify(view)).not.toContain(ANNA);
  });
});

test('a learner is known by the whole token only', () => {
  const { token, learner } = newLearner();
  expect(isOwner(learnerOf(token), learner)).toBe(true);
  expect(isOwner(BEN, learner)).toBe(false);
  expect(isOwner(undefined, learner)).toBe(false);
  expect(learnerOf(`${token}x`)).toBeUndefined();
});

describe('extending', () => {
  test('adds an hour, then what is left, then nothing, and is kept', async () => {
    const sessions = await open();
    const { session } = await sessions.obtain(ANNA, null);
    const end = Date.parse(session.record.expiresAt);
    const once = await sessions.extend(session);
    expect(Date.parse(once.record.expiresAt) - end).toBe(HOUR_MS);
    const twice = await sessions.extend(once);
    expect(Date.parse(twice.record.expiresAt) - end).toBe(1.5 * HOUR_MS);
    await expect(sessions.extend(twice)).rejects.toMatchObject({ kind: 'conflict' });
    const [found] = (await open()).list(ANNA);
    expect(found?.record).toEqual(twice.record);
  });

  test('is not possible for a machine that was made before it was', async () => {
    const first = await open();
    const { session } = await first.obtain(ANNA, null);
    const path = join(folder, 'records', `${session.record.id}.json`);
    const older = { ...session.record, latestEnd: undefined };
    await writeFile(path, JSON.stringify(older));
    const sessions = await open();
    const [found] = sessions.list(ANNA);
    if (!found) throw new Error('The record was not read.');
    await expect(sessions.extend(found)).rejects.toMatchObject({ kind: 'conflict' });
  });
});

describe('a machine that nobody looks at', () => {
  const idle = (sessions: Sessions, pages: (id: string) => number, now: () => number) =>
    new Idle({
      sessions,
      rooms: { pages },
      idleMs: 1000,
      report: (message) => void reports.push(message),
      now,
    });

  test('sleeps after a while, keeps its disk, and wakes for its learner', async () => {
    const sessions = await open();
    const { session } = await sessions.obtain(ANNA, null);
    let now = 0;
    const watch = idle(
      sessions,
      () => 0,
      () => now,
    );
    await watch.look();
    now = 999;
    await watch.look();
    expect(sessions.find(ANNA, session.record.id).info.state).toBe('running');
    now = 1000;
    await watch.look();
    watch.close();
    const asleep = sessions.find(ANNA, session.record.id);
    expect(asleep.info.state).toBe('stopped');
    expect((await sessions.resume(asleep)).info.state).toBe('running');
  });

  test('does not sleep while a page shows it, nor soon after', async () => {
    const sessions = await open();
    const { session } = await sessions.obtain(ANNA, null);
    let now = 0;
    let pages = 0;
    const watch = idle(
      sessions,
      () => pages,
      () => now,
    );
    for (const [at, shown] of [
      [0, 0],
      [900, 1],
      [1800, 1],
      [2700, 0],
      [3600, 0],
    ] as const) {
      [now, pages] = [at, shown];
      await watch.look();
    }
    expect(sessions.find(ANNA, session.record.id).info.state).toBe('running');
    now = 3700;
    await watch.look();
    watch.close();
    expect(sessions.find(ANNA, session.record.id).info.state).toBe('stopped');
  });
});
