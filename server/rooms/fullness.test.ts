import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../sandbox/host/supervisor.ts';
import { Fullness } from './fullness.ts';

const IDLE = { memoryBytes: 2e7, diskBytes: 3e7, processes: 9, files: 100, fileLimit: 262_144 };
const DISK = DEFAULT_LIMITS.diskBytes;

test('a machine with room is told nothing', () => {
  expect(new Fullness().told(IDLE, DEFAULT_LIMITS)).toEqual([]);
});

test.each([
  ['memory', { memoryBytes: 480 * 1024 ** 2 }, /480 MiB of its 512 MiB of memory/],
  ['disk', { diskBytes: DISK * 0.9 }, /nearly full: 1843 MiB of 2048 MiB/],
  ['a full disk', { diskBytes: DISK }, /disk is full/],
  ['files', { files: 250_000 }, /250000 of the 262144 files/],
  ['no more files', { files: 262_144 }, /as many files as it can/],
  ['processes', { processes: 500 }, /500 of its 512 processes/],
  ['all processes', { processes: 512 }, /all of its 512 processes/],
])('%s is told in a sentence', (_title, part, sentence) => {
  const [told, ...more] = new Fullness().told({ ...IDLE, ...part }, DEFAULT_LIMITS);
  expect(told).toMatch(sentence);
  expect(more).toEqual([]);
});

test('each is told once, before and when it bites, and anew when there was room meanwhile', () => {
  const fullness = new Fullness();
  const at = (share: number) => fullness.told({ ...IDLE, diskBytes: DISK * share }, DEFAULT_LIMITS).length;
  expect([0.9, 0.95, 1, 1, 0.9, 1].map(at)).toEqual([1, 0, 1, 0, 0, 0]);
  expect([0.8, 0.9, 0.5, 0.9].map(at)).toEqual([0, 0, 0, 1]);
});

test('a machine that is slowed down is told so after a while, once until it is at rest', () => {
  const fullness = new Fullness();
  const at = (cpus: number) => fullness.told({ ...IDLE, cpus }, DEFAULT_LIMITS).join();
  for (let look = 1; look < 10; look++) expect(at(1)).toBe('');
  expect(at(0.97)).toMatch(/all of its processor time/);
  expect([at(1), at(0.2)]).toEqual(['', '']);
  for (let look = 1; look < 10; look++) expect(at(1)).toBe('');
  expect(at(1)).toMatch(/slower/);
});

test('refused processes are told once, anew after a quiet while, and not those from before', () => {
  const fullness = new Fullness();
  const at = (refusedForks: number) => fullness.told({ ...IDLE, refusedForks }, DEFAULT_LIMITS);
  expect([7, 7].map(at)).toEqual([[], []]);
  expect(at(8)).toEqual([expect.stringMatching(/could not start another .* as many processes as it may/)]);
  expect([9, 20, 20, 3, 3].map((count) => at(count).length)).toEqual([0, 0, 0, 0, 0]);
  for (let look = 0; look < 20; look++) expect(at(3)).toEqual([]);
  expect(at(4)).toHaveLength(1);
});

test('a machine that has all of its processes is told so, and not twice', () => {
  const fullness = new Fullness();
  const at = (refusedForks: number) =>
    fullness.told({ ...IDLE, processes: DEFAULT_LIMITS.processes, refusedForks }, DEFAULT_LIMITS);
  expect([0, 5].map((count) => at(count).length)).toEqual([1, 0]);
});

test('an engine that does not count files is no reason to speak of them', () => {
  const { files, fileLimit, ...older } = { ...IDLE, files: 9, fileLimit: 9 };
  expect(new Fullness().told(older, DEFAULT_LIMITS)).toEqual([]);
  expect(new Fullness().told({ ...older, files, fileLimit }, DEFAULT_LIMITS)).toHaveLength(1);
});
