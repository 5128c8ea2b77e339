import { describe, expect, it } from 'vitest';

import { countSkipsAsFailures, formatCounts, sum } from './counts.ts';

const skipped = [{ name: 'a test', reason: 'no browser' }];

describe('counts', () => {
  it('add up', () => {
    const total = sum([
      { passed: 2, failed: 0, skipped },
      { passed: 1, failed: 3, skipped: [] },
    ]);
    expect(formatCounts(total)).toBe('3 passed, 3 failed, 1 skipped');
  });

  it('make a skip a failure in continuous integration', () => {
    expect(formatCounts(countSkipsAsFailures({ passed: 2, failed: 0, skipped }))).toBe(
      '2 passed, 1 failed, 0 skipped',
    );
  });
});
