import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EngineClient } from '../engine/client.ts';
import { BuildFeed } from './feed.ts';
import type { EndedBuild } from './protocol.ts';

/* An engine that tells what the test wants, as a learner's may. */

let folder: string;
let http: Server;
let engine: EngineClient;
let feed: BuildFeed;
let streams: ServerResponse[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-builds-'));
  streams = [];
  http = createServer((_request, response) => {
    response.flushHeaders();
    streams.push(response);
  });
  await new Promise<void>((resolve) => http.listen(join(folder, 'engine.sock'), resolve));
  engine = new EngineClient(join(folder, 'engine.sock'));
  feed = new BuildFeed(engine);
});

afterEach(async () => {
  feed.close();
  engine.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const told = (id: string, rest: object = {}) => ({
  build: { id, state: 'done', error: '', line: 0, dockerfile: 'FROM a\n', ...rest },
});

async function say(...lines: object[]): Promise<void> {
  await expect.poll(() => streams.length).toBeGreaterThan(0);
  for (const line of lines) streams.at(-1)?.write(`${JSON.stringify(line)}\n`);
}

function follow(): EndedBuild[] {
  const heard: EndedBuild[] = [];
  feed.follow((build) => heard.push(build));
  return heard;
}

test('a build is told once, when it has ended, to whoever follows and to whoever comes later', async () => {
  const heard = follow();
  const failed = { state: 'failed', error: 'no', line: 3 };
  await say(told('1', { state: 'running' }), { transfer: {} }, told('1', failed), told('1', failed));
  await say(told('2'));
  const all = [
    { id: '1', dockerfile: 'FROM a\n', problem: { line: 3, message: 'no' } },
    { id: '2', dockerfile: 'FROM a\n' },
  ];
  await expect.poll(() => heard).toEqual(all);
  expect(follow()).toEqual(all);
});

test('nobody is told what no engine tells', async () => {
  const heard = follow();
  await say(told('1', { dockerfile: 'x'.repeat(40_000) }), told('2', { line: -1 }), told('3'));
  await expect.poll(() => heard.map(({ id }) => id)).toEqual(['3']);
});

test('of a flood the last ones are told', async () => {
  const heard = follow();
  await say(...Array.from({ length: 500 }, (_, i) => told(String(i))));
  await expect.poll(() => heard.at(-1)?.id).toBe('499');
  expect(heard.length).toBeLessThan(100);
});

test('the engine is asked only while somebody follows', async () => {
  const listener = () => undefined;
  feed.follow(listener);
  await expect.poll(() => streams.length).toBe(1);
  feed.leave(listener);
  await expect.poll(() => streams[0]?.destroyed).toBe(true);
});
