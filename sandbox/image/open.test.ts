import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseReference } from '../oci/reference.ts';
import type { ImageEngine } from './engine.ts';
import type { ImageUse } from './images.ts';
import { openImageSide } from './open.ts';
import { makeTestCatalog } from './testing.ts';

let folder: string;
let uses: ImageUse[];
let events: string[];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-images-'));
  uses = [];
  events = [];
  await makeTestCatalog(path.join(folder, 'catalog'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = async (): Promise<ImageEngine> =>
  openImageSide({
    state: path.join(folder, 'state'),
    catalog: path.join(folder, 'catalog'),
    emit: ({ Action, Actor }) => events.push(`${Action} ${Actor.Attributes.name ?? ''}`),
    uses: () => uses,
    engineVersion: '20.10.24',
  });

const pulled = async (engine: ImageEngine, name: string): Promise<string[]> => {
  const lines: string[] = [];
  for await (const { id, status } of engine.pull({ reference: parseReference(name) })) {
    lines.push(id === undefined ? status : `${id}: ${status}`);
  }
  return lines;
};

test('pulls from the catalog, mounts it, and sees what changes', async () => {
  const engine = await open();
  const lines = await pulled(engine, 'busybox:latest');
  expect(lines[0]).toBe('latest: Pulling from library/busybox');
  expect(lines.at(-1)).toBe('Status: Downloaded newer image for busybox:latest');
  const image = await engine.resolve('busybox');
  expect(image.config.config?.Cmd).toEqual(['sh']);

  await engine.snapshots.prepare('c1', image.config.rootfs.diff_ids);
  const root = await engine.snapshots.mount('c1');
  try {
    expect(readFileSync(path.join(root, 'etc/passwd'), 'utf8')).toContain('root:x:0:0');
    expect(await engine.snapshots.changes('c1')).toEqual([]);
    writeFileSync(path.join(root, 'home/new'), 'x');
    rmSync(path.join(root, 'etc/group'));
    expect(await engine.snapshots.changes('c1')).toEqual([
      { Path: '/etc', Kind: 0 },
      { Path: '/etc/group', Kind: 2 },
      { Path: '/home', Kind: 0 },
      { Path: '/home/new', Kind: 1 },
    ]);
    expect(await engine.snapshots.usage('c1')).toBe(1);
    await expect(engine.snapshots.remove('c1')).rejects.toMatchObject({ kind: 'conflict' });
  } finally {
    await engine.snapshots.unmount('c1');
  }
  await engine.snapshots.remove('c1');
});
