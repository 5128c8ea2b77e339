import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pack } from '../layer/pack.ts';
import type { Digest } from '../oci/digest.ts';
import { digestOf, fromHex, hexOf } from '../oci/digest.ts';
import { parseReference } from '../oci/reference.ts';
import type { ImageEngine } from './engine.ts';
import type { ImageUse } from './images.ts';
import { openImageSide } from './open.ts';
import { addTestImage, makeTestCatalog } from './testing.ts';

let folder: string;
let engine: ImageEngine;
let uses: ImageUse[];
let events: string[];

const state = () => path.join(folder, 'state');
const open = async (): Promise<ImageEngine> =>
  openImageSide({
    state: state(),
    catalog: path.join(folder, 'catalog'),
    emit: ({ Action, Actor }) => events.push(`${Action} ${Actor.Attributes.name ?? ''}`),
    uses: () => uses,
    engineVersion: '20.10.24',
  });

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-images-'));
  uses = [];
  events = [];
  await makeTestCatalog(path.join(folder, 'catalog'));
  engine = await open();
});
afterEach(() => rmSync(folder, { recursive: true }));

async function pull(name: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { id, status } of engine.pull({ reference: parseReference(name) })) {
    lines.push(id === undefined ? status : `${id}: ${status}`);
  }
  return lines;
}

/** A container by itself: what `change` does to its root is what a commit holds. */
async function commit(
  from: string,
  reference: string | undefined,
  change: (root: string) => void,
): Promise<Digest> {
  const image = await engine.resolve(from);
  const key = `c${Math.random().toString(36).slice(2)}`;
  await engine.snapshots.prepare(key, image.config.rootfs.diff_ids);
  const root = await engine.snapshots.mount(key);
  try {
    change(root);
  } finally {
    await engine.snapshots.unmount(key);
  }
  const config = { Cmd: ['sh', '-c', 'change'], Env: ['A=1'] };
  const id = await engine.commit({
    snapshot: key,
    containerId: key,
    parent: image.id,
    config,
    containerConfig: config,
    ...(reference !== undefined && { reference: `docker.io/library/${reference}:latest` }),
    comment: 'why',
    author: 'Ann',
  });
  await engine.snapshots.remove(key);
  return id;
}

const touch = (name: string) => (root: string) => writeFileSync(path.join(root, name), name);
const options = { force: false, prune: true };

describe('pull', () => {
  test('prints what docker prints, and takes no copy', async () => {
    expect(await pull('busybox:latest')).toEqual([
      'latest: Pulling from library/busybox',
      expect.stringMatching(/^[0-9a-f]{12}: Pulling fs layer$/),
      expect.stringMatching(/^[0-9a-f]{12}: Downloading$/),
      expect.stringMatching(/^[0-9a-f]{12}: Download complete$/),
      expect.stringMatching(/^[0-9a-f]{12}: Extracting$/),
      expect.stringMatching(/^[0-9a-f]{12}: Pull complete$/),
      expect.stringMatching(/^Digest: sha256:[0-9a-f]{64}$/),
      'Status: Downloaded newer image for busybox:latest',
    ]);
    expect(existsSync(path.join(state(), 'layers'))).toBe(false);
    expect((await pull('busybox:latest')).at(-1)).toBe('Status: Image is up to date for busybox:latest');
    expect(events).toEqual(['pull busybox', 'pull busybox']);
  });

  test('all tags, by digest, and what became ready only now', async () => {
    await pull('busybox');
    const [image] = await engine.list({});
    expect(image?.RepoTags).toEqual(['busybox:1', 'busybox:latest']);
    const { manifest, id } = await addTestImage(path.join(folder, 'catalog'), {
      references: ['docker.io/team/tool:2'],
      layers: [touch('tool')],
    });
    await pull(`team/tool@${manifest}`);
    expect((await engine.resolve(`team/tool@${manifest}`)).id).toBe(id);
    await expect(engine.resolve('team/tool:2')).rejects.toThrow('No such image: team/tool:2');
  });

  test.each([
    [
      'nosuch',
      /^pull access denied for nosuch, repository does not exist or may require 'docker login': denied: /,
    ],
    ['busybox:nope', /^manifest for busybox:nope not found: manifest unknown: manifest unknown$/],
  ])('refuses %s in the words of the real daemon', async (name, message) => {
    await expect(pull(name)).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringMatching(message) as string,
    });
  });

  test('says so when a layer is not there yet', async () => {
    const layers = path.join(folder, 'catalog/layers');
    rmSync(layers, { recursive: true });
    await expect(pull('busybox:latest')).rejects.toThrow(
      'the layers of busybox:latest are still being prepared on this host',
    );
    expect(await engine.list({})).toEqual([]);
  });
});

