import { isRoot } from '../requirements.ts';
import { messageOf } from '../failure.ts';
import type { SetupContext } from '../setup/context.ts';
import { setUp } from '../setup/setup.ts';
import { countSkipsAsFailures, formatCounts, sum, type TestCounts } from './counts.ts';
import { checkStage, skippedStage, type Stage, vitestStage } from './stages.ts';

export interface TestOptions {
  readonly long: boolean;
  /** In continuous integration a skipped system test is a failed one. */
  readonly ci: boolean;
}

/** Runs every test there is, the cheap ones first; true when none failed. The counts are the last line. */
export async function test(context: SetupContext, options: TestOptions): Promise<boolean> {
  const timings: string[] = [];
  const timed = async <T>(
    title: string,
    work: () => Promise<T>,
    describe: (result: T) => string,
  ): Promise<T> => {
    const started = Date.now();
    print(`\n── ${title}`);
    const result = await work();
    timings.push(`  ${title.padEnd(16)} ${seconds(started).padStart(6)}  ${describe(result)}`);
    return result;
  };

  const blocked = await timed(
    'Set-up',
    () => trySetup(context),
    (reason) => (reason === undefined ? 'ready' : 'failed'),
  );
  const results: TestCounts[] = [];
  for (const stage of stagesFor(context, options, blocked))
    results.push(await timed(stage.title, () => stage.run(), formatCounts));

  let total = sum(results);
  if (total.skipped.length > 0) {
    print('\nSkipped:');
    for (const { name, reason } of total.skipped) print(`  ${name} (${reason})`);
    if (options.ci) print('In continuous integration a skipped test counts as failed.');
  }
  if (options.ci) total = countSkipsAsFailures(total);
  print(`\nTime\n${timings.join('\n')}\n`);
  print(formatCounts(total));
  return total.failed === 0;
}

function stagesFor(context: SetupContext, { long }: TestOptions, blocked: string | undefined): Stage[] {
  const env = { DATA_DIR: context.data, ...(long && { LONG: '1' }) };
  return [
    checkStage(context, 'Format', [['prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']]),
    checkStage(context, 'Types', [
      ['typescript/bin/tsc', '--noEmit'],
      ['typescript/bin/tsc', '--noEmit', '-p', 'web'],
    ]),
    checkStage(context, 'Lint', [['eslint/bin/eslint.js', '.', '--max-warnings', '0']]),
    vitestStage(context, 'Unit tests', 'unit', env),
    blocked === undefined
      ? vitestStage(context, 'System tests', 'system', env)
      : skippedStage(context, 'System tests', 'system', blocked),
  ];
}

/** Returns why system tests cannot run here, if so: the others run in any case. */
async function trySetup(context: SetupContext): Promise<string | undefined> {
  if (!isRoot()) return say('System tests make machines, and only root can: run sudo npm test.');
  try {
    await setUp(context, { page: true, tests: true });
    return undefined;
  } catch (error) {
    if (context.signal.aborted) throw error;
    return say(messageOf(error));
  }
}

function say(reason: string): string {
  print(reason);
  return reason;
}

function seconds(started: number): string {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
