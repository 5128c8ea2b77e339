import type { TestCounts } from './counts.ts';

/** What one test file came to. */
export interface FileResult {
  passed: number;
  /** Names of the tests that failed, and messages of errors that belong to no test. */
  failed: string[];
  skipped: { readonly name: string; readonly reason: string }[];
}

/** A run of vitest, by test file (its path from the project's folder). */
export type TestRun = Readonly<Record<string, FileResult>>;

/** The name under which errors stand that no test file can be blamed for. */
export const NO_FILE = '';

/** Most test files that are worth a second try: when more have failed, something is broken. */
const SECOND_TRY_MAX = 6;

/** Test files to be run once more: none when nothing failed, when too much did, or when no file is to blame. */
export function filesForSecondTry(run: TestRun): readonly string[] {
  const failed = Object.entries(run).flatMap(([file, result]) => (result.failed.length > 0 ? [file] : []));
  return failed.includes(NO_FILE) || failed.length > SECOND_TRY_MAX ? [] : failed;
}

/** What failed in the first run and not in the second, as `file: name`. */
export function unsteadyTests(first: TestRun, second: TestRun): readonly string[] {
  return Object.entries(second).flatMap(([file, { failed }]) =>
    (first[file]?.failed ?? []).filter((name) => !failed.includes(name)).map((name) => `${file}: ${name}`),
  );
}

export function countTests(run: TestRun): TestCounts {
  const files = Object.values(run);
  return {
    passed: files.reduce((total, { passed }) => total + passed, 0),
    failed: files.reduce((total, { failed }) => total + failed.length, 0),
    skipped: files.flatMap(({ skipped }) => skipped),
  };
}
