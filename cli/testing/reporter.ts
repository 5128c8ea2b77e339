import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

import { type FileResult, NO_FILE } from './test-run.ts';

/** Notes what vitest ran and writes it as JSON (a `TestRun`) where SLIPWAY_TEST_RUN says, with the reasons of skips. */
export default class RunReporter implements Reporter {
  readonly #files: Record<string, FileResult> = {};

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    const file = this.#file(test.module.relativeModuleId);
    if (result.state === 'passed') file.passed++;
    else if (result.state === 'failed') file.failed.push(test.fullName);
    else
      file.skipped.push({
        name: `${test.module.relativeModuleId}: ${test.fullName}`,
        reason: reasonOf(test),
      });
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    // A file that does not load has no tests to count, and an error outside of tests belongs to none.
    for (const module of modules)
      if (module.errors().length > 0) this.#file(module.relativeModuleId).failed.push('the file itself');
    for (const error of errors) {
      const path: unknown = error.VITEST_TEST_PATH;
      const file = typeof path === 'string' ? relative(process.cwd(), path) : NO_FILE;
      this.#file(file).failed.push(error.message);
    }
    const path = process.env.SLIPWAY_TEST_RUN;
    if (path !== undefined) writeFileSync(path, JSON.stringify(this.#files));
  }

  #file(name: string): FileResult {
    return (this.#files[name] ??= { passed: 0, failed: [], skipped: [] });
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' ? result.note : undefined) ?? 'no reason given';
}
