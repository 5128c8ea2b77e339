import { existsSync, mkdirSync, mkdtempSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DiskContent } from '../content/disk.ts';
import type { Digest } from '../oci/digest.ts';
import { digestOf } from '../oci/digest.ts';
import { withLayer } from './names.ts';
import { ImageStore } from './store.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const content = () => new DiskContent(path.join(folder, 'blobs'));
const open = (blobs = content()) => new ImageStore(path.join(folder, 'image'), blobs);
const named = (store: ImageStore, name: string, id: Digest) =>
  store.change((names) => ({ ...names, references: new Map(names.references).set(name, id) }));
const unnamed = (store: ImageStore, name: string) =>
  store.change((names) => ({
    ...names,
    references: new Map([...names.references].filter(([key]) => key !== name)),
  }));

test('finds again what was changed, and clears away what was not finished', async () => {
  const id = await open().add(Buffer.from('{}'));
  const draft = path.join(folder, 'image/images.json.draft');
  writeFileSync(draft, '{"images":');
  expect(open().has(id)).toBe(true);
  expect(existsSync(draft)).toBe(false);
});

test('does not show a change that could not be written, and keeps those beside it', async () => {
  const store = open();
  const id = await store.add(Buffer.from('{}'));
  const inTheWay = path.join(folder, 'image/images.json.draft');
  mkdirSync(path.join(inTheWay, 'full'), { recursive: true });
  await expect(named(store, 'docker.io/library/lost:1', id)).rejects.toThrow();
  rmdirSync(path.join(inTheWay, 'full'));
  rmdirSync(inTheWay);
  const both = [named(store, 'docker.io/library/a:1', id), named(store, 'docker.io/library/b:1', id)];
  await Promise.all(both);
  expect(store.referencesOf(id)).toEqual(['docker.io/library/a:1', 'docker.io/library/b:1']);
  expect(open().referencesOf(id)).toEqual(store.referencesOf(id));
});

test('drops a manifest with the last reference by its digest, unless somebody holds it', async () => {
  const blobs = content();
  const store = open(blobs);
  const id = await store.add(Buffer.from('{}'));
  const { digest } = await blobs.write(Buffer.from('manifest'));
  const names = ['a', 'b'].map((each) => `docker.io/library/${each}@${digest}`);
  for (const name of names) await named(store, name, id);
  const release = store.hold([digest]);
  await unnamed(store, names[0] ?? '');
  await unnamed(store, names[1] ?? '');
  expect(await blobs.stat(digest)).toBeDefined();
  release();
  await named(store, names[0] ?? '', id);
  await unnamed(store, names[0] ?? '');
  expect(await blobs.stat(digest)).toBeUndefined();
});

test('notes layers until the disk has them', async () => {
  const store = open();
  const [first, second] = [digestOf('first'), digestOf('second')];
  await store.change((names) => withLayer(withLayer(names, first, 1, 'boot'), second, 2, 'boot'));
  expect(open().names.unsettled).toEqual({ boot: 'boot', layers: [first, second] });
  await store.settling.settle();
  expect(store.names.unsettled).toBeUndefined();
  expect(open().names.sizes.get(second)).toBe(2);
});
