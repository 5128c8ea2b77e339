import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../sandbox/oci/digest.ts';
import { registryConformance } from '../sandbox/registry/conformance.ts';
import {
  OCTETS,
  rawClient,
  withDigest,
  type RawClient,
  type TestImage,
} from '../sandbox/registry/testing/client.ts';
import {
  findDockerRegistry,
  startDockerRegistry,
  type DockerRegistry,
} from '../sandbox/registry/testing/docker-registry.ts';
import { startRegistryProcess, type RegistryProcess } from '../sandbox/registry/testing/process.ts';
import { Upstream } from '../server/hub/upstream.ts';
import { settings } from './settings.ts';

const program = findDockerRegistry(settings.dataDir);
const REASON = 'There is no docker-registry: run `npx slipway setup --tests`.';
if (program === undefined && settings.ci) throw new Error(REASON);
if (program === undefined) console.warn(REASON);

if (program !== undefined) {
  registryConformance('the reference implementation', {
    start: () => startDockerRegistry(program),
    // Version 2.8 is older than these parts of the specification.
    lacks: [
      'anonymous-mount',
      'chunk-order',
      'post-blob',
      'referrers',
      'tag-delete',
      'tag-pages',
      'tag-parameter',
    ],
  });
}

describe.skipIf(program === undefined)('images of another registry', () => {
  let other: DockerRegistry;
  let client: RawClient;
  let counter: Counter;
  let folder: string;
  let upstream: Upstream;

  beforeAll(async () => {
    other = await startDockerRegistry(program ?? '');
    client = rawClient(other.url);
    counter = await startCounter(other.url);
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-upstream-'));
    upstream = open();
    counter.requests.length = 0;
    counter.up = true;
  });
  afterEach(async () => {
    upstream.close();
    await rm(folder, { recursive: true });
  });
  afterAll(async () => {
    counter.close();
    await other.close();
  });

  const open = (cacheBytes = 1024 ** 2) => new Upstream({ url: counter.url, folder, cacheBytes, tagMs: 0 });
  const pull = async (name: string, tag: string) => {
    const manifest = await upstream.manifest(name, tag);
    if (!manifest) return undefined;
    const { layers, config } = JSON.parse(Buffer.from(manifest.bytes).toString()) as {
      layers: { digest: `sha256:${string}` }[];
      config: { digest: string };
    };
    const blobs = await Promise.all(
      [config, ...layers].map(({ digest }) => upstream.blob(name, digest as never)),
    );
    return { digest: manifest.digest, blobs };
  };

  test('are fetched once, however many want them at once', async () => {
    const { digest, manifest } = await client.pushImage('library/tool', '1.0');
    const pulls = await Promise.all(Array.from({ length: 200 }, () => pull('library/tool', '1.0')));
    expect(new Set(pulls.map((each) => each?.digest))).toEqual(new Set([digest]));
    for (const { blobs } of pulls.filter((each) => each !== undefined))
      expect(blobs).not.toContain(undefined);
    for (const wanted of [digest, manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)])
      expect(counter.requests.filter((each) => each.startsWith('GET') && each.endsWith(wanted))).toHaveLength(
        1,
      );
  });

  test('are there when the other registry is not, also after a restart', async () => {
    const { digest } = await client.pushImage('library/tool', '2.0');
    await pull('library/tool', '2.0');
    upstream.close();
    upstream = open();
    counter.up = false;
    expect((await pull('library/tool', '2.0'))?.digest).toBe(digest);
    await expect(upstream.manifest('library/tool', '3.0')).rejects.toThrow(
      /^the lab does not have this image, and 127\.0\.0\.1:\d+ could not be asked for it: /,
    );
  });

  test('are what a tag stands for now', async () => {
    await client.pushImage('library/moving', 'latest');
    await pull('library/moving', 'latest');
    const { digest } = await client.pushImage('library/moving', 'latest');
    expect((await pull('library/moving', 'latest'))?.digest).toBe(digest);
  });

  test('are none where the other registry has none', async () => {
    expect(await upstream.manifest('library/none', 'latest')).toBeUndefined();
    expect(await upstream.manifest('library/none', digestOf('none'))).toBeUndefined();
    const { layer } = await client.pushImage('library/other', 'latest');
    // A blob that no image of the name has that was asked for.
    expect(await upstream.blob('library/tool', layer)).toBeUndefined();
  });

  test('make room for others, the least recently used first', async () => {
    upstream.close();
    upstream = open(1500);
    const images: TestImage[] = [];
    for (const tag of ['a', 'b', 'c', 'd', 'e']) images.push(await client.pushImage('library/many', tag));
    for (const tag of ['a', 'b', 'c', 'd', 'e']) await pull('library/many', tag);
    const kept = await readdir(path.join(folder, 'blobs'));
    expect(kept.some((each) => images[0]?.digest.endsWith(each) === true)).toBe(false);
    expect(kept.some((each) => images[4]?.digest.endsWith(each) === true)).toBe(true);
    expect((await pull('library/many', 'a'))?.digest).toBe(images[0]?.digest);
  });

  test('are refused when they are not what their digest says', async () => {
    const { digest, layer } = await client.pushImage('library/tampered', 'latest');
    await upstream.manifest('library/tampered', digest);
    counter.tamper = layer;
    await expect(upstream.blob('library/tampered', layer)).rejects.toThrow('could not be asked for it');
    counter.tamper = undefined;
    expect(await upstream.blob('library/tampered', layer)).toMatchObject({ digest: layer });
  });
});

