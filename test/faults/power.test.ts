import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterEach, expect, it } from 'vitest';

import { startTestEngine, type TestEngine } from '../../sandbox/engine/testing.ts';
import { openImageSide } from '../../sandbox/image/open.ts';
import { settings } from '../settings.ts';
import { openSmallDisk, type SmallDisk } from './disk.ts';
import { shell } from './shell.ts';
import { faultsOf } from './whole.ts';

const run = promisify(execFile);
const catalog = path.join(settings.dataDir, 'catalog');

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

it('opens whole after a cut of the machine’s power', async () => {
  const input = await mkdtemp(path.join(tmpdir(), 'slipway-power-'));
  opened.push(async () => rm(input, { recursive: true }));
  const disk = await openSmallDisk(64);
  opened.push(async () => disk.close());
  const engine = await startTestEngine({ catalog, parent: disk.folder });
  opened.push(async () => engine.close());

  const docker = async (script: string) => shell(script, { dockerSocket: engine.dockerSocket, input });
  expect(await docker(BEFORE)).toMatchObject({ code: 0 });
  await run('sync', ['--file-system', disk.folder]);
  expect(await docker(JUST_NOW)).toMatchObject({ code: 0 });
  await disk.commitJournal();
  const state = await cut(disk, engine);

  const side = await openImageSide({
    state,
    catalog,
    emit: () => undefined,
    uses: () => [],
    engineVersion: '0',
  });
  const before = await side.resolve('before:1');
  await side.snapshots.retain(new Set());
  expect(before.config.rootfs.diff_ids).toHaveLength(2);
  expect(await faultsOf(state, catalog)).toEqual([]);
});

const BEFORE = `docker pull -q busybox; docker run --name box busybox sh -c 'echo before >/before'; docker commit box before:1`;
const JUST_NOW = `docker run --name other busybox sh -c 'for i in $(seq 100); do echo now >/now-$i; done'; docker commit other now:1`;

/** What would be on the disk if the power went now: the engine's state, on a copy; as found by another start of the machine. */
async function cut(disk: SmallDisk, engine: TestEngine): Promise<string> {
  const copy = await disk.copy();
  opened.push(async () => copy.close());
  const state = path.join(copy.folder, path.relative(disk.folder, engine.folder), 'state');
  const names = path.join(state, 'image/images.json');
  const text = await readFile(names, 'utf8');
  await writeFile(names, text.replace(/"boot":"[^"]*"/u, '"boot":"another"'));
  await rm(path.join(state, 'containers'), { recursive: true });
  return state;
}
