import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EngineClient } from '../engine/client.ts';
import { MapFeed } from './feed.ts';
import type { MapChange } from './protocol.ts';

/* An engine that answers what the test wants, as a learner's may. */

const hex = (digit: string) => digit.repeat(64);
const digest = (digit: string) => `sha256:${hex(digit)}`;
const layerOf = (digit: string) => ({
  chainId: digest(digit),
  diffId: digest(digit),
  size: 5,
  createdBy: 'RUN x',
});

let folder: string;
let http: Server;
let engine: EngineClient;
let feed: MapFeed;
let answers: Record<string, unknown>;
let streams: ServerResponse[];
let asked: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-feed-'));
  const path = join(folder, 'engine.sock');
  [streams, asked] = [[], []];
  answers = {
    '/slipway/map/images': {
      images: [{ id: digest('a'), parent: '', tags: ['web:1'], digests: [], created: 1 }],
      total: 1,
    },
    '/slipway/map/stacks': [{ id: digest('a'), container: '', layers: [layerOf('b')] }],
    '/v1.41/containers/json': [],
    '/v1.41/volumes': { Volumes: null },
    '/v1.41/networks': [],
  };
  http = createServer((request, response) => {
    const route = (request.url ?? '').split('?')[0] ?? '';
    asked.push(route);
    if (route === '/v1.41/events' || route === '/slipway/map/activity') {
      response.flushHeaders();
      streams.push(response);
    } else response.end(JSON.stringify(answers[route]));
  });
  await new Promise<void>((resolve) => http.listen(path, resolve));
  engine = new EngineClient(path);
  feed = new MapFeed(engine);
});

afterEach(async () => {
  feed.close();
  engine.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  await rm(folder, { recursive: true });
});

const happens = () => {
  const event = { Type: 'volume', Action: 'create', Actor: { ID: 'v', Attributes: {} } };
  for (const stream of streams) stream.write(`${JSON.stringify(event)}\n`);
};

test('tells what is there, and then what is new', async () => {
  const changes: MapChange[] = [];
  const { state } = await feed.open((change) => changes.push(change));
  expect(state.images).toMatchObject([{ tags: ['web:1'], layers: ['b'.repeat(20)] }]);
  expect(state.layers).toMatchObject([{ diffId: digest('b'), size: 5 }]);
  await expect.poll(() => streams.length).toBe(2);
  answers['/v1.41/volumes'] = { Volumes: [{ Name: 'data', Driver: 'local' }] };
  happens();
  await expect
    .poll(() => changes.map(({ tables }) => tables.volumes?.set), { timeout: 10_000 })
    .toEqual([[{ id: 'data', driver: 'local' }]]);
  // What an image is made of was asked for once.
  expect(asked.filter((route) => route === '/slipway/map/stacks')).toHaveLength(1);
});

test('a page that comes later gets the moments from before', async () => {
  const changes: MapChange[] = [];
  await feed.open((change) => changes.push(change));
  await expect.poll(() => streams.length).toBe(2);
  answers['/v1.41/volumes'] = { Volumes: [{ Name: 'data', Driver: 'local' }] };
  happens();
  await expect.poll(() => changes.length, { timeout: 10_000 }).toBe(1);
  const later = await feed.open(() => undefined);
  expect(later.state.volumes).toEqual([]);
  expect(later.changes.map(({ tables }) => tables.volumes?.set.map(({ id }) => id))).toEqual([['data']]);
});

test('nobody is asked for a map that nobody looks at', async () => {
  const listener = () => undefined;
  await feed.open(listener);
  await expect.poll(() => streams.length).toBe(2);
  feed.leave(listener);
  await expect.poll(() => streams.every(({ destroyed }) => destroyed)).toBe(true);
});

test.each<[string, string, unknown]>([
  [
    'ids that are none',
    '/slipway/map/images',
    { images: [{ id: '../x', parent: '', tags: [], digests: [], created: 1 }] },
  ],
  [
    'more than there can be',
    '/slipway/map/images',
    { images: Array.from({ length: 501 }, () => ({ id: digest('a') })) },
  ],
  ['something else', '/v1.41/containers/json', { message: 'no' }],
  [
    'sizes below zero',
    '/slipway/map/stacks',
    [{ id: digest('a'), container: '', layers: [{ ...layerOf('b'), size: -1 }] }],
  ],
])('an engine that tells %s is refused', async (_, route, answer) => {
  answers[route] = answer;
  await expect(feed.open(() => undefined)).rejects.toThrow();
});

test('long texts are cut', async () => {
  const container = {
    Id: hex('c'),
    Names: ['/x'.repeat(5000)],
    Image: 'i',
    ImageID: digest('a'),
    Command: 'y'.repeat(9000),
  };
  answers['/v1.41/containers/json'] = [{ ...container, State: 'running', Status: 'Up' }];
  const { state } = await feed.open(() => undefined);
  expect(JSON.stringify(state.containers).length).toBeLessThan(1000);
});
