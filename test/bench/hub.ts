import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { performance } from 'node:perf_hooks';

import { MEDIA_TYPES } from '../../sandbox/oci/descriptor.ts';
import { rawClient } from '../../sandbox/registry/testing/client.ts';
import { findDockerRegistry, startDockerRegistry } from '../../sandbox/registry/testing/docker-registry.ts';
import { startRegistryProcess } from '../../sandbox/registry/testing/process.ts';
import { settings } from '../settings.ts';
import { makeFolder } from './folder.ts';
import { proportionalSet } from './memory.ts';
import type { Result } from './table.ts';

const CLIENTS = 100;
const PULLS = 400;
const LAYER_BYTES = 64 * 1024;
const ROUNDS = 3;
const SAMPLE_MS = 100;

interface Load {
  readonly ms: number;
  /** The most it took, proportional set. */
  readonly mib: number;
}

const TITLES = {
  time: `hub: ${PULLS} pulls by ${CLIENTS} clients (3 requests each)`,
  memory: `hub: memory while ${CLIENTS} clients pull`,
};

/** Our registry and Debian's docker-registry, each as a process of its own, under the same load in turns. */
export async function measureHub(filter: string): Promise<Result[]> {
  if (!Object.values(TITLES).some((title) => title.includes(filter))) return [];
  const folder = makeFolder();
  const program = findDockerRegistry(settings.dataDir);
  const ours = await startRegistryProcess(folder, settings.project);
  const other = program === undefined ? undefined : await startDockerRegistry(program);
  try {
    const loads: { ours: Load; other?: Load }[] = [];
    for (const target of [ours, other]) if (target) await pushImage(target.url);
    for (let round = 0; round < ROUNDS; round += 1) {
      const mine = await load(ours);
      loads.push(other ? { ours: mine, other: await load(other) } : { ours: mine });
    }
    const middle = (figures: number[]) =>
      figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? NaN;
    const result = (title: string, unit: Result['unit'], pick: (each: Load) => number): Result => ({
      title,
      unit,
      slipway: middle(loads.map((each) => pick(each.ours))),
      peers: other
        ? [
            {
              name: 'docker-registry',
              outcome: middle(loads.flatMap((each) => (each.other ? [pick(each.other)] : []))),
            },
          ]
        : [],
      aim: '–',
    });
    return [result(TITLES.time, 'ms', ({ ms }) => ms), result(TITLES.memory, 'MiB', ({ mib }) => mib)];
  } finally {
    await ours.kill();
    await other?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const REPOSITORY = 'bench/image';

async function pushImage(url: string): Promise<void> {
  const client = rawClient(url);
  const bytes = randomBytes(LAYER_BYTES);
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux' });
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: {
      mediaType: MEDIA_TYPES.ociConfig,
      digest: await client.push(REPOSITORY, config),
      size: config.length,
    },
    layers: [
      {
        mediaType: MEDIA_TYPES.ociLayerGzip,
        digest: await client.push(REPOSITORY, bytes),
        size: bytes.byteLength,
      },
    ],
  };
  await client.putManifest(REPOSITORY, 'latest', manifest);
}

async function load({ url, pid }: { readonly url: string; readonly pid: number }): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  let mib = 0;
  const sample = () =>
    (mib = Math.max(
      mib,
      proportionalSet((each) => each === pid),
    ));
  const timer = setInterval(sample, SAMPLE_MS);
  let left = PULLS;
  const started = performance.now();
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await pull(url, agent);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const ms = performance.now() - started;
  clearInterval(timer);
  sample();
  agent.destroy();
  return { ms, mib };
}

async function pull(url: string, agent: Agent): Promise<void> {
  const manifest = await fetchBytes(`${url}/v2/${REPOSITORY}/manifests/latest`, agent);
  const { config, layers } = JSON.parse(manifest.toString()) as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  for (const { digest } of [config, ...layers])
    await fetchBytes(`${url}/v2/${REPOSITORY}/blobs/${digest}`, agent);
}

function fetchBytes(url: string, agent: Agent): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const outgoing = get(url, { agent, headers: { accept: MEDIA_TYPES.ociManifest } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new Error(`${url} was answered ${answer.statusCode ?? 0}`));
      });
    });
    outgoing.on('error', reject);
  });
}
