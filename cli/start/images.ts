import { join } from 'node:path';

import { withoutNamespaces } from '../../sandbox/host/namespaces.ts';
import { run } from '../command.ts';
import type { SetupContext } from '../setup/context.ts';

/** Builds the official images that are missing while the page is served already, and lets it have the processor first. */
export async function buildImages(
  context: SetupContext,
  wishes: readonly string[],
  say: (sentence: string) => void,
): Promise<void> {
  if (wishes.includes('none')) return;
  const names = wishes.includes('all') ? [] : wishes;
  const { project, data, log, mirror, signal } = context;
  const command = [
    process.execPath,
    join(project, 'cli/slipway.mjs'),
    'catalog',
    'build',
    '--data-dir',
    data,
  ];
  const options = mirror === undefined ? [] : ['--mirror', mirror];
  try {
    // Its supervisor must not find itself in the namespaces of this one.
    const env = withoutNamespaces(process.env);
    await run('nice', ['-n', '10', ...command, ...options, ...names], { log, signal, env });
  } catch {
    if (signal.aborted) return;
    say(`Some images could not be built: npx slipway catalog list names them, and ${log} says why.`);
  }
}
