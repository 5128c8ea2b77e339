import { describe, expect, it } from 'vitest';

import { countTests, filesForSecondTry, NO_FILE, type TestRun, unsteadyTests } from './test-run.ts';

const failing = { passed: 2, failed: ['late', 'wrong'], skipped: [] };
const first: TestRun = {
  'a.test.ts': failing,
  'b.test.ts': { passed: 4, failed: [], skipped: [{ name: 'long', reason: 'no time' }] },
};
const second: TestRun = { 'a.test.ts': { passed: 3, failed: ['wrong'], skipped: [] } };

describe('a second try', () => {
  it('is for the files with failures alone', () => {
    expect(filesForSecondTry(first)).toEqual(['a.test.ts']);
  });

  it('is not for what no file can be blamed for', () => {
    expect(filesForSecondTry({ ...first, [NO_FILE]: { passed: 0, failed: ['boom'], skipped: [] } })).toEqual(
      [],
    );
  });

  it('is not for a run in which much failed', () => {
    const broken = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`${index}.test.ts`, failing]));
    expect(filesForSecondTry(broken)).toEqual([]);
  });

  it('tells what it changed, and keeps the rest', () => {
    expect(unsteadyTests(first, second)).toEqual(['a.test.ts: late']);
    expect(countTests({ ...first, ...second })).toMatchObject({
      passed: 7,
      failed: 1,
      skipped: [{ name: 'long' }],
    });
  });
});
