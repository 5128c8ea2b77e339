import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MEDIA_TYPES } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { digestOf } from '../oci/digest.ts';
import type { RawClient, TestImage } from './testing/client.ts';
import { OCTETS, rawClient, withDigest } from './testing/client.ts';

/** Parts of the specification that came later than some implementations. */
export type Feature =
  | 'referrers'
  | 'tag-delete'
  | 'chunk-order'
  | 'anonymous-mount'
  | 'post-blob'
  | 'tag-pages'
  | 'tag-parameter';

export interface ConformanceOptions {
  start(): Promise<{ readonly url: string; close(): Promise<void> }>;
  readonly lacks?: readonly Feature[];
}

/**
 * What the OCI distribution specification 1.1 asks of a registry, category by category. The same table runs against the
 * reference implementation: that shows the table to be right.
 */
export function registryConformance(name: string, options: ConformanceOptions): void {
  const { lacks = [] } = options;
  describe(name, () => {
    const repository = `conformance/${randomUUID()}`;
    const other = `conformance/other-${randomUUID()}`;
    let registry: Awaited<ReturnType<ConformanceOptions['start']>>;
    let client: RawClient;
    beforeAll(async () => {
      registry = await options.start();
      client = rawClient(registry.url);
    });
    afterAll(() => registry.close());
    const where = () => ({ client, repository, other });
    const has = (feature: Feature) => !lacks.includes(feature);
    pullTests(where);
    pushTests(where, has);
    discoveryTests(where, has);
    managementTests(where, has);
  });
}

/** A test of what an implementation does not have is none: it is not even a skipped one. */
const testIf = (wanted: boolean) => (wanted ? test : () => undefined);
const describeIf = (wanted: boolean) => (wanted ? describe : () => undefined);

type Where = () => { client: RawClient; repository: string; other: string };
type Has = (feature: Feature) => boolean;

const NOBODY = digestOf('nobody has this');
const ACCEPT = { accept: `${MEDIA_TYPES.ociManifest}, ${MEDIA_TYPES.ociIndex}` };

async function errorCode(answer: Response): Promise<string | undefined> {
  const body = (await answer.json()) as { errors?: { code: string; message: string }[] };
  expect(body.errors?.[0]?.message).toEqual(expect.any(String));
  return body.errors?.[0]?.code;
}

