import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { MEDIA_TYPES } from '../../oci/descriptor.ts';
import { digestOf, hexOf } from '../../oci/digest.ts';
import { DiskStore } from '../store/disk.ts';
import { OCTETS, rawClient, withDigest } from '../testing/client.ts';
import type { TestRegistry, TestRegistryOptions } from '../testing/server.ts';
import { startRegistry } from '../testing/server.ts';

const REPOSITORY = 'anna/tool';
const WAIT = { timeout: 5000 };

const opened: TestRegistry[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const registry of opened.splice(0)) await registry.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function start(options: TestRegistryOptions = {}) {
  const registry = await startRegistry(options);
  opened.push(registry);
  return { registry, client: rawClient(registry.url) };
}

async function temporary(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-registry-faults-'));
  folders.push(folder);
  return folder;
}

const blobsIn = (folder: string) => readdir(path.join(folder, 'blobs/sha256'));
const uploadsIn = (folder: string) => readdir(path.join(folder, 'uploads'));

/** Sends bytes as they are, and gives the connection back. */
function speak(registry: TestRegistry, bytes: string) {
  const socket = connect(Number(new URL(registry.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  socket.write(bytes);
  return {
    socket,
    heard: () => heard,
    closed: new Promise<void>((resolve) => socket.once('close', () => resolve())),
  };
}

describe('bodies that are not what they should be', () => {
  test('an endless one ends at the quota, and takes nothing', async () => {
    const { registry, client } = await start({ quotaBytes: 1024 ** 2 });
    const location = await client.start(REPOSITORY);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const answer = await client
      .send('PATCH', location, { body: endless, headers: OCTETS })
      .catch(() => undefined);
    if (answer)
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('quota exceeded')]);
    const state = await client.send('GET', location);
    expect(state.headers.get('range')).toBe('0-0');
    expect(sent).toBeLessThan(512 * 1024 ** 2);
    expect(registry.store.usage('anna')).toBe(0);
  });

  test('one that is cut leaves what has come, to go on from', async () => {
    const { registry, client } = await start();
    const location = await client.start(REPOSITORY);
    const { socket } = speak(
      registry,
      `PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n${'a'.repeat(40)}`,
    );
    const received = async () => (await client.send('GET', location)).headers.get('range');
    await vi.waitFor(async () => expect(await received()).toBe('0-39'), WAIT);
    socket.destroy();
    const rest = { body: 'a'.repeat(60), headers: { ...OCTETS, 'content-range': '40-99' } };
    const digest = digestOf('a'.repeat(100));
    expect((await client.send('PUT', withDigest(location, digest), rest)).status).toBe(201);
  });

  test('one that goes on in a new request ends the old one', async () => {
    const { registry, client } = await start();
    const location = await client.start(REPOSITORY);
    const hanging = speak(
      registry,
      `PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n${'a'.repeat(40)}`,
    );
    await vi.waitFor(
      async () => expect((await client.send('GET', location)).headers.get('range')).toBe('0-39'),
      WAIT,
    );
    const rest = { body: 'a'.repeat(60), headers: { ...OCTETS, 'content-range': '40-99' } };
    expect((await client.send('PATCH', location, rest)).status).toBe(202);
    await hanging.closed;
  });

  test('one that is longer than its range is refused, and takes nothing', async () => {
    const { client } = await start();
    const location = await client.start(REPOSITORY);
    const body = new Blob(['0123456789']).stream() as ReadableStream<Uint8Array>;
    const answer = await client.send('PATCH', location, {
      body,
      headers: { ...OCTETS, 'content-range': '0-4' },
    });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('SIZE_INVALID')]);
    expect((await client.send('GET', location)).headers.get('range')).toBe('0-0');
  });

  test('one that dribbles is cut off', async () => {
    const { registry, client } = await start({ pace: { bytes: 100, ms: 50 } });
    const location = await client.start(REPOSITORY);
    const slow = speak(registry, `PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n`);
    const timer = setInterval(() => slow.socket.write('x'), 10);
    await slow.closed;
    clearInterval(timer);
  });

  test('a manifest of 20 MB is refused', async () => {
    const { client } = await start();
    const { manifest } = await client.pushImage(REPOSITORY, 'small');
    const large = { ...manifest, annotations: { large: 'x'.repeat(20_000_000) } };
    const answer = await client.putManifest(REPOSITORY, 'large', large).catch(() => undefined);
    if (answer) expect(answer.status).toBe(413);
    expect(await (await client.send('GET', `/v2/${REPOSITORY}/tags/list`)).json()).toMatchObject({
      tags: ['small'],
    });
  });
});

