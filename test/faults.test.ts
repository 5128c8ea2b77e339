import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startTestEngine, type TestEngine } from '../sandbox/engine/testing.ts';
import { OPERATIONS, PREPARE } from './faults/operations.ts';
import { faultsOf } from './faults/whole.ts';
import { settings } from './settings.ts';

const ROUNDS = settings.long ? 200 : 10;
/** An engine is killed this long after the first operation began, at most. */
const LONGEST_MS = 900;
/** What may be left of nothing: folders that grew, links, the log of the engine's life. */
const LEAK_BYTES = 512 * 1024;

const catalog = path.join(settings.dataDir, 'catalog');

describe('an engine that is killed while it works', () => {
  let engine: TestEngine;
  let input = '';
  let number = 0;

  beforeAll(async () => {
    input = await mkdtemp(path.join(tmpdir(), 'slipway-faults-'));
    engine = await startTestEngine({ catalog });
    expect(await shell(PREPARE)).toEqual({ code: 0, errors: '' });
  });

  afterAll(async () => {
    await engine.close();
    await rm(input, { recursive: true, force: true });
  });

  async function shell(
    script: string,
    signal?: AbortSignal,
  ): Promise<{ code: number | null; errors: string }> {
    const child = spawn('bash', ['-ec', script], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      env: {
        PATH: `${path.join(settings.dataDir, 'tools/docker/usr/bin')}:/usr/bin:/bin`,
        DOCKER_HOST: `unix://${engine.dockerSocket}`,
        HOME: input,
        INPUT: input,
        N: String(++number),
      },
    });
    const kill = (): void => {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    signal?.addEventListener('abort', kill, { once: true });
    const [errors] = await Promise.all([text(child.stderr), once(child, 'close')]);
    return { code: child.exitCode, errors };
  }

  const state = (): string => path.join(engine.folder, 'state');

  /** Bytes of the engine's state when nothing but busybox and the box of `PREPARE` is in it. */
  async function sizeAtRest(): Promise<number> {
    await shell(
      'docker ps -aq --filter name=run- | xargs -r docker rm -f; docker tag busybox kept; docker images -q | sort -u',
    );
    await shell(`docker image prune -af; docker images -aq | xargs -r docker rmi -f`);
    const { stdout } = await promisify(execFile)('du', ['-sB1', state()]);
    return Number.parseInt(stdout, 10);
  }

  it('does all of what is killed below, when nothing is killed', async () => {
    const failed: string[] = [];
    for (const [name, script] of Object.entries(OPERATIONS)) {
      await shell('docker tag busybox spare:$N; docker commit made-box again:$N');
      const { code, errors } = await shell(script);
      if (code !== 0) failed.push(`${name}: ${errors}`);
    }
    expect(failed).toEqual([]);
    expect(await faultsOf(state(), catalog)).toEqual([]);
  });

  it(
    `is whole afterwards, ${ROUNDS} times, and leaves nothing behind`,
    { timeout: 60_000 + ROUNDS * 10_000 },
    async () => {
      const before = await sizeAtRest();
      for (let round = 1; round <= ROUNDS; round++) {
        const names = Array.from({ length: 6 }, pick);
        const done = new AbortController();
        const half = names.length / 2;
        const shells = [names.slice(0, half), names.slice(half)].map(async (each) =>
          shell(each.map((name) => `(${OPERATIONS[name]}) || true; N=$((N + 1000))`).join('\n'), done.signal),
        );
        const delayMs = Math.random() * LONGEST_MS;
        await sleep(delayMs);
        await engine.crash();
        done.abort();
        await Promise.all(shells);
        await engine.start();
        const story = `round ${round}: ${names.join(', ')}, killed after ${delayMs.toFixed(0)} ms`;
        expect(await faultsOf(state(), catalog), story).toEqual([]);
        expect(
          await shell(
            'docker images -aq | xargs -r docker inspect; docker pull -q busybox; docker run --rm busybox true',
          ),
          story,
        ).toEqual({
          code: 0,
          errors: '',
        });
      }
      expect(await sizeAtRest()).toBeLessThan(before + LEAK_BYTES);
    },
  );
});

function pick(): string {
  const names = Object.keys(OPERATIONS);
  return names[Math.floor(Math.random() * names.length)] ?? 'run';
}
