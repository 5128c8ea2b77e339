import { createServer, type Server, type ServerResponse } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ANSWER_MAX_BYTES, EngineClient, EngineRefused, EngineUnavailable } from './client.ts';
import { boundedLines, paced } from './bounded.ts';
import { TerminalInfo } from './schemas.ts';

let folder: string;
let http: Server;
let client: EngineClient;
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-client-'));
  const path = join(folder, 'engine.sock');
  http = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => http.listen(path, resolve));
  client = new EngineClient(path);
});

afterEach(async () => {
  client.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  await rm(folder, { recursive: true });
});

const Thing = z.object({ name: z.string() });
const get = () => client.get('/thing', Thing);

test('what fits the schema is an answer, without what nobody asked for', async () => {
  answer = (response) => response.end('{"name": "x", "more": 1}');
  expect(await get()).toEqual({ name: 'x' });
});

test.each(['{"name": 5}', 'no json', ''])('%j is none', async (text) => {
  answer = (response) => response.end(text);
  await expect(get()).rejects.toThrow(EngineUnavailable);
});

test('an error of the engine keeps its status and a bounded message', async () => {
  answer = (response) => response.writeHead(404).end(JSON.stringify({ message: 'x'.repeat(10_000) }));
  const error = await get().catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(EngineRefused);
  expect(error).toMatchObject({ status: 404, message: 'x'.repeat(500) });
});

test('an answer without end is cut off', async () => {
  let sent = 0;
  answer = (response) => {
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536;
    };
    response.on('drain', more);
    more();
  };
  await expect(get()).rejects.toThrow('larger than');
  expect(sent).toBeLessThan(2 * ANSWER_MAX_BYTES);
});

test('closing ends what is under way', async () => {
  answer = () => undefined;
  const asked = get();
  setTimeout(() => client.close(), 20);
  await expect(asked).rejects.toThrow(EngineUnavailable);
});

test('an upgrade that is refused says why', async () => {
  answer = (response) => response.writeHead(409).end('{"message": "busy"}');
  await expect(client.upgrade('/x')).rejects.toThrow(EngineRefused);
});

test('a line without end ends the stream', async () => {
  answer = (response) => {
    response.write('{"a":1}\n{"b":\n2}\n\n');
    response.write('x'.repeat(200));
  };
  const stream = await client.stream('/events', new AbortController().signal);
  const lines: string[] = [];
  const read = async () => {
    for await (const line of boundedLines(stream, 100)) lines.push(line);
  };
  await expect(read()).rejects.toThrow('longer than 100 bytes');
  expect(lines.slice(0, 1)).toEqual(['{"a":1}']);
});

test('a machine of very many parts is refused before each one of them is looked at', async () => {
  answer = (response) => response.end(`[${'0,'.repeat(ANSWER_MAX_BYTES / 2 - 10)}0]`);
  const begunMs = performance.now();
  await expect(client.get('/many', z.array(Thing))).rejects.toThrow(EngineUnavailable);
  expect(performance.now() - begunMs).toBeLessThan(2000);
});

test('a small question takes a small answer', async () => {
  answer = (response) => response.end(`{"name": "${'x'.repeat(2000)}"}`);
  await expect(client.get('/thing', Thing, { maxBytes: 1000 })).rejects.toThrow('larger than 1000');
  expect((await client.get('/thing', Thing, { maxBytes: 3000 })).name).toHaveLength(2000);
});

test('an engine that switches protocols unasked, or hangs up, has not answered', async () => {
  answer = (response) =>
    response.socket?.write('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
  await expect(get()).rejects.toThrow(EngineUnavailable);
  answer = (response) => response.socket?.end();
  await expect(get()).rejects.toThrow(EngineUnavailable);
});

test('a terminal larger than any that the server makes is no terminal', () => {
  const info = { id: 't', offset: 0, columns: 80, rows: 24 };
  expect(TerminalInfo.safeParse(info).success).toBe(true);
  for (const wrong of [{ columns: 1e9 }, { rows: 1e9 }, { columns: -1 }, { rows: 0.5 }, { offset: -1 }])
    expect(TerminalInfo.safeParse({ ...info, ...wrong }).success).toBe(false);
});

test('a flood is read at a pace', async () => {
  answer = (response) => {
    const more = () => {
      while (!response.destroyed && response.write('\n'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  };
  const gone = new AbortController();
  const stream = await client.stream('/events', gone.signal);
  let bytes = 0;
  setTimeout(() => gone.abort(), 500);
  const read = async () => {
    for await (const chunk of paced(stream, { bytes: 65_536, restMs: 50 })) bytes += chunk.length;
  };
  await expect(read()).rejects.toThrow();
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(2 * 1024 * 1024);
});