test.each([
  '../etc',
  'anna/../../etc',
  'anna/%2e%2e/etc',
  'anna/..%2f..%2fetc',
  'Anna/tool',
  'anna/tööl',
  'anna/t%C3%B6%C3%B6l',
  'anna//tool',
  'anna/tool.',
  'anna/%00',
  'anna/\u0430nna',
  `anna/${'a'.repeat(300)}`,
  `anna/${'a-'.repeat(2000)}!`,
])('the name %j is none', async (name) => {
  const { registry } = await start();
  // As it is: `fetch` would take `..` for a way up.
  const { heard } = speak(
    registry,
    `POST /v2/${encodeURI(decodeURI(name))}/blobs/uploads/ HTTP/1.1\r\nHost: x\r\n\r\n`,
  );
  await vi.waitFor(() => expect(heard()).toMatch(/^HTTP\/1\.1 4\d\d /), WAIT);
  expect(await registry.store.names()).toEqual([]);
  expect(await uploadsIn(registry.folder)).toEqual([]);
});

test('two pushes of the same tag at once both succeed, and one of them has the tag', async () => {
  const { registry, client } = await start();
  const images = await Promise.all(Array.from({ length: 8 }, () => client.pushImage(REPOSITORY, 'latest')));
  const head = await client.send('HEAD', `/v2/${REPOSITORY}/manifests/latest`);
  expect(images.map(({ digest }) => digest)).toContain(head.headers.get('docker-content-digest'));
  const reopened = new DiskStore({ folder: registry.folder });
  for (const { digest } of images) expect(await reopened.manifest(REPOSITORY, digest)).toBeDefined();
});

test('another algorithm than SHA-256 is refused in a sentence, wherever a digest stands', async () => {
  const { client } = await start();
  const { manifest } = await client.pushImage(REPOSITORY, 'latest');
  const other = `sha512:${'a'.repeat(128)}`;
  const refused = async (answer: Response, code: string) => {
    const text = await answer.text();
    expect([answer.status, text]).toEqual([400, expect.stringContaining('sha256: and 64')]);
    expect(text).toContain(code);
  };
  const location = await client.start(REPOSITORY);
  await refused(
    await client.send('PUT', withDigest(location, other), { body: 'x', headers: OCTETS }),
    'DIGEST_INVALID',
  );
  for (const path of ['blobs', 'manifests', 'referrers'])
    await refused(await client.send('GET', `/v2/${REPOSITORY}/${path}/${other}`), 'DIGEST_INVALID');
  const strange = { ...manifest, layers: [{ ...manifest.layers[0], digest: other }] };
  await refused(await client.putManifest(REPOSITORY, 'strange', strange), 'MANIFEST_INVALID');
  // One that cannot be mounted has to be sent, and is refused then.
  const mount = await client.send('POST', `/v2/${REPOSITORY}/blobs/uploads/?mount=${other}&from=anna/tool`);
  expect(mount.status).toBe(202);
});

test('a client from before there were indexes gets the manifest for this host', async () => {
  const { client } = await start();
  const own = process.arch === 'x64' ? 'amd64' : process.arch;
  const images = await Promise.all([client.pushImage(REPOSITORY, 'a'), client.pushImage(REPOSITORY, 'b')]);
  const manifests = images.map(({ digest, bytes }, index) => ({
    mediaType: MEDIA_TYPES.ociManifest,
    digest,
    size: bytes.length,
    platform: { os: 'linux', architecture: index === 0 ? 's390x' : own },
  }));
  const list = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
  await client.putManifest(REPOSITORY, 'many', list);
  const asked = (accept: string) =>
    client.send('GET', `/v2/${REPOSITORY}/manifests/many`, { headers: { accept } });
  expect(await (await asked(MEDIA_TYPES.ociManifest)).text()).toBe(images[1].bytes);
  expect(await (await asked(MEDIA_TYPES.ociIndex)).json()).toEqual(list);
});

