import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { QUIET_MAX_MS, QUIET_MS, Quiet } from './quiet.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Milliseconds that a wait takes in an engine in which something happens at these times. */
async function waited(...happensMs: readonly number[]): Promise<number> {
  const quiet = new Quiet();
  for (const ms of happensMs) setTimeout(() => quiet.happened(), ms);
  // What happens in the first moment has happened before.
  await vi.advanceTimersByTimeAsync(0);
  const begunMs = performance.now();
  const ended = quiet.wait().then(() => performance.now() - begunMs);
  await vi.advanceTimersByTimeAsync(2 * QUIET_MAX_MS);
  return ended;
}

test('an engine in which nothing happened is judged at once', async () => {
  expect(await waited()).toBe(0);
});

test('what has just happened is waited for, and what follows it, too', async () => {
  expect(await waited(0)).toBe(QUIET_MS);
  expect(await waited(0, 10, 30, 60)).toBe(60 + QUIET_MS);
});

test('what comes after a quiet moment is another matter', async () => {
  expect(await waited(0, QUIET_MS + 1)).toBe(QUIET_MS);
});

test('an engine that is never quiet is judged all the same', async () => {
  const always = Array.from({ length: QUIET_MAX_MS }, (_, ms) => ms);
  expect(await waited(...always)).toBe(QUIET_MAX_MS);
});
