import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { bundle } from './bundle.mjs';
import { requireRoot } from './requirements.ts';
import type { SetupContext } from './setup/context.ts';
import { setUp } from './setup/setup.ts';

/** Sets up, then hands over to test/bench, for the cases with `filter` in their title; returns its exit status. */
export async function bench(context: SetupContext, filter: string): Promise<number> {
  requireRoot('measure machines');
  await setUp(context, { page: true, tests: true });
  const program = join(context.project, 'dist/bench.mjs');
  await bundle({
    project: context.project,
    entry: 'test/bench/main.ts',
    outfile: program,
    packages: 'external',
  });
  const child = spawn(process.execPath, [program, filter], {
    cwd: context.project,
    env: { ...process.env, DATA_DIR: context.data },
    stdio: 'inherit',
    signal: context.signal,
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
