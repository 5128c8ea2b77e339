import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { runInOwnGroup } from './own-group.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-group-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Notes its name in `folder` and, at a signal, which one it was; ends a moment after that. */
const NOTES = `
  const fs = require('node:fs');
  const [name, status] = process.argv.slice(1);
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => { fs.writeFileSync(name + '.' + signal, ''); setTimeout(() => process.exit(Number(status)), 50); });
  setInterval(() => undefined, 1000);
  fs.writeFileSync(name, String(process.pid));
`;

const DAEMON = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(NOTES)}, 'daemon', '0'], { stdio: 'ignore' });`;

async function runUntilStopped(told: 'program' | 'group', program: string, waitFor: readonly string[]) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const options = { cwd: folder, env: process.env, signal, told };
  const ended = runInOwnGroup(['-e', program, 'program', '7'], options);
  await expect.poll(() => waitFor.every(there), { timeout: 20_000 }).toBe(true);
  stopping.abort();
  return ended;
}

const there = (name: string): boolean => existsSync(join(folder, name));

describe('runInOwnGroup', { timeout: 30_000 }, () => {
  it('tells the program once, waits for it to tidy up, and gives its status', async () => {
    expect(await runUntilStopped('program', NOTES, ['program'])).toBe(7);
    expect([there('program.SIGTERM'), there('program.SIGINT')]).toEqual([true, false]);
  });

  it('tells everything that the program has started, and waits until all of it has ended', async () => {
    await runUntilStopped('group', `${DAEMON} setInterval(() => undefined, 1000);`, ['daemon']);
    expect(there('daemon.SIGINT')).toBe(true);
    expect(existsSync(`/proc/${readFileSync(join(folder, 'daemon'), 'utf8')}`)).toBe(false);
  });

  it('starts nothing when it is too late', async () => {
    const options = { cwd: folder, env: process.env, signal: AbortSignal.abort(), told: 'program' } as const;
    await expect(runInOwnGroup(['-e', NOTES, 'program', '0'], options)).rejects.toThrow('abort');
    expect(there('program')).toBe(false);
  });
});
