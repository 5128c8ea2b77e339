import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { buffer, json, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTestCatalog } from '../image/testing.ts';
import type { TerminalInfo } from './routes.ts';
import type { TestEngine } from './testing.ts';
import { startTestEngine } from './testing.ts';

/** Namespaces and mounts need root; everything here runs in namespaces of its own. */
const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)('an engine by itself', () => {
  let catalog = '';
  let engine: TestEngine;

  beforeAll(async () => {
    catalog = await mkdtemp(join(tmpdir(), 'slipway-catalog-'));
    await makeTestCatalog(catalog);
    engine = await startTestEngine({ catalog });
    await text(await call('POST', '/images/create?fromImage=busybox&tag=latest'));
  }, 60_000);

  afterAll(async () => {
    await engine.close();
    await rm(catalog, { recursive: true, force: true });
  });

  function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const content = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const data = body === undefined ? undefined : JSON.stringify(body);
    const length = data === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(data)) };
    const sent = request({
      socketPath: engine.control,
      method,
      path,
      headers: { ...content, ...length, ...headers },
      // A connection that was kept would still lead to the engine of before a crash.
      agent: false,
    });
    sent.end(data);
    return sent;
  }

  function call(method: string, path: string, body?: unknown): Promise<IncomingMessage> {
    return new Promise((resolve, reject) =>
      send(method, path, body).on('response', resolve).on('error', reject),
    );
  }

  function upgrade(path: string, body?: unknown): Promise<{ answer: IncomingMessage; stream: Duplex }> {
    return new Promise((resolve, reject) =>
      send('POST', path, body, { Connection: 'Upgrade', Upgrade: 'tcp' })
        .on('upgrade', (answer, stream, head) => {
          stream.unshift(head);
          resolve({ answer, stream });
        })
        .on('error', reject),
    );
  }

  async function create(config: object): Promise<string> {
    const answer = await call('POST', '/v1.41/containers/create', { Image: 'busybox', ...config });
    expect(answer.statusCode).toBe(201);
    return ((await json(answer)) as { Id: string }).Id;
  }

  async function exitCode(id: string): Promise<number> {
    const answer = await call('POST', `/containers/${id}/wait`);
    return ((await json(answer)) as { StatusCode: number }).StatusCode;
  }

  test.each([
    ['GET', '/_ping', 200],
    ['GET', '/v1.41/version', 200],
    ['GET', '/v9.99/version', 400],
    ['GET', '/nothing', 404],
    ['GET', '/containers/none/json', 404],
    ['GET', '/slipway/ready', 204],
    ['POST', '/slipway/tunnel?port=1', 502],
  ])('%s %s answers %i', async (method, path, status) => {
    const answer = await call(method, path);
    answer.resume();
    expect(answer.statusCode).toBe(status);
  });

  test('input of a container comes back byte for byte, and its exit code is told', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'cat; exit 3'], OpenStdin: true, StdinOnce: true });
    const { stream } = await upgrade(`/containers/${id}/attach?stream=1&stdin=1&stdout=1`);
    (await call('POST', `/containers/${id}/start`)).resume();
    const sent = Buffer.alloc(3_000_000, 'slipway\n');
    const received = buffer(stream);
    stream.end(sent);
    expect(unframe(await received).equals(sent)).toBe(true);
    expect(await exitCode(id)).toBe(3);
  });

  test('the last words of a terminal are heard, however short its life', async () => {
    for (let i = 0; i < 10; i++) {
      const id = await create({ Cmd: ['echo', 'hi'], Tty: true });
      const { stream } = await upgrade(`/containers/${id}/attach?stream=1&stdout=1`);
      (await call('POST', `/containers/${id}/start`)).resume();
      expect(await text(stream)).toBe('hi\r\n');
    }
  });

  test('a program can open /dev/stdout', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'echo opened > /dev/stdout'], User: '1000' });
    const { stream } = await upgrade(`/containers/${id}/attach?stream=1&stdout=1&stderr=1`);
    (await call('POST', `/containers/${id}/start`)).resume();
    expect(unframe(await buffer(stream)).toString()).toBe('opened\n');
  });

  test('an exec has streams and an exit code of its own', async () => {
    const id = await create({ Cmd: ['sleep', '60'] });
    (await call('POST', `/containers/${id}/start`)).resume();
    const made = await call('POST', `/containers/${id}/exec`, {
      Cmd: ['sh', '-c', 'pwd; exit 4'],
      AttachStdout: true,
      WorkingDir: '/tmp',
    });
    const { Id } = (await json(made)) as { Id: string };
    const { stream } = await upgrade(`/exec/${Id}/start`, { Detach: false, Tty: false });
    expect(unframe(await buffer(stream)).toString()).toBe('/tmp\n');
    expect(await json(await call('GET', `/exec/${Id}/json`))).toMatchObject({ Running: false, ExitCode: 4 });
    (await call('DELETE', `/containers/${id}?force=1`)).resume();
  });

  test('after a crash of the engine what ran is exited, and what a policy keeps runs again', async () => {
    const lost = await create({ Cmd: ['sleep', '60'] });
    const kept = await create({ Cmd: ['sleep', '60'], HostConfig: { RestartPolicy: { Name: 'always' } } });
    for (const id of [lost, kept]) await text(await call('POST', `/containers/${id}/start`));
    await engine.crash();
    await engine.start();
    expect(await json(await call('GET', `/containers/${lost}/json`))).toMatchObject({
      State: { Status: 'exited', ExitCode: 255 },
    });
    await expect
      .poll(async () => json(await call('GET', `/containers/${kept}/json`)), { timeout: 5000 })
      .toMatchObject({ State: { Status: 'running' } });
    for (const id of [lost, kept]) await text(await call('DELETE', `/containers/${id}?force=1`));
  });

  test('a terminal is kept for whoever attaches again, from any byte still held', async () => {
    const { id } = (await json(
      await call('POST', '/slipway/terminals', { columns: 100, rows: 30 }),
    )) as TerminalInfo;
    const first = await upgrade(`/slipway/terminals/${id}/attach?from=0`);
    expect(first.answer.headers['slipway-offset']).toBe('0');
    first.stream.write('stty size; echo $((40+2)); exit 5\n');
    const printed = await text(first.stream);
    expect(printed).toContain('30 100');
    expect(printed).toContain('42');
    const second = await upgrade(`/slipway/terminals/${id}/attach?from=10`);
    expect(second.answer.headers['slipway-offset']).toBe('10');
    expect(await text(second.stream)).toBe(Buffer.from(printed).subarray(10).toString());
    const list = (await json(await call('GET', '/slipway/terminals'))) as TerminalInfo[];
    expect(list).toMatchObject([{ id, exitCode: 5, columns: 100, rows: 30 }]);
    expect((await call('DELETE', `/slipway/terminals/${id}`)).resume().statusCode).toBe(204);
  });
});

/** Docker's frames without their heads. */
function unframe(bytes: Buffer): Buffer {
  const parts = [];
  for (let at = 0; at + 8 <= bytes.byteLength;) {
    const length = bytes.readUInt32BE(at + 4);
    parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts);
}
