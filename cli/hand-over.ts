import { join } from 'node:path';

import { bundle } from './bundle.mjs';
import { runInOwnGroup } from './own-group.ts';
import type { SetupContext } from './setup/context.ts';

/** Bundles `test/<name>/main.ts` and hands over to it; returns its exit status. At an abort it tidies up, and then ends. */
export async function handOver(
  { project, data, signal }: Pick<SetupContext, 'project' | 'data' | 'signal'>,
  name: 'bench' | 'load',
  args: readonly string[],
): Promise<number> {
  const outfile = join(project, `dist/${name}.mjs`);
  await bundle({ project, entry: `test/${name}/main.ts`, outfile, packages: 'external' });
  const env = { ...process.env, DATA_DIR: data };
  return runInOwnGroup([outfile, ...args], { cwd: project, env, signal, told: 'program' });
}