function pullTests(where: Where): void {
  describe('pull', () => {
    let image: TestImage;
    beforeAll(async () => {
      const { client, repository } = where();
      image = await client.pushImage(repository, 'pull');
    });

    test('says what it is', async () => {
      const answer = await where().client.send('GET', '/v2/');
      expect(answer.status).toBe(200);
      expect(answer.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    });

    test.each(['tag', 'digest'])('gives and describes a manifest by %s', async (by) => {
      const { client, repository } = where();
      const path = `/v2/${repository}/manifests/${by === 'tag' ? 'pull' : image.digest}`;
      const got = await client.send('GET', path, { headers: ACCEPT });
      const head = await client.send('HEAD', path, { headers: ACCEPT });
      expect(await got.text()).toBe(image.bytes);
      for (const answer of [got, head]) {
        expect(answer.status).toBe(200);
        expect(answer.headers.get('content-type')).toBe(MEDIA_TYPES.ociManifest);
        expect(answer.headers.get('content-length')).toBe(String(image.bytes.length));
        expect(answer.headers.get('docker-content-digest')).toBe(image.digest);
      }
      expect(await head.text()).toBe('');
    });

    test('gives and describes a blob', async () => {
      const { client, repository } = where();
      const path = `/v2/${repository}/blobs/${image.layer}`;
      const got = await client.send('GET', path);
      const head = await client.send('HEAD', path);
      const bytes = await got.text();
      expect(digestOf(bytes)).toBe(image.layer);
      for (const answer of [got, head]) {
        expect(answer.status).toBe(200);
        expect(answer.headers.get('content-length')).toBe(String(bytes.length));
        expect(answer.headers.get('docker-content-digest')).toBe(image.layer);
      }
    });

    test.each(['GET', 'HEAD'])('%s of what is not there is 404', async (method) => {
      const { client, repository } = where();
      for (const path of ['manifests/missing', `manifests/${NOBODY}`, `blobs/${NOBODY}`])
        expect((await client.send(method, `/v2/${repository}/${path}`, { headers: ACCEPT })).status).toBe(
          404,
        );
    });

    test('says in code what is not there', async () => {
      const { client, repository } = where();
      const manifest = await client.send('GET', `/v2/${repository}/manifests/missing`, { headers: ACCEPT });
      expect(await errorCode(manifest)).toBe('MANIFEST_UNKNOWN');
      expect(await errorCode(await client.send('GET', `/v2/${repository}/blobs/${NOBODY}`))).toBe(
        'BLOB_UNKNOWN',
      );
      const list = await client.send('GET', `/v2/${repository}-no/tags/list`);
      expect([list.status, await errorCode(list)]).toEqual([404, 'NAME_UNKNOWN']);
    });

    test.each([
      ['bytes=2-5', 206, 'bytes 2-5/', 4],
      ['bytes=2-', 206, 'bytes 2-', -2],
      ['bytes=-3', 206, 'bytes ', 3],
      ['bytes=0-0', 206, 'bytes 0-0/', 1],
      ['bytes=3-99999', 206, 'bytes 3-', -3],
    ] as const)('gives the part %s of a blob', async (range, status, contentRange, length) => {
      const { client, repository } = where();
      const path = `/v2/${repository}/blobs/${image.layer}`;
      const whole = await (await client.send('GET', path)).text();
      const answer = await client.send('GET', path, { headers: { range } });
      const part = length < 0 ? whole.slice(-length) : range === 'bytes=-3' ? whole.slice(-3) : undefined;
      const from = Number(/\d+/.exec(range)?.[0]);
      expect(await answer.text()).toBe(part ?? whole.slice(from, from + length));
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-range')).toContain(contentRange);
      expect(answer.headers.get('content-range')).toContain(`/${whole.length}`);
    });

    test.each(['bytes=99999-', 'bytes=500-0'])('has no part %s', async (range) => {
      const { client, repository } = where();
      const answer = await client.send('GET', `/v2/${repository}/blobs/${image.layer}`, {
        headers: { range },
      });
      expect(answer.status).toBe(416);
    });
  });
}

function pushTests(where: Where, has: Has): void {
  const expectBlob = async (digest: Digest, bytes: string) => {
    const { client, repository } = where();
    const answer = await client.send('GET', `/v2/${repository}/blobs/${digest}`);
    expect([answer.status, await answer.text()]).toEqual([200, bytes]);
  };
  const chunk = (from: number, bytes: string) => ({
    body: bytes,
    headers: { ...OCTETS, 'content-range': `${from}-${from + bytes.length - 1}` },
  });

  describe('push', () => {
    test('a blob at once, in two requests', async () => {
      const { client, repository } = where();
      const bytes = `monolith ${randomUUID()}`;
      const answer = await client.send('PUT', withDigest(await client.start(repository), digestOf(bytes)), {
        body: bytes,
        headers: OCTETS,
      });
      expect(answer.status).toBe(201);
      expect(answer.headers.get('docker-content-digest')).toBe(digestOf(bytes));
      const got = await client.send('GET', answer.headers.get('location') ?? '');
      expect(await got.text()).toBe(bytes);
    });

    testIf(has('post-blob'))('a blob at once, in one request', async () => {
      const { client, repository } = where();
      const bytes = `single ${randomUUID()}`;
      const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(bytes)}`;
      const answer = await client.send('POST', path, { body: bytes, headers: OCTETS });
      expect(answer.status).toBe(201);
      await expectBlob(digestOf(bytes), bytes);
    });

    test('a blob in chunks, each answered with what is there', async () => {
      const { client, repository } = where();
      const bytes = `chunks ${randomUUID()}`;
      let location = await client.start(repository);
      for (const [from, to] of [
        [0, 10],
        [10, 20],
      ] as const) {
        const answer = await client.send('PATCH', location, chunk(from, bytes.slice(from, to)));
        expect(answer.status).toBe(202);
        expect(answer.headers.get('range')).toBe(`0-${to - 1}`);
        location = answer.headers.get('location') ?? '';
      }
      const state = await client.send('GET', location);
      expect([state.status, state.headers.get('range')]).toEqual([204, '0-19']);
      location = state.headers.get('location') ?? location;
      const last = await client.send(
        'PUT',
        withDigest(location, digestOf(bytes)),
        chunk(20, bytes.slice(20)),
      );
      expect(last.status).toBe(201);
      await expectBlob(digestOf(bytes), bytes);
    });

    test('a blob as one stream without a length', async () => {
      const { client, repository } = where();
      const bytes = `stream ${randomUUID()}`;
      const answer = await client.send('PATCH', await client.start(repository), {
        body: new Blob([bytes]).stream() as ReadableStream<Uint8Array>,
        headers: OCTETS,
      });
      expect(answer.status).toBe(202);
      const location = answer.headers.get('location') ?? '';
      expect((await client.send('PUT', withDigest(location, digestOf(bytes)))).status).toBe(201);
      await expectBlob(digestOf(bytes), bytes);
    });

    test('an empty blob', async () => {
      const { client, repository } = where();
      await client.push(repository, '');
      await expectBlob(digestOf(''), '');
    });

    testIf(has('chunk-order'))('refuses a chunk out of order, and goes on with the right one', async () => {
      const { client, repository } = where();
      const bytes = `order ${randomUUID()}`;
      let location = await client.start(repository);
      const early = await client.send('PATCH', location, chunk(10, bytes.slice(10)));
      expect(early.status).toBe(416);
      const first = await client.send('PATCH', location, chunk(0, bytes.slice(0, 10)));
      location = first.headers.get('location') ?? '';
      const again = await client.send('PATCH', location, chunk(0, bytes.slice(0, 10)));
      expect([again.status, again.headers.get('range')]).toEqual([416, '0-9']);
      const putEarly = await client.send(
        'PUT',
        withDigest(location, digestOf(bytes)),
        chunk(20, bytes.slice(20)),
      );
      expect(putEarly.status).toBe(416);
      const bad = { body: 'x', headers: { ...OCTETS, 'content-range': 'all of it' } };
      expect((await client.send('PATCH', location, bad)).status).toBe(416);
      const last = await client.send(
        'PUT',
        withDigest(location, digestOf(bytes)),
        chunk(10, bytes.slice(10)),
      );
      expect(last.status).toBe(201);
      await expectBlob(digestOf(bytes), bytes);
    });

    test('refuses a blob that is not what it says', async () => {
      const { client, repository } = where();
      const location = await client.start(repository);
      const answer = await client.send('PUT', withDigest(location, NOBODY), {
        body: 'else',
        headers: OCTETS,
      });
      expect([answer.status, await errorCode(answer)]).toEqual([400, 'DIGEST_INVALID']);
      expect((await client.send('HEAD', `/v2/${repository}/blobs/${NOBODY}`)).status).toBe(404);
    });

    test.each(['', 'sha256:abc', 'md5:d41d8cd98f00b204e9800998ecf8427e'])(
      'refuses the digest "%s"',
      async (digest) => {
        const { client, repository } = where();
        const answer = await client.send('PUT', withDigest(await client.start(repository), digest));
        expect(answer.status).toBe(400);
      },
    );

    test('knows no upload after it was cancelled', async () => {
      const { client, repository } = where();
      const location = await client.start(repository);
      expect((await client.send('DELETE', location)).status).toBe(204);
      const gone = await client.send('GET', location);
      expect([gone.status, await errorCode(gone)]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
    });

    test('mounts a blob of another repository', async () => {
      const { client, repository, other } = where();
      const bytes = `mount ${randomUUID()}`;
      const digest = await client.push(other, bytes);
      const path = `/v2/${repository}/blobs/uploads/?mount=${digest}&from=${other}`;
      const answer = await client.send('POST', path);
      expect(answer.status).toBe(201);
      expect(answer.headers.get('location')).toContain(`/v2/${repository}/blobs/${digest}`);
      await expectBlob(digest, bytes);
    });

    testIf(has('anonymous-mount'))('mounts a blob wherever it is', async () => {
      const { client, repository, other } = where();
      const bytes = `anywhere ${randomUUID()}`;
      const digest = await client.push(other, bytes);
      expect((await client.send('POST', `/v2/${repository}/blobs/uploads/?mount=${digest}`)).status).toBe(
        201,
      );
      await expectBlob(digest, bytes);
    });

    test('begins an upload where there is nothing to mount', async () => {
      const { client, repository, other } = where();
      const path = `/v2/${repository}/blobs/uploads/?mount=${NOBODY}&from=${other}`;
      const answer = await client.send('POST', path);
      expect(answer.status).toBe(202);
      expect(answer.headers.get('location')).toContain('/blobs/uploads/');
    });

    test('refuses a manifest whose blobs are not there', async () => {
      const { client, repository } = where();
      const { manifest } = await client.pushImage(repository, 'whole');
      const broken = { ...manifest, config: { ...manifest.config, digest: NOBODY } };
      const answer = await client.putManifest(repository, 'broken', broken);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(await errorCode(answer)).toBe('MANIFEST_BLOB_UNKNOWN');
      expect(
        (await client.send('HEAD', `/v2/${repository}/manifests/broken`, { headers: ACCEPT })).status,
      ).toBe(404);
    });

    test('refuses what is no manifest, and one under a wrong digest', async () => {
      const { client, repository } = where();
      const headers = { 'content-type': MEDIA_TYPES.ociManifest };
      const path = `/v2/${repository}/manifests/bad`;
      expect((await client.send('PUT', path, { body: 'no JSON', headers })).status).toBe(400);
      expect((await client.send('PUT', path, { body: '{"schemaVersion":2}', headers })).status).toBe(400);
      const { manifest } = await client.pushImage(repository, 'whole');
      expect((await client.putManifest(repository, NOBODY, manifest)).status).toBe(400);
    });

    test('takes an index over manifests, and one of indexes', async () => {
      const { client, repository } = where();
      const inner = await client.pushImage(repository, 'amd64');
      const index = indexOf([{ ...describeBytes(inner.bytes), mediaType: MEDIA_TYPES.ociManifest }]);
      expect((await client.putManifest(repository, 'multi', index)).status).toBe(201);
      const outer = indexOf([{ ...describeBytes(JSON.stringify(index)), mediaType: MEDIA_TYPES.ociIndex }]);
      expect((await client.putManifest(repository, 'nested', outer)).status).toBe(201);
      const got = await client.send('GET', `/v2/${repository}/manifests/nested`, { headers: ACCEPT });
      expect([got.headers.get('content-type'), await got.text()]).toEqual([
        MEDIA_TYPES.ociIndex,
        JSON.stringify(outer),
      ]);
    });

    test('moves a tag', async () => {
      const { client, repository } = where();
      await client.pushImage(repository, 'moving');
      const second = await client.pushImage(repository, 'moving');
      const head = await client.send('HEAD', `/v2/${repository}/manifests/moving`, { headers: ACCEPT });
      expect(head.headers.get('docker-content-digest')).toBe(second.digest);
    });

    testIf(has('tag-parameter'))('tags a manifest that is sent by its digest', async () => {
      const { client, repository } = where();
      const { manifest, digest } = await client.pushImage(repository, 'first');
      const answer = await client.putManifest(repository, `${digest}?tag=second&tag=third`, manifest);
      expect([answer.status, answer.headers.get('oci-tag')]).toEqual([201, 'second, third']);
      const head = await client.send('HEAD', `/v2/${repository}/manifests/third`, { headers: ACCEPT });
      expect(head.headers.get('docker-content-digest')).toBe(digest);
    });
  });
}

function indexOf(manifests: readonly object[]) {
  return { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
}

function describeBytes(bytes: string) {
  return { digest: digestOf(bytes), size: bytes.length, platform: { architecture: 'amd64', os: 'linux' } };
}

function discoveryTests(where: Where, has: Has): void {
  describe('content discovery', () => {
    const TAGS = ['0.9', '1.0', 'Zeta', 'alpha', 'beta'];
    let repository: string;
    let image: TestImage;
    beforeAll(async () => {
      const { client } = where();
      repository = `conformance/tags-${randomUUID()}`;
      image = await client.pushImage(repository, 'beta');
      for (const tag of TAGS) await client.putManifest(repository, tag, image.manifest);
    });
    const list = async (query: string) => {
      const answer = await where().client.send('GET', `/v2/${repository}/tags/list${query}`);
      expect(answer.status).toBe(200);
      const { name, tags } = (await answer.json()) as { name: string; tags: string[] };
      expect(name).toBe(repository);
      return { tags, next: /<([^>]*)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1] };
    };

    testIf(has('tag-pages'))('lists tags in order', async () => {
      expect(await list('')).toEqual({ tags: TAGS, next: undefined });
    });

    testIf(has('tag-pages'))('lists tags page by page', async () => {
      const seen: string[] = [];
      let query: string | undefined = '?n=2';
      for (let pages = 0; query !== undefined && pages < 9; pages += 1) {
        const { tags, next } = await list(query);
        seen.push(...tags);
        query = next === undefined ? undefined : new URL(next, 'http://registry').search;
      }
      expect(seen).toEqual(TAGS);
    });

    testIf(has('tag-pages'))('lists what comes after a tag, whether that is there or not', async () => {
      expect((await list('?last=Zeta')).tags).toEqual(['alpha', 'beta']);
      expect((await list('?n=2&last=1')).tags).toEqual(['1.0', 'Zeta']);
    });

    testIf(has('tag-pages'))(
      'lists no tags when none are wanted, and refuses what is no number',
      async () => {
        expect(await list('?n=0')).toEqual({ tags: [], next: undefined });
        expect((await where().client.send('GET', `/v2/${repository}/tags/list?n=x`)).status).toBe(400);
      },
    );

    test('lists repositories', async () => {
      const answer = await where().client.send('GET', '/v2/_catalog');
      const { repositories } = (await answer.json()) as { repositories: string[] };
      expect(repositories).toContain(repository);
      expect(repositories).toEqual([...repositories].sort());
    });

    describeIf(has('referrers'))('referrers', () => {
      const referrersOf = async (subject: string, query = '') => {
        const answer = await where().client.send('GET', `/v2/${repository}/referrers/${subject}${query}`);
        expect([answer.status, answer.headers.get('content-type')]).toEqual([200, MEDIA_TYPES.ociIndex]);
        const index = (await answer.json()) as {
          schemaVersion: number;
          manifests: Record<string, unknown>[];
        };
        expect(index.schemaVersion).toBe(2);
        return { manifests: index.manifests, filters: answer.headers.get('oci-filters-applied') };
      };
      const refer = async (subject: Digest, artifactType: string) => {
        const manifest = {
          ...image.manifest,
          artifactType,
          subject: { mediaType: MEDIA_TYPES.ociManifest, digest: subject, size: 1 },
          annotations: { about: artifactType },
        };
        const digest = digestOf(JSON.stringify(manifest));
        const answer = await where().client.putManifest(repository, digest, manifest);
        expect([answer.status, answer.headers.get('oci-subject')]).toEqual([201, subject]);
        return {
          digest,
          mediaType: MEDIA_TYPES.ociManifest,
          artifactType,
          annotations: { about: artifactType },
        };
      };

      test('are listed with their kind and annotations, and by kind', async () => {
        const one = await refer(image.digest, 'application/vnd.test.one');
        const two = await refer(image.digest, 'application/vnd.test.two');
        const all = await referrersOf(image.digest);
        expect(all.manifests).toEqual([expect.objectContaining(one), expect.objectContaining(two)]);
        expect(all.filters).toBeNull();
        const filtered = await referrersOf(image.digest, '?artifactType=application/vnd.test.two');
        expect(filtered.manifests).toEqual([expect.objectContaining(two)]);
        expect(filtered.filters).toBe('artifactType');
      });

      test('may come before what they refer to; without any the list is empty', async () => {
        expect((await referrersOf(digestOf('later'))).manifests).toEqual([]);
        const early = await refer(digestOf('later'), 'application/vnd.test.early');
        expect((await referrersOf(digestOf('later'))).manifests).toEqual([expect.objectContaining(early)]);
      });

      test('of an image that names no kind have that of their configuration', async () => {
        const subject = digestOf('subject of an image');
        const manifest = {
          ...image.manifest,
          subject: { mediaType: MEDIA_TYPES.ociManifest, digest: subject, size: 1 },
        };
        await where().client.putManifest(repository, digestOf(JSON.stringify(manifest)), manifest);
        expect((await referrersOf(subject)).manifests[0]).toMatchObject({
          artifactType: MEDIA_TYPES.ociConfig,
        });
      });

      test('are not listed for what is no digest', async () => {
        expect((await where().client.send('GET', `/v2/${repository}/referrers/sha256:no`)).status).toBe(400);
      });
    });
  });
}

function managementTests(where: Where, has: Has): void {
  describe('content management', () => {
    test('deletes a manifest, and with it its tags', async () => {
      const { client } = where();
      const repository = `conformance/delete-${randomUUID()}`;
      const { digest, manifest } = await client.pushImage(repository, 'one');
      await client.putManifest(repository, 'two', manifest);
      expect((await client.send('DELETE', `/v2/${repository}/manifests/${digest}`)).status).toBe(202);
      for (const reference of [digest, 'one', 'two'])
        expect(
          (await client.send('GET', `/v2/${repository}/manifests/${reference}`, { headers: ACCEPT })).status,
        ).toBe(404);
      expect((await client.send('DELETE', `/v2/${repository}/manifests/${digest}`)).status).toBe(404);
    });

    testIf(has('tag-delete'))('deletes a tag, and leaves the manifest', async () => {
      const { client } = where();
      const repository = `conformance/untag-${randomUUID()}`;
      const { digest } = await client.pushImage(repository, 'one');
      expect((await client.send('DELETE', `/v2/${repository}/manifests/one`)).status).toBe(202);
      expect((await client.send('GET', `/v2/${repository}/manifests/one`, { headers: ACCEPT })).status).toBe(
        404,
      );
      expect(
        (await client.send('GET', `/v2/${repository}/manifests/${digest}`, { headers: ACCEPT })).status,
      ).toBe(200);
      expect((await client.send('DELETE', `/v2/${repository}/manifests/one`)).status).toBe(404);
    });

    test('deletes a blob', async () => {
      const { client, repository } = where();
      const digest = await client.push(repository, `going ${randomUUID()}`);
      expect((await client.send('DELETE', `/v2/${repository}/blobs/${digest}`)).status).toBe(202);
      expect((await client.send('HEAD', `/v2/${repository}/blobs/${digest}`)).status).toBe(404);
      expect((await client.send('DELETE', `/v2/${repository}/blobs/${NOBODY}`)).status).toBe(404);
    });
  });
}
