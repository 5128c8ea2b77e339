import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startTestEngine, type TestEngine } from '../sandbox/engine/testing.ts';
import { OPERATIONS, PREPARE } from './faults/operations.ts';
import { shell, type Finished } from './faults/shell.ts';
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
    expect(await run(PREPARE)).toEqual({ code: 0, errors: '' });
  });

  afterAll(async () => {
    await (engine as TestEngine | undefined)?.close();
    await rm(input, { recursive: true, force: true });
  });

  const run = async (script: string, signal?: AbortSignal): Promise<Pick<Finished, 'code' | 'errors'>> => {
    const options = { dockerSocket: engine.dockerSocket, input, number: ++number };
    const { code, errors } = await shell(script, { ...options, ...(signal && { signal }) });
    return { code, errors };
  };

  const state = (): string => path.join(engine.folder, 'state');

  /** Bytes of the engine's state when nothing but busybox and the box of `PREPARE` is in it. */
  async function sizeAtRest(): Promise<number> {
    await run(
      'docker ps -aq --filter name=run- | xargs -r docker rm -f; docker tag busybox kept; docker images -q | sort -u',
    );
    await run(`docker image prune -af; docker images -aq | xargs -r docker rmi -f`);
    const { stdout } = await promisify(execFile)('du', ['-sB1', state()]);
    return Number.parseInt(stdout, 10);
  }

  it('does all of what is killed below, when nothing is killed', async () => {
    const failed: string[] = [];
    for (const [name, script] of Object.entries(OPERATIONS)) {
      await run('docker tag busybox spare:$N; docker commit made-box again:$N');
      const { code, errors } = await run(script);
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
          run(each.map((name) => `(${OPERATIONS[name]}) || true; N=$((N + 1000))`).join('\n'), done.signal),
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
          await run(
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
