import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { removeOthers, takeSnapshot, withinBounds } from './snapshots.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const of = (...bytes: number[]) =>
  bytes.map((size, place) => ({ id: `snap000${place}`, takenAt: '2026-01-01T00:00:00.000Z', bytes: size }));
const places = (kept: readonly { id: string }[]) => kept.map(({ id }) => Number(id.at(-1)));

it.each([
  ['all, when there are few', of(10, 20, 30), { most: 8, bytes: 100 }, [0, 1, 2]],
  ['the newest, when there are many', of(1, 1, 1, 1), { most: 2, bytes: 100 }, [2, 3]],
  ['the newest that fit together', of(50, 40, 30, 20), { most: 8, bytes: 60 }, [2, 3]],
  [
    'not an older one that is small, beyond one that is too large',
    of(1, 90, 20),
    { most: 8, bytes: 100 },
    [2],
  ],
  ['the last one, however large', of(10, 200), { most: 8, bytes: 100 }, [1]],
  ['none of none', [], { most: 8, bytes: 100 }, []],
])('keeps %s', (_title, snapshots, bounds, kept) => {
  expect(places(withinBounds(snapshots, bounds))).toEqual(kept);
});

it('removes what is no snapshot any more, and what never became one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-snapshots-'));
  for (const name of ['snap0000.img', 'snap0001.img', 'snap0002.img.tmp'])
    await writeFile(join(folder, name), '');
  await removeOthers(folder, of(1));
  expect(await readdir(folder)).toEqual(['snap0000.img']);
  await rm(folder, { recursive: true });
  await removeOthers(folder, []);
});

it('leaves nothing of one that fails at its end, and a session that goes on', async () => {
  const place = await mkdtemp(join(tmpdir(), 'slipway-snapshots-'));
  const programs = join(place, 'bin');
  await mkdir(programs);
  for (const [name, script] of Object.entries({ mount: '', sync: '', umount: 'echo busy >&2; exit 32' })) {
    await writeFile(join(programs, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(programs, name), 0o755);
  }
  vi.stubEnv('PATH', `${programs}:${process.env.PATH ?? ''}`);
  const path = join(place, 'disk.img');
  await writeFile(path, 'disk');
  const calls: string[] = [];
  const folder = join(place, 'snapshots');
  const taking = takeSnapshot({
    disk: { path, mountPoint: join(place, 'mnt'), loop: 'loop0', errors: 0 },
    cgroup: {
      joinFiles: [],
      memoryPath: '',
      freeze: async () => void calls.push('freeze'),
      thaw: async () => void calls.push('thaw'),
      memoryKills: async () => 0,
      kill: async () => undefined,
      remove: async () => undefined,
    },
    folder,
    bounds: { most: 8, bytes: 1024 ** 3 },
    requireDisk: async () => undefined,
  });
  await expect(taking).rejects.toThrow('busy');
  expect(calls).toEqual(['freeze', 'thaw']);
  expect(await readdir(folder)).toEqual([]);
  await rm(place, { recursive: true });
});
