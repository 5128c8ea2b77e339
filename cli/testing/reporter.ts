import { writeFileSync } from 'node:fs';

import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

import type { TestCounts } from './counts.ts';

/** Counts what vitest ran and writes it as JSON where SLIPWAY_TEST_COUNTS says, with the reasons of skips. */
export default class CountingReporter implements Reporter {
  readonly #counts: { passed: number; failed: number; skipped: TestCounts['skipped'][number][] } = {
    passed: 0,
    failed: 0,
    skipped: [],
  };

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state === 'passed') this.#counts.passed++;
    else if (result.state === 'failed') this.#counts.failed++;
    else
      this.#counts.skipped.push({
        name: `${test.module.relativeModuleId}: ${test.fullName}`,
        reason: reasonOf(test),
      });
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    // A file that does not load has no tests to count, and an error outside of tests belongs to none.
    this.#counts.failed += modules.filter((module) => module.errors().length > 0).length + errors.length;
    const path = process.env.SLIPWAY_TEST_COUNTS;
    if (path !== undefined) writeFileSync(path, JSON.stringify(this.#counts));
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' ? result.note : undefined) ?? 'no reason given';
}
