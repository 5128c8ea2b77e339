import { getEventListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CacheFolders, type CacheWishes } from './caches.ts';

const LOCKED: CacheWishes = {
  id: 'cache',
  sharing: 'locked',
  mode: 0o755,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  fill: () => Promise.resolve(),
};

async function openCaches(): Promise<CacheFolders> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-caches-'));
  onTestFinished(async () => rm(folder, { recursive: true, force: true }));
  return new CacheFolders(folder);
}

test('who waits for a locked cache gets it, and listens to its signal no longer', async () => {
  const caches = await openCaches();
  const { signal } = new AbortController();
  const first = await caches.hold(LOCKED, signal);
  const second = caches.hold(LOCKED, signal);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  first.release();
  const held = await second;
  expect(held.folder).toBe(first.folder);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('who is told to stop waits no longer for a locked cache', async () => {
  const caches = await openCaches();
  const first = await caches.hold(LOCKED, new AbortController().signal);
  const stopped = new AbortController();
  const second = caches.hold(LOCKED, stopped.signal);
  stopped.abort(new Error('the build was stopped'));
  await expect(second).rejects.toThrow('the build was stopped');
  expect(getEventListeners(stopped.signal, 'abort')).toEqual([]);
  first.release();
});
