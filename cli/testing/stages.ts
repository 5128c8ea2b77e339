import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CommandFailed, run } from '../command.ts';
import { runInOwnGroup } from '../own-group.ts';
import type { SetupContext } from '../setup/context.ts';
import { ONE_FAILED, ONE_PASSED, type TestCounts } from './counts.ts';
import { countTests, filesForSecondTry, type TestRun, unsteadyTests } from './test-run.ts';

/** One stage of `npm test`: a check that passes or fails as a whole, or a run of many tests. */
export interface Stage {
  readonly title: string;
  run(): Promise<TestCounts>;
}

/** A tool out of node_modules that says nothing when all is well; what it says otherwise is printed. */
export function checkStage(
  context: SetupContext,
  title: string,
  calls: readonly (readonly string[])[],
): Stage {
  return {
    title,
    run: async () => {
      try {
        for (const [script = '', ...args] of calls) await runTool(context, script, args);
        return ONE_PASSED;
      } catch (error) {
        if (!(error instanceof CommandFailed)) throw error;
        process.stdout.write(`${error.output.trimEnd()}\n`);
        return ONE_FAILED;
      }
    },
  };
}

async function runTool(context: SetupContext, script: string, args: readonly string[]): Promise<void> {
  await run(process.execPath, [join(context.project, 'node_modules', script), ...args], {
    cwd: context.project,
    signal: context.signal,
  });
}

/**
 * Tests of one of vitest's projects; its output goes to ours. Files with failures are run once more when they are few:
 * a loaded machine can be late for a test, and one that passes then is told as unsteady rather than counted as failed.
 */
export function vitestStage(
  context: SetupContext,
  title: string,
  project: string,
  env: NodeJS.ProcessEnv,
): Stage {
  return {
    title,
    run: async () => {
      const first = await runVitest(context, project, env, []);
      const files = first === undefined ? [] : filesForSecondTry(first);
      if (first === undefined || files.length === 0)
        return first === undefined ? ONE_FAILED : countTests(first);
      process.stdout.write(`\nOnce more: ${files.join(', ')}\n`);
      const second = await runVitest(context, project, env, files);
      if (second === undefined) return countTests(first);
      for (const test of unsteadyTests(first, second))
        process.stdout.write(`Unsteady, passed at the second try: ${test}\n`);
      return countTests({ ...first, ...second });
    },
  };
}

/** All tests of the project, or those of `files`; `undefined` when vitest crashed before it wrote what it had run. */
async function runVitest(
  context: SetupContext,
  project: string,
  env: NodeJS.ProcessEnv,
  files: readonly string[],
): Promise<TestRun | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'));
  const result = join(folder, 'run.json');
  try {
    const vitest = join(context.project, 'node_modules/vitest/vitest.mjs');
    const reporter = join(context.project, 'cli/testing/reporter.ts');
    const args = [
      'run',
      ...files,
      '--project',
      project,
      '--passWithNoTests',
      // Alone, what was late only because of its neighbour passes.
      ...(files.length > 0 ? ['--maxWorkers=1'] : []),
      '--reporter=default',
      `--reporter=${reporter}`,
    ];
    await runInOwnGroup([vitest, ...args], {
      cwd: context.project,
      env: { ...process.env, ...env, SLIPWAY_TEST_RUN: result },
      signal: context.signal,
      // Tests start daemons, which outlive the worker that would end them.
      told: 'group',
    });
    context.signal.throwIfAborted();
    const text = await readFile(result, 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as TestRun);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stands for tests that cannot run here: all of them count as skipped, and each says why. */
export function skippedStage(context: SetupContext, title: string, project: string, reason: string): Stage {
  return {
    title,
    run: async () => {
      process.stdout.write(`Skipped: ${reason}\n`);
      const vitest = join(context.project, 'node_modules/vitest/vitest.mjs');
      const list = await run(process.execPath, [vitest, 'list', '--project', project, '--json'], {
        cwd: context.project,
        signal: context.signal,
      });
      const tests = JSON.parse(list.slice(list.indexOf('['))) as { name: string }[];
      return { passed: 0, failed: 0, skipped: tests.map(({ name }) => ({ name, reason })) };
    },
  };
}
