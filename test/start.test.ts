import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { makeDataFolder, removeDataFolder, runSlipway, startService } from './service.ts';

let dataDir = '';

beforeAll(async () => {
  dataDir = await makeDataFolder();
});

afterAll(async () => {
  await removeDataFolder(dataDir);
});

/** What a command prints that is refused: a sentence with a way out, and never a stack trace. */
async function refusal(args: readonly string[], options: { readonly uid?: number } = {}): Promise<string> {
  const command = runSlipway(args, options);
  expect(await command.ended).not.toBe(0);
  expect(command.printed()).not.toMatch(/^\s+at .*:\d+:\d+/mu);
  return command.printed();
}

describe('slipway start', () => {
  it('serves the page, and a second start makes nothing again', async () => {
    const first = await startService(dataDir);
    const page = await fetch(first.url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<title>Slipway');
    expect(await first.stop()).toBe(0);

    const second = await startService(dataDir);
    expect(await second.stop()).toBe(0);
    expect(second.printed()).not.toMatch(/building|ready after/u);
  });

  it('says so when the port is taken', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const printed = await refusal([
      'start',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--data-dir',
      dataDir,
    ]);
    server.close();
    expect(printed).toContain(String(port));
    expect(printed).toMatch(/in use|taken|another program/iu);
    expect(printed).toMatch(/--port|PORT/u);
  });

  it('says so when another one runs on the same data', async () => {
    const service = await startService(dataDir);
    expect(await refusal(['start', '--port', '0', '--host', '127.0.0.1', '--data-dir', dataDir])).toMatch(
      /Another Slipway runs on/u,
    );
    expect(await service.stop()).toBe(0);
  });

  it('says so when it is not run by root', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'slipway-n-'));
    await chmod(folder, 0o777);
    const printed = await refusal(['start', '--port', '0', '--data-dir', folder], { uid: 65_534 });
    await rm(folder, { recursive: true });
    expect(printed).toMatch(/root/u);
    expect(printed).toMatch(/sudo/u);
  });
});

describe('the command line', () => {
  it('lists the commands, and every option with its variable', async () => {
    const general = runSlipway(['--help']);
    expect(await general.ended).toBe(0);
    for (const name of ['start', 'test', 'doctor', 'sandbox', 'bench'])
      expect(general.printed()).toContain(name);
    const start = runSlipway(['start', '--help']);
    expect(await start.ended).toBe(0);
    for (const name of ['PORT', 'HOST', 'DATA_DIR', 'MEMORY', 'DISK', 'SESSION_MINUTES', 'IMAGES', 'EGRESS'])
      expect(start.printed()).toContain(name);
  });

  it.each([
    [['strat'], /unknown command/iu],
    [['start', '--nosuch'], /unknown option/iu],
    [['start', '--port', 'http'], /--port/u],
    [['start', '--memory', '1k'], /at least/iu],
  ] as const)('refuses %s in a sentence', async (args, words) => {
    expect(await refusal(args)).toMatch(words);
  });

  it('doctor lists what the host can do', async () => {
    const doctor = runSlipway(['doctor', '--data-dir', dataDir]);
    expect(await doctor.ended).toBe(0);
    expect(doctor.printed()).toMatch(/user namespaces/iu);
    expect(doctor.printed()).toMatch(/crun/u);
  });
});
