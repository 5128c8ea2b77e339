import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runServer, type ServerProcessOptions } from './server.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-server-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs a few lines as the web server's program. */
async function options(lines: string): Promise<ServerProcessOptions> {
  const program = join(folder, 'server.mjs');
  await writeFile(program, lines);
  return {
    node: process.execPath,
    program,
    user: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    options: { host: 'localhost', port: 0 },
    connect: () => () => undefined,
    say: () => undefined,
  };
}

const STAYS = `process.on('SIGTERM', () => process.exit(0)); setInterval(() => undefined, 1000);`;

it('outlives whatever its server says', async () => {
  const nonsense = [
    null,
    7,
    'x',
    [],
    {},
    { type: 'slipway-listening' },
    { type: 'slipway-listening', url: 'no' },
  ];
  const server = await runServer(
    await options(`${STAYS}
      for (const message of ${JSON.stringify(nonsense)}) process.send(message);
      process.send({ type: 'slipway-listening', url: 'http://localhost:4000' });`),
  );
  expect(server.url).toBe('http://localhost:4000');
  await server.stop();
});

it('passes on why its server could not start', async () => {
  const failing = `process.send({ type: 'slipway-start-failed', message: 'No room.' }, () => process.exit(1));`;
  await expect(runServer(await options(failing))).rejects.toThrow('No room.');
});

it('says so when its server ends before it answers', async () => {
  await expect(runServer(await options('process.exit(3);'))).rejects.toThrow(
    /before it answered \(exit code 3\)/,
  );
});

it('starts its server anew when asked, and is silent about it', async () => {
  const said: string[] = [];
  const started = join(folder, 'started');
  const server = await runServer({
    ...(await options(`${STAYS}
      (await import('node:fs')).appendFileSync(${JSON.stringify(started)}, 'x');
      process.send({ type: 'slipway-listening', url: 'http://localhost:4000' });`)),
    say: (sentence) => said.push(sentence),
  });
  await server.renew();
  await server.renew();
  expect(await readFile(started, 'utf8')).toBe('xxx');
  await server.stop();
  expect(said).toEqual([]);
});