describe('after a kill', () => {
  test('an upload goes on where it was, and nothing half is to be seen', async () => {
    const folder = await temporary();
    const first = await start({ folder });
    const bytes = 'b'.repeat(1000);
    const location = await first.client.start(REPOSITORY);
    await first.client.send('PATCH', location, { body: bytes.slice(0, 400), headers: OCTETS });
    // What a process leaves that was killed while it wrote.
    await writeFile(path.join(folder, 'blobs/sha256', `${'c'.repeat(64)}.0.tmp`), 'half');
    await writeFile(path.join(folder, 'repositories', 'x.json.0.tmp'), '{');
    const { registry, client } = await start({ folder });
    expect(await registry.store.names()).toEqual([]);
    expect(await blobsIn(folder)).toEqual([]);
    expect((await client.send('GET', location)).headers.get('range')).toBe('0-399');
    const rest = { body: bytes.slice(400), headers: { ...OCTETS, 'content-range': '400-999' } };
    expect((await client.send('PUT', withDigest(location, digestOf(bytes)), rest)).status).toBe(201);
    expect(await blobsIn(folder)).toEqual([hexOf(digestOf(bytes))]);
    expect(await uploadsIn(folder)).toEqual([]);
  });

  test('a blob that no repository names is deleted', async () => {
    const folder = await temporary();
    const { client } = await start({ folder });
    const { manifest } = await client.pushImage(REPOSITORY, 'latest');
    await writeFile(path.join(folder, 'blobs/sha256', 'd'.repeat(64)), 'nobody’s');
    await start({ folder });
    expect(await blobsIn(folder)).toHaveLength(2 + manifest.layers.length);
  });

  test('a file that is no record is left alone, and told', async () => {
    const folder = await temporary();
    await start({ folder });
    await writeFile(path.join(folder, 'repositories/other.json'), '{"name":"../x"}');
    const told: string[] = [];
    const store = new DiskStore({ folder, report: (message) => told.push(message) });
    expect(await store.names()).toEqual([]);
    expect(told).toEqual([expect.stringContaining('other.json is not a repository')]);
  });
});

describe('what is kept', () => {
  test('is each blob once, and nothing that others have already', async () => {
    const shared = await temporary();
    const bytes = 'an official layer';
    await writeFile(path.join(shared, hexOf(digestOf(bytes))), bytes);
    const { registry, client } = await start({ shared: [shared], quotaBytes: 100 });
    await client.push(REPOSITORY, bytes);
    expect((await client.send('POST', `/v2/ben/x/blobs/uploads/?mount=${digestOf(bytes)}`)).status).toBe(201);
    await client.push('ben/x', 'of ben');
    await client.push('anna/tool', 'of ben');
    expect(await blobsIn(registry.folder)).toEqual([hexOf(digestOf('of ben'))]);
    expect(registry.store.usage('anna')).toBe('of ben'.length);
    const got = await client.send('GET', `/v2/ben/x/blobs/${digestOf(bytes)}`);
    expect(await got.text()).toBe(bytes);
  });

  test('goes when the last who has it lets go', async () => {
    const { registry, client } = await start();
    const one = await client.pushImage('anna/one', 'latest');
    await client.send('POST', `/v2/anna/two/blobs/uploads/?mount=${one.layer}&from=anna/one`);
    await registry.store.deleteRepository('anna/one');
    await registry.store.sweep(-1);
    expect(await blobsIn(registry.folder)).toEqual([hexOf(one.layer)]);
    await registry.store.deleteBlob('anna/two', one.layer);
    await registry.store.sweep(-1);
    expect(await blobsIn(registry.folder)).toEqual([]);
  });

  test('is bounded: uploads of one namespace, and those that nobody goes on with', async () => {
    const { registry, client } = await start({ perNamespace: 2, staleMs: -1 });
    await client.start(REPOSITORY);
    await client.start(REPOSITORY);
    expect((await client.send('POST', `/v2/${REPOSITORY}/blobs/uploads/`)).status).toBe(429);
    await client.start('ben/x');
    await registry.store.sweep();
    expect(await uploadsIn(registry.folder)).toEqual([]);
    await client.start(REPOSITORY);
  });

  test('is no more files than a namespace may have, however small they are', async () => {
    const { client } = await start({ partsPerNamespace: 3 });
    const push = async (name: string, text: string) => {
      const begun = await client.send('POST', `/v2/${name}/blobs/uploads/`);
      if (begun.status !== 202) return begun;
      const body = Buffer.from(text);
      const location = withDigest(begun.headers.get('location') ?? '', digestOf(body));
      return client.send('PUT', location, { body, headers: OCTETS });
    };
    for (const text of ['a', 'b', 'c']) expect((await push(REPOSITORY, text)).status).toBe(201);
    for (const name of [REPOSITORY, 'anna/other']) {
      const refused = await push(name, 'd');
      expect([refused.status, await refused.text()]).toEqual([
        403,
        expect.stringContaining('too many layers'),
      ]);
    }
    expect((await push('ben/tool', 'd')).status).toBe(201);
  });

  test('is no more than the quota, whoever sends at the same time', async () => {
    const { registry, client } = await start({ quotaBytes: 300_000 });
    const pushes = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) => client.push(REPOSITORY, Buffer.alloc(100_000, index))),
    );
    expect(pushes.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(3);
    expect(registry.store.usage('anna')).toBeLessThanOrEqual(300_000);
  });
});
