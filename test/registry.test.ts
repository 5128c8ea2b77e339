import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { REGISTRY } from './oracle/rows/registry.ts';
import type { Row } from './oracle/row.ts';
import { runRow } from './oracle/run.ts';
import { findOracleTools } from './oracle/tools.ts';
import { openParties, type Parties } from './registry/parties.ts';
import { settings } from './settings.ts';

const tools = findOracleTools(path.join(settings.dataDir, 'tools/docker'));
const registry = path.join(settings.dataDir, 'tools/registry/usr/bin/docker-registry');
const ready = tools !== undefined && existsSync(registry);

/** A layer of the catalog keeps its digest when ours pushes it; dockerd compresses it anew. */
const NONE: ReadonlySet<string> = new Set();

const MISSING = `There is no dockerd or no registry in ${settings.dataDir}/tools: \`npm test\` unpacks them.`;
if (!ready && settings.ci) throw new Error(MISSING);
if (!ready) console.warn(`The tests of registries cannot run. ${MISSING}`);

describe.skipIf(!ready)('registries', () => {
  let parties: Parties;
  let cli = '';
  const unsteady: string[] = [];

  beforeAll(async () => {
    if (tools === undefined) return;
    cli = path.dirname(tools.docker);
    parties = await openParties(tools, registry);
  });

  afterAll(async () => {
    if (unsteady.length > 0) console.warn(`Differed at first, then not:\n${unsteady.join('\n')}`);
    await parties.close();
  });

  const onBoth = async (row: Row) =>
    Promise.all(
      [parties.real, parties.ours].map(async ({ engine }) => runRow(row, { engine, cli, digests: NONE })),
    );

  const rows = REGISTRY.filter(([title]) => title.includes(settings.rows)).map((row) => ({
    title: row[0],
    row,
  }));

  it.each(rows)('$title', async ({ title, row }) => {
    const [real, ours] = await onBoth(row);
    if (isDeepStrictEqual(ours, real)) return;
    const [realAgain, oursAgain] = await onBoth(row);
    expect(oursAgain).toEqual(realAgain);
    unsteady.push(title);
  });

  const run = promisify(execFile);

  const docker = async (...args: string[]): Promise<string> => {
    const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', DOCKER_HOST: parties.ours.engine.dockerHost };
    const { stdout } = await run(path.join(cli, 'docker'), args, { env }).catch((error: unknown) => {
      throw new Error((error as { readonly stderr: string }).stderr.trim());
    });
    return stdout;
  };

  /** Requests to the scripted registry, as it has noted them. */
  const requests = async (): Promise<string[]> => {
    const script = `require('http').get('http://127.0.0.1:6000/log', (answer) => answer.pipe(process.stdout))`;
    return (await parties.ours.inside.run(process.execPath, '-e', script)).split('\n');
  };

  const drafts = (): string[] =>
    ['layers', 'layers-records', 'blobs/drafts']
      .map((name) => path.join(parties.ours.test.folder, 'state', name))
      .flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []))
      .filter((name) => !/^[0-9a-f]{64}$/u.test(name));

  const eventually = async (check: () => Promise<boolean> | boolean): Promise<void> => {
    for (let i = 0; i < 200; i++) {
      if (await check()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('it did not come to that');
  };

  it('refuses what never ends, and what is too large', async () => {
    await expect(docker('pull', 'localhost:6000/endless')).rejects.toThrow(
      'filesystem layer verification failed',
    );
    await expect(docker('pull', 'localhost:6000/huge')).rejects.toThrow(
      'the manifest is larger than 4194304 bytes',
    );
    expect(drafts()).toEqual([]);
  });

  it('pulls layers in zstd, which dockerd cannot', async () => {
    expect(await docker('pull', 'localhost:6000/zstd')).toContain('Pull complete');
    const layers = '{{range .RootFS.Layers}}{{.}} {{end}}';
    const before = await docker('inspect', '-f', layers, 'localhost:6000/zstd');
    // What is pushed is made anew, and is the same layer.
    await docker('tag', 'localhost:6000/zstd', 'localhost:5000/zstd');
    await docker('push', 'localhost:5000/zstd');
    await docker('rmi', 'localhost:6000/zstd', 'localhost:5000/zstd');
    expect(await docker('pull', 'localhost:5000/zstd')).toContain('Pull complete');
    expect(await docker('inspect', '-f', layers, 'localhost:5000/zstd')).toBe(before);
    await docker('rmi', 'localhost:5000/zstd');
  });

  it('refuses a manifest that is not what its digest says', async () => {
    await expect(docker('pull', 'localhost:6000/othermanifest')).rejects.toThrow(
      'manifest verification failed',
    );
  });

  it('refuses the first version of manifests', async () => {
    await expect(docker('pull', 'localhost:6000/schema1')).rejects.toThrow('schema 1 support is disabled');
  });

  it('shows nobody else the password of a registry', async () => {
    const home = path.join(parties.ours.test.folder, 'home');
    const config = ['--config', home];
    await docker(...config, 'login', '-u', 'ann', '-p', 'secret', 'localhost:6003');
    await docker(...config, 'pull', 'localhost:6003/redirectedblob').catch(() => undefined);
    await docker(...config, 'pull', 'localhost:6002/tokenredirect').catch(() => undefined);
    const all = await requests();
    expect(all.filter((line) => line.startsWith('6003 ')).at(-1)).toContain(' Basic ');
    const elsewhere = all.filter((line) => line.startsWith('6001 '));
    expect(elsewhere.length).toBeGreaterThan(0);
    expect(elsewhere.filter((line) => /Basic|Bearer/u.test(line))).toEqual([]);
  });

  it('fetches once what several want at the same time', async () => {
    const before = (await requests()).length;
    const pulls = [1, 2, 3].map(async () => docker('pull', 'localhost:6000/slow'));
    for (const printed of await Promise.all(pulls)) expect(printed).toContain('Pull complete');
    const blobs = (await requests()).slice(before).filter((line) => line.includes('GET /v2/slow/blobs/'));
    // Each asks for the configuration by itself, all together for the layer.
    expect(new Set(blobs).size).toBe(2);
    expect(blobs.length).toBe(4);
    await docker('rmi', 'localhost:6000/slow');
  });

  it('goes on for the other one when one of two gives up, and ends with the last', async () => {
    const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', DOCKER_HOST: parties.ours.engine.dockerHost };
    const begin = () => {
      const gone = new AbortController();
      const done = run(path.join(cli, 'docker'), ['pull', 'localhost:6000/slow'], {
        env,
        signal: gone.signal,
      });
      done.catch(() => undefined);
      return { done, leave: () => gone.abort() };
    };
    const [first, second] = [begin(), begin()];
    await eventually(() => drafts().length > 0);
    first.leave();
    await expect(first.done).rejects.toThrow();
    expect((await second.done).stdout).toContain('Pull complete');
    await docker('rmi', 'localhost:6000/slow');
    const third = begin();
    await eventually(() => drafts().length > 0);
    third.leave();
    await eventually(() => drafts().length === 0);
    await expect(docker('inspect', 'localhost:6000/slow')).rejects.toThrow('No such object');
  });

  it('leaves nothing of a pull whose engine was killed', async () => {
    const pull = docker('pull', 'localhost:6000/slow').catch(() => undefined);
    await eventually(() => drafts().length > 0);
    await parties.ours.test.crash();
    await pull;
    expect(drafts()).not.toEqual([]);
    await parties.ours.test.start();
    expect(drafts()).toEqual([]);
  });
});
