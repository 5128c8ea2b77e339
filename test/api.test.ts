import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CHAPTERS } from './api/endpoints.ts';
import { play } from './api/play.ts';
import { agrees } from './api/shape.ts';
import { openMachines, type Machines } from './machines.ts';
import { startDockerd } from './oracle/dockerd.ts';
import type { Engine } from './oracle/engine.ts';
import { startSession } from './oracle/session.ts';
import { reset } from './oracle/state.ts';
import { findOracleTools } from './oracle/tools.ts';
import { settings } from './settings.ts';

const catalog = path.join(settings.dataDir, 'catalog');
const tools = findOracleTools(path.join(settings.dataDir, 'tools/docker'));

const MISSING = `There is no dockerd to compare with in ${settings.dataDir}/tools/docker: \`npm test\` unpacks one.`;
if (tools === undefined && settings.ci) throw new Error(MISSING);

describe('the differences', () => {
  const text = readFileSync(path.join(settings.project, 'docs/differences.md'), 'utf8');

  it('each has its reason in docs/differences.md', () => {
    const named = CHAPTERS.flatMap(({ rows }) => rows.flatMap(({ differs }) => differs ?? []));
    expect(new Set(named.filter((key) => !text.includes(`| \`${key}\``)))).toEqual(new Set());
  });
});

describe.skipIf(tools === undefined)('the same calls are answered as by dockerd', () => {
  let folder = '';
  let machines: Machines | undefined;
  let engines: Engine[] = [];

  beforeAll(async () => {
    if (tools === undefined) return;
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-api-'));
    const shared = path.join(folder, 'shared');
    const dockerd = startDockerd({
      name: 'api',
      tools,
      catalog,
      folder: path.join(folder, 'dockerd'),
      shared,
    });
    machines = await openMachines({ memoryBytes: 2 * 1024 ** 3, processes: 2048, cpus: 2 });
    engines = [await dockerd, await startSession(machines, await mkdtemp(path.join(folder, 'shared-')))];
    await Promise.all(engines.map(reset));
  });

  afterAll(async () => {
    await Promise.all(engines.map(async (engine) => engine.stop()));
    await machines?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(CHAPTERS)('$title', async ({ rows }) => {
    const [real = [], ours = []] = await Promise.all(
      engines.map(async ({ dockerHost }) => play(dockerHost, rows)),
    );
    await Promise.all(engines.map(reset));
    const wrong = real.flatMap((theirs, i) => {
      const own = ours[i];
      return own && agrees(theirs.outline, own.outline) ? [] : [{ theirs, own }];
    });
    expect(wrong.map(({ own }) => own)).toEqual(wrong.map(({ theirs }) => theirs));
  });
});
