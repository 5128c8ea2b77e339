import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApiServer } from '../api/server.ts';
import type { ScriptResult } from './routes.ts';
import { runRoutes } from './run.ts';

let home: string;
let server: ReturnType<typeof createApiServer>;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'slipway-run-'));
  server = createApiServer(runRoutes({ home, env: { NAME: 'Ann' } }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(home, { recursive: true, force: true });
});

function send(body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slipway/run`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
}

async function run(script: string, timeoutMs = 20_000): Promise<ScriptResult> {
  return (await (await send({ script, timeoutMs })).json()) as ScriptResult;
}

test('tells exit code and output of what it ran in the home folder', async () => {
  expect(await run('echo "$NAME in $PWD"; echo oops >&2; exit 3')).toEqual({
    exitCode: 3,
    timedOut: false,
    output: `Ann in ${home}\noops\n`,
  });
});

test('ends what takes too long with all that it has begun', async () => {
  const result = await run('sleep 1000 & echo $! > child; wait', 500);
  expect(result).toMatchObject({ exitCode: -1, timedOut: true });
  const child = Number(await readFile(join(home, 'child'), 'utf8'));
  await expect.poll(() => isAlive(child)).toBe(false);
});

test('ends it when nobody waits any more', async () => {
  const gone = new AbortController();
  const answer = send({ script: 'echo $$ > shell; sleep 1000', timeoutMs: 100_000 }, gone.signal).catch(
    () => 'gone',
  );
  await expect.poll(() => readFile(join(home, 'shell'), 'utf8').catch(() => '')).not.toBe('');
  gone.abort();
  expect(await answer).toBe('gone');
  const pid = Number(await readFile(join(home, 'shell'), 'utf8'));
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test('does not wait for what stays in the background, and keeps none of it', async () => {
  const { output, exitCode } = await run('sleep 1000 & echo $!');
  expect(exitCode).toBe(0);
  await expect.poll(() => isAlive(Number(output))).toBe(false);
});

test('keeps the beginning of a flood', async () => {
  const { output } = await run('head -c 10000000 /dev/zero | tr "\\0" x');
  expect(output.length).toBe(64 * 1024);
});

test.each([{ script: 5, timeoutMs: 100 }, { script: 'true' }, { script: 'true', timeoutMs: 1e9 }])(
  'refuses %j',
  async (body) => {
    expect((await send(body)).status).toBe(400);
  },
);

/** A process that has ended and waits for its parent counts as gone. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return status !== undefined && !status.includes(') Z ');
}
