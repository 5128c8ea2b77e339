import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { catalogDigests } from './oracle/catalog.ts';
import type { Engine } from './oracle/engine.ts';
import { startPair, type Pair } from './oracle/pair.ts';
import type { Row } from './oracle/row.ts';
import { ROWS } from './oracle/rows.ts';
import { runRow, type RunOptions } from './oracle/run.ts';
import { findOracleTools } from './oracle/tools.ts';
import { settings } from './settings.ts';

const catalog = path.join(settings.dataDir, 'catalog');
const tools = findOracleTools(path.join(settings.dataDir, 'tools/docker'));

const MISSING = `There is no dockerd to compare with in ${settings.dataDir}/tools/docker: \`npm test\` unpacks one.`;
if (tools === undefined && settings.ci) throw new Error(MISSING);
if (tools === undefined) console.warn(`The table of commands cannot run. ${MISSING}`);

describe('the differences', () => {
  const text = readFileSync(path.join(settings.project, 'docs/differences.md'), 'utf8');
  const keys = new Set([...text.matchAll(/^\| `([^`]+)` *\|/gmu)].map((match) => match[1]));
  const named = new Set(ROWS.flatMap(([, , options]) => options?.differs ?? []));

  it('each has its reason in docs/differences.md', () => {
    expect([...named].filter((key) => !keys.has(key))).toEqual([]);
  });

  it('each row that hides something says why', () => {
    expect(ROWS.filter(([, , options]) => options?.mask && !options.differs).map(([title]) => title)).toEqual(
      [],
    );
  });

  it('each row has a title of its own', () => {
    expect(new Set(ROWS.map(([title]) => title)).size).toBe(ROWS.length);
  });
});

describe.skipIf(tools === undefined)('the same commands do the same with dockerd', () => {
  let pair: Pair | undefined;
  let engines: Engine[] = [];
  let options: Omit<RunOptions, 'engine'>;
  const unsteady: string[] = [];

  beforeAll(async () => {
    if (tools === undefined) return;
    options = { cli: path.dirname(tools.docker), digests: catalogDigests(catalog) };
    pair = await startPair(tools);
    engines = [pair.real, pair.ours];
  });

  afterAll(async () => {
    if (unsteady.length > 0) console.warn(`Differed at first, then not:\n${unsteady.join('\n')}`);
    await pair?.stop();
  });

  const rows = ROWS.filter(([title]) => title.includes(settings.rows)).map((row) => ({ title: row[0], row }));

  const runOnBoth = async (row: Row) =>
    Promise.all(engines.map(async (engine) => runRow(row, { ...options, engine })));

  // Either engine may be late on a busy machine: what differs every time is a difference; what differs once is told.
  it.each(rows)('$title', async ({ title, row }) => {
    const [real, ours] = await runOnBoth(row);
    if (isDeepStrictEqual(ours, real)) return;
    const [realAgain, oursAgain] = await runOnBoth(row);
    if (!isDeepStrictEqual(oursAgain, realAgain)) {
      const [realAtLast, oursAtLast] = await runOnBoth(row);
      expect(oursAtLast).toEqual(realAtLast);
    }
    unsteady.push(`${title}\n  dockerd: ${JSON.stringify(real)}\n  ours:    ${JSON.stringify(ours)}`);
  });
});