describe('resolve', () => {
  test('by name, id and the beginning of an id', async () => {
    await pull('busybox:latest');
    const { id } = await engine.resolve('busybox');
    for (const name of [
      id,
      hexOf(id),
      id.slice(0, 12),
      hexOf(id).slice(0, 4),
      'docker.io/library/busybox:latest',
    ]) {
      expect((await engine.resolve(name)).id).toBe(id);
    }
    await expect(engine.resolve('nosuch')).rejects.toThrow('No such image: nosuch:latest');
    await expect(engine.resolve('Bad')).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('documents', () => {
  test('of a pulled image are its manifest, to the last byte, with the name it is pulled by', async () => {
    await pull('busybox:latest');
    const [manifest, ...more] = await engine.documents('busybox');
    expect(more).toEqual([]);
    expect(manifest).toMatchObject({ kind: 'manifest', names: [`busybox@${manifest?.digest}`] });
    expect(digestOf(Buffer.from(manifest?.text ?? ''))).toBe(manifest?.digest);
    expect(JSON.parse(manifest?.text ?? '')).toMatchObject({
      config: { digest: (await engine.resolve('busybox')).id },
    });
  });

  test('are none of what has never travelled', async () => {
    await pull('busybox:latest');
    await commit('busybox', 'web', touch('home/new'));
    expect(await engine.documents('web')).toEqual([]);
  });

  test('of an image that an index leads to are the index, and then its manifest', async () => {
    const catalog = path.join(folder, 'catalog');
    const { manifest, id } = await addTestImage(catalog, {
      references: ['docker.io/library/own:1'],
      layers: [touch('own')],
    });
    const blob = (digest: Digest) => path.join(catalog, 'blobs/sha256', hexOf(digest));
    const platform = { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' };
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const size = readFileSync(blob(manifest)).byteLength;
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ mediaType, digest: manifest, size, platform }],
    });
    const digest = digestOf(Buffer.from(index));
    writeFileSync(blob(digest), index);
    const layout = path.join(catalog, 'index.json');
    const entries = JSON.parse(readFileSync(layout, 'utf8')) as {
      manifests: { mediaType: string; digest: string; size: number; annotations: object }[];
    };
    for (const each of entries.manifests.filter((one) => one.digest === manifest)) {
      each.mediaType = 'application/vnd.oci.image.index.v1+json';
      each.digest = digest;
      each.size = Buffer.byteLength(index);
    }
    writeFileSync(layout, JSON.stringify(entries));
    await pull('own:1');
    const documents = await engine.documents(id);
    expect(documents.map(({ kind, digest: at, names }) => [kind, at, names])).toEqual([
      ['index', digest, [`own@${digest}`]],
      ['manifest', manifest, []],
    ]);
  });
});

describe('commit', () => {
  test('adds exactly what changed, under the digest that other tools compute', async () => {
    await pull('busybox:latest');
    const id = await commit('busybox', 'web', (root) => {
      touch('home/new')(root);
      chmodSync(path.join(root, 'home/new'), 0o4711);
      rmSync(path.join(root, 'etc/group'));
      rmSync(path.join(root, 'var'), { recursive: true });
      mkdirSync(path.join(root, 'var'));
      symlinkSync('new', path.join(root, 'home/link'));
    });
    const { config } = await engine.resolve('web');
    const layer = config.rootfs.diff_ids.at(-1) ?? ('' as Digest);
    const chunks: Buffer[] = [];
    for await (const chunk of pack(path.join(state(), 'layers', hexOf(layer))))
      chunks.push(Buffer.from(chunk));
    const tar = Buffer.concat(chunks);
    expect(fromHex(createHash('sha256').update(tar).digest('hex'))).toBe(layer);
    expect(execFileSync('tar', ['-tf', '-'], { input: tar, encoding: 'utf8' }).trim().split('\n')).toEqual([
      'etc/', 'etc/.wh.group', 'home/', 'home/link', 'home/new', 'var/', 'var/.wh..wh..opq',
    ]); // prettier-ignore
    expect(config).toMatchObject({
      author: 'Ann',
      docker_version: '20.10.24',
      config: { Cmd: ['sh', '-c', 'change'] },
    });
    expect(config.history?.at(-1)).toMatchObject({
      created_by: 'sh -c change',
      comment: 'why',
      author: 'Ann',
    });
    expect(await engine.inspect('web')).toMatchObject({
      Id: id,
      Comment: 'why',
      Parent: (await engine.resolve('busybox')).id,
    });
    expect(digestOf(readFileSync(path.join(state(), 'blobs/sha256', hexOf(id))))).toBe(id);
  });

  test('of nothing is an image without a new layer', async () => {
    await pull('busybox:latest');
    await commit('busybox', 'same', () => undefined);
    const { config } = await engine.resolve('same');
    expect(config.rootfs.diff_ids).toHaveLength(1);
    expect(config.history?.at(-1)?.empty_layer).toBe(true);
  });

  test('the new image shows what was added, and hides what was deleted', async () => {
    await pull('busybox:latest');
    await commit('busybox', 'web', (root) => {
      touch('home/new')(root);
      rmSync(path.join(root, 'etc'), { recursive: true });
      mkdirSync(path.join(root, 'etc'));
      touch('etc/own')(root);
    });
    expect(await engine.file('web', '/home/new')).toMatchObject({ type: 'file', size: 8 });
    expect(Buffer.from((await engine.file('web', '/etc/own')).content ?? '', 'base64').toString()).toBe(
      'etc/own',
    );
    await expect(engine.file('web', '/etc/passwd')).rejects.toMatchObject({ kind: 'not-found' });
    expect(await engine.file('busybox', '/etc/passwd')).toMatchObject({ type: 'file' });
  });

  test('what a third layer changes is compared with both below', async () => {
    await pull('busybox:latest');
    await commit('busybox', 'two', (root) => {
      rmSync(path.join(root, 'etc'), { recursive: true });
      mkdirSync(path.join(root, 'etc'));
      touch('etc/own')(root);
    });
    const image = await engine.resolve('two');
    await engine.snapshots.prepare('c3', image.config.rootfs.diff_ids);
    const root = await engine.snapshots.mount('c3');
    touch('etc/passwd')(root);
    rmSync(path.join(root, 'etc/own'));
    chmodSync(path.join(root, 'bin'), 0o755);
    await engine.snapshots.unmount('c3');
    expect(await engine.snapshots.changes('c3')).toEqual([
      { Path: '/etc', Kind: 0 },
      { Path: '/etc/own', Kind: 2 },
      { Path: '/etc/passwd', Kind: 1 },
    ]);
  });

  test('what was written in passing is there when it is mounted to stay', async () => {
    await pull('busybox:latest');
    const image = await engine.resolve('busybox');
    await engine.snapshots.prepare('c4', image.config.rootfs.diff_ids);
    for (const passing of [true, true, false]) {
      const root = await engine.snapshots.mount('c4', { passing });
      touch('written')(root);
      await engine.snapshots.unmount('c4');
    }
    expect(await engine.snapshots.changes('c4')).toEqual([{ Path: '/written', Kind: 1 }]);
  });
});

describe('remove', () => {
  test('takes names away, and the image and its layers with the last', async () => {
    await pull('busybox:latest');
    const id = await commit('busybox', 'web', touch('x'));
    await engine.tag('web', parseReference('team/web:2'));
    expect(await engine.remove('team/web:2', options)).toEqual([{ Untagged: 'team/web:2' }]);
    expect(await engine.remove('web', options)).toEqual([
      { Untagged: 'web:latest' },
      { Deleted: id },
      { Deleted: expect.stringMatching(/^sha256:/) as string },
    ]);
    expect(readdirSync(path.join(state(), 'layers'))).toEqual([]);
    expect(events.slice(1)).toEqual([
      'tag web:latest',
      'tag team/web:2',
      `untag ${id}`,
      `untag ${id}`,
      `delete ${id}`,
    ]);
  });

  test('keeps what containers use', async () => {
    await pull('busybox:latest');
    const { id } = await engine.resolve('busybox');
    uses = [{ containerId: 'f'.repeat(64), image: id, running: false }];
    await expect(engine.remove('busybox', options)).rejects.toThrow(
      `conflict: unable to remove repository reference "busybox" (must force) - container ffffffffffff is using its referenced image ${hexOf(id).slice(0, 12)}`,
    );
    uses = [{ containerId: 'f'.repeat(64), image: id, running: true }];
    await expect(engine.remove(id, { ...options, force: true })).rejects.toThrow(
      '(cannot be forced) - image is being used by running container ffffffffffff',
    );
  });

  test('a layer that a container stands on stays until the container goes', async () => {
    await pull('busybox:latest');
    await commit('busybox', 'web', touch('x'));
    const { config } = await engine.resolve('web');
    await engine.snapshots.prepare('held', config.rootfs.diff_ids);
    await engine.remove('web', { ...options, force: true });
    expect(readdirSync(path.join(state(), 'layers'))).toHaveLength(1);
    await engine.snapshots.remove('held');
    expect(readdirSync(path.join(state(), 'layers'))).toEqual([]);
  });
});

describe('after a crash', () => {
  test('everything is as it was, and what was half done is gone', async () => {
    await pull('busybox:latest');
    await commit('busybox', 'web', touch('x'));
    mkdirSync(path.join(state(), 'layers/draft-half'));
    mkdirSync(path.join(state(), 'layers', 'a'.repeat(64)));
    writeFileSync(path.join(state(), 'image/images.json.draft'), '{"half');
    mkdirSync(path.join(state(), 'overlay2/half/diff'), { recursive: true });
    engine = await open();
    expect((await engine.list({})).flatMap((each) => each.RepoTags ?? []).sort()).toEqual([
      'busybox:latest',
      'web:latest',
    ]);
    expect(readdirSync(path.join(state(), 'layers'))).toHaveLength(1);
    expect(await engine.file('web', '/x')).toMatchObject({ type: 'file' });
  });

  test('a damaged image or list of images does not keep the engine from starting', async () => {
    await pull('busybox:latest');
    const id = await commit('busybox', 'web', touch('x'));
    writeFileSync(path.join(state(), 'blobs/sha256', hexOf(id)), 'damaged');
    engine = await open();
    expect((await engine.list({})).flatMap((each) => each.RepoTags ?? [])).toEqual(['busybox:latest']);
    writeFileSync(path.join(state(), 'image/images.json'), '{"images": 1');
    engine = await open();
    expect(await engine.list({})).toEqual([]);
    expect(existsSync(path.join(state(), 'image/images.json.damaged'))).toBe(true);
  });

  test('many changes at once are one after another', async () => {
    await pull('busybox:latest');
    await Promise.all(Array.from({ length: 50 }, (_, i) => engine.tag('busybox', parseReference(`t:${i}`))));
    engine = await open();
    expect((await engine.list({}))[0]?.RepoTags).toHaveLength(51);
  });
});

test('an image of 125 layers can be mounted', async () => {
  const layers = Array.from({ length: 125 }, (_, i) => touch(`f${i}`));
  await addTestImage(path.join(folder, 'catalog'), { references: ['docker.io/library/deep:latest'], layers });
  await pull('deep:latest');
  const { config } = await engine.resolve('deep');
  const key = 'f'.repeat(64);
  await engine.snapshots.prepare(key, config.rootfs.diff_ids);
  const root = await engine.snapshots.mount(key);
  try {
    expect(readdirSync(root).filter((name) => name.startsWith('f'))).toHaveLength(125);
  } finally {
    await engine.snapshots.unmount(key);
  }
}, 60_000);

test('a path in an image follows links inside of it alone', async () => {
  await addTestImage(path.join(folder, 'catalog'), {
    references: ['docker.io/library/links:latest'],
    layers: [
      (root) => {
        mkdirSync(path.join(root, 'etc'));
        touch('etc/inside')(root);
        symlinkSync('/etc', path.join(root, 'absolute'));
        symlinkSync('../../../../etc', path.join(root, 'climbing'));
        symlinkSync('loop', path.join(root, 'loop'));
      },
    ],
  });
  await pull('links:latest');
  expect(await engine.file('links', '/absolute/inside')).toMatchObject({ type: 'file' });
  expect(await engine.file('links', 'climbing/../etc/./inside')).toMatchObject({ type: 'file' });
  expect(await engine.file('links', '/absolute')).toMatchObject({ type: 'symlink', linkTarget: '/etc' });
  await expect(engine.file('links', '/absolute/passwd')).rejects.toMatchObject({ kind: 'not-found' });
  await expect(engine.file('links', '/loop/x')).rejects.toMatchObject({ kind: 'not-found' });
  await expect(engine.file('links', '/etc/inside/x')).rejects.toMatchObject({ kind: 'not-found' });
});
