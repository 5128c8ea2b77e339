import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { catalogDigests } from './oracle/catalog.ts';
import { buildCase } from './oracle/golden/build.ts';
import { caseNames, prepareCase } from './oracle/golden/case.ts';
import { startPair, type Pair } from './oracle/pair.ts';
import { findOracleTools } from './oracle/tools.ts';
import { settings } from './settings.ts';

/**
 * Every folder of test/corpus is the context of a build that both engines make: a Dockerfile, the files it wants, and
 * maybe a `case.json` (test/oracle/golden/case.ts). Configuration, history, layers and every file must be the same.
 */
const CORPUS = path.join(settings.project, 'test/corpus');
const tools = findOracleTools(path.join(settings.dataDir, 'tools/docker'));
if (tools === undefined && settings.ci) throw new Error('There is no dockerd to compare with.');

const names = caseNames(CORPUS).filter((name) => name.includes(settings.rows));

it('has cases enough', () => {
  expect(caseNames(CORPUS).length).toBeGreaterThanOrEqual(60);
});

describe.skipIf(tools === undefined).concurrent('both engines build the same', () => {
  let pair: Pair | undefined;

  beforeAll(async () => {
    if (tools !== undefined) pair = await startPair(tools);
  });
  afterAll(async () => pair?.stop());

  it.each(names)('%s', { timeout: 300_000 }, async (name) => {
    if (pair === undefined || tools === undefined) throw new Error('no engines');
    const { real, ours } = pair;
    const folder = await mkdtemp(path.join(real.shared, `${name}-`));
    const context = path.join(folder, 'context');
    try {
      const golden = await prepareCase(path.join(CORPUS, name), context);
      const digests = catalogDigests(path.join(settings.dataDir, 'catalog'));
      const options = { context, home: folder, cli: path.dirname(tools.docker), digests };
      const [expected, built] = await Promise.all(
        [real, ours].map(async (engine) => buildCase(golden, engine, options)),
      );
      expect(built).toEqual(expected);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
