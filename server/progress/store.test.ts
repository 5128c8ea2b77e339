import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newLearner } from '../sessions/learner.ts';
import { KEPT_DAYS, ProgressStore, type ProgressStoreOptions } from './store.ts';

const ann = newLearner().learner;
const bob = newLearner().learner;
const DAY_MS = 24 * 3600 * 1000;

let folder: string;
let file: string;
let reports: string[];
let stores: ProgressStore[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-progress-'));
  file = join(folder, 'state', 'progress.db');
  reports = [];
  stores = [];
});

afterEach(async () => {
  for (const store of stores) store.close();
  await rm(folder, { recursive: true });
});

function open(options: Partial<ProgressStoreOptions> = {}): ProgressStore {
  const store = ProgressStore.open({ file, report: (message) => reports.push(message), ...options });
  stores.push(store);
  return store;
}

describe('progress', () => {
  test('is kept per learner and lesson, over a restart', () => {
    const store = open({ now: () => 0 });
    store.begin(ann, 'first-image');
    store.addDone(ann, 'first-image', { tasks: ['pull', 'run'], finished: false });
    store.reachStep(ann, 'first-image', 'a-container-from-it');
    store.begin(bob, 'layers');
    const again = open({ now: () => 0 });
    expect(again.of(ann)).toEqual({
      'first-image': {
        done: ['pull', 'run'],
        step: 'a-container-from-it',
        startedAt: '1970-01-01T00:00:00.000Z',
        seenAt: '1970-01-01T00:00:00.000Z',
        finishedAt: null,
      },
    });
    expect(Object.keys(again.of(bob))).toEqual(['layers']);
    expect(again.find(bob, 'first-image')).toBeUndefined();
  });

  test('a task is done once, and a lesson finished for the first time', () => {
    let now = 0;
    const store = open({ now: () => now });
    store.addDone(ann, 'layers', { tasks: ['one', 'two'], finished: true });
    now = DAY_MS;
    store.addDone(ann, 'layers', { tasks: ['two'], finished: true });
    expect(store.find(ann, 'layers')).toMatchObject({
      done: ['one', 'two'],
      finishedAt: '1970-01-01T00:00:00.000Z',
      seenAt: '1970-01-02T00:00:00.000Z',
    });
  });

  test('a lesson that begins anew has open tasks, and was finished once', () => {
    const store = open();
    store.reachStep(ann, 'layers', 'history');
    store.addDone(ann, 'layers', { tasks: ['one'], finished: true });
    store.restart(ann, 'layers');
    expect(store.find(ann, 'layers')).toMatchObject({ done: [], step: null });
    expect(store.find(ann, 'layers')?.finishedAt).not.toBeNull();
  });

  test('what a file brings is added, and takes nothing away', () => {
    const store = open({ now: () => 5 * DAY_MS });
    store.addDone(ann, 'layers', { tasks: ['one'], finished: false });
    const brought = open({ file: join(folder, 'other.db'), now: () => DAY_MS });
    brought.addDone(bob, 'layers', { tasks: ['two'], finished: true });
    brought.reachStep(bob, 'layers', 'history');
    store.merge(ann, brought.of(bob));
    expect(store.find(ann, 'layers')).toMatchObject({
      step: 'history',
      startedAt: '1970-01-02T00:00:00.000Z',
      finishedAt: '1970-01-02T00:00:00.000Z',
    });
    expect([...(store.find(ann, 'layers')?.done ?? [])].sort()).toEqual(['one', 'two']);
  });

  test('is forgotten with its tasks when asked', () => {
    const store = open();
    store.addDone(ann, 'layers', { tasks: ['one'], finished: false });
    store.forget(ann);
    store.begin(ann, 'layers');
    expect(store.find(ann, 'layers')?.done).toEqual([]);
  });

  test('of those who stay away is removed', () => {
    let now = 0;
    open({ now: () => now }).begin(ann, 'layers');
    now = DAY_MS;
    open({ now: () => now }).begin(bob, 'layers');
    now = (KEPT_DAYS + 0.5) * DAY_MS;
    const store = open({ now: () => now });
    expect(store.of(ann)).toEqual({});
    expect(Object.keys(store.of(bob))).toEqual(['layers']);
  });

  test('is bounded: those go who came longest ago', () => {
    let now = 0;
    const store = open({ now: () => now });
    const learners = Array.from({ length: 5 }, () => newLearner().learner);
    for (const learner of learners) {
      now += 1;
      store.begin(learner, 'layers');
    }
    const bounded = open({ now: () => now, learnersMax: 2 });
    expect(learners.filter((learner) => bounded.find(learner, 'layers'))).toEqual(learners.slice(3));
  });
});

describe('the file', () => {
  test('survives a process that is killed while it writes', async () => {
    const program = join(import.meta.dirname, '../../dist/progress-writer.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'testing/writer.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
    });
    const writer = fork(program, [file]);
    const told: number[] = [];
    writer.on('message', (count) => told.push(count as number));
    await expect.poll(() => told.length, { timeout: 20_000 }).toBeGreaterThan(20);
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    const store = open();
    // All that was said to be kept is there.
    expect(store.find('f'.repeat(64) as typeof ann, 'layers')?.done.length).toBeGreaterThanOrEqual(
      told.length,
    );
    expect(reports).toEqual([]);
  });

  test('that is no database is put aside, and said so', async () => {
    open().begin(ann, 'layers');
    stores.pop()?.close();
    for (const ending of ['-wal', '-shm']) await rm(file + ending, { force: true });
    await writeFile(file, 'this is not a database at all'.repeat(200));
    const store = open();
    expect(store.of(ann)).toEqual({});
    store.begin(ann, 'layers');
    expect(reports).toEqual([expect.stringContaining('is damaged')]);
    expect(await readdir(join(folder, 'state'))).toContainEqual(expect.stringContaining('.broken-'));
  });
});
