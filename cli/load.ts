import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { bundle } from './bundle.mjs';
import { requireRoot } from './requirements.ts';
import type { SetupContext } from './setup/context.ts';
import { setUp } from './setup/setup.ts';

/** What `slipway load` is asked for, as text: the program in test/load checks it. */
export interface LoadWishes {
  readonly sessions: string;
  readonly minutes: string;
  readonly active: string;
  readonly lessons?: string;
  readonly peer?: true;
}

/** Sets up, then hands over to test/load; returns its exit status. */
export async function load(context: SetupContext, wishes: LoadWishes): Promise<number> {
  requireRoot('make machines');
  await setUp(context, { page: true, tests: wishes.peer === true });
  const program = join(context.project, 'dist/load.mjs');
  await bundle({
    project: context.project,
    entry: 'test/load/main.ts',
    outfile: program,
    packages: 'external',
  });
  const { sessions, minutes, active, lessons, peer } = wishes;
  const options = ['--sessions', sessions, '--minutes', minutes, '--active', active];
  if (lessons !== undefined) options.push('--lessons', lessons);
  if (peer) options.push('--peer');
  const child = spawn(process.execPath, [program, ...options], {
    cwd: context.project,
    env: { ...process.env, DATA_DIR: context.data },
    stdio: 'inherit',
  });
  // It ends its machines first, and then itself.
  context.signal.addEventListener('abort', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