interface Counter {
  readonly url: string;
  readonly requests: string[];
  up: boolean;
  /** A blob that is handed on with its first byte changed. */
  tamper: string | undefined;
  close(): void;
}

/** Hands on what it is asked, and counts. */
async function startCounter(target: string): Promise<Counter> {
  const requests: string[] = [];
  const server: Server = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
    if (!counter.up) {
      incoming.socket.destroy();
      return;
    }
    const { method, headers, url } = incoming;
    const tampered = counter.tamper !== undefined && url?.endsWith(counter.tamper) === true;
    const onward = request(`${target}${url ?? ''}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      if (!tampered) {
        answer.pipe(outgoing);
        return;
      }
      answer.once('data', (chunk: Buffer) => {
        chunk[0] = (chunk[0] ?? 0) ^ 1;
        outgoing.end(chunk);
      });
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const counter: Counter = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    up: true,
    tamper: undefined,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return counter;
}

describe('a registry that is killed', () => {
  let folder: string;
  let registry: RegistryProcess | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-registry-kill-'));
  });
  afterAll(async () => {
    await registry?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  const boot = async (): Promise<RawClient> => {
    registry = await startRegistryProcess(folder, settings.project);
    return rawClient(registry.url);
  };

  test('has whole images only, and goes on with uploads', async () => {
    const bytes = Buffer.alloc(8 * 1024 ** 2, 'x');
    let client = await boot();
    const whole = await client.pushImage('anna/whole', 'latest');
    const location = await client.start('anna/tool');
    // As slowly as it takes to be killed in the middle.
    let sent = 0;
    const slow = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        controller.enqueue(bytes.subarray(sent, sent + 65_536));
        sent += 65_536;
        if (sent === 40 * 65_536) void registry?.kill();
        if (sent >= bytes.byteLength) controller.close();
      },
    });
    await expect(client.send('PATCH', location, { body: slow, headers: OCTETS })).rejects.toThrow();

    client = await boot();
    const names = (await (await client.send('GET', '/v2/_catalog')).json()) as { repositories: string[] };
    expect(names.repositories).toEqual(['anna/whole']);
    const head = await client.send('HEAD', '/v2/anna/whole/manifests/latest');
    expect(head.headers.get('docker-content-digest')).toBe(whole.digest);
    expect((await readdir(path.join(folder, 'data/blobs/sha256'))).length).toBe(3);
    const state = await client.send('GET', location);
    const received = Number(/^0-(\d+)$/.exec(state.headers.get('range') ?? '')?.[1]) + 1;
    expect(received).toBeGreaterThan(1);
    const rest = {
      body: bytes.subarray(received),
      headers: { ...OCTETS, 'content-range': `${received}-${bytes.byteLength - 1}` },
    };
    expect((await client.send('PUT', withDigest(location, digestOf(bytes)), rest)).status).toBe(201);
  });
});
