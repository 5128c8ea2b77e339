/** What a stage of the tests came to. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

export const ONE_PASSED: TestCounts = { passed: 1, failed: 0, skipped: [] };
export const ONE_FAILED: TestCounts = { passed: 0, failed: 1, skipped: [] };

export function sum(counts: readonly TestCounts[]): TestCounts {
  return {
    passed: counts.reduce((total, { passed }) => total + passed, 0),
    failed: counts.reduce((total, { failed }) => total + failed, 0),
    skipped: counts.flatMap(({ skipped }) => skipped),
  };
}

/** In continuous integration nothing may be left out: each skipped test is a failed one. */
export function countSkipsAsFailures(counts: TestCounts): TestCounts {
  return { passed: counts.passed, failed: counts.failed + counts.skipped.length, skipped: [] };
}

export function formatCounts({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
}
