import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from './command.ts';
import { Failure } from './failure.ts';
import { exists } from './setup/folder.ts';

/** What there is of machines, in the data folder. */
const MACHINES = ['sessions', 'sandbox', 'disks', 'server/sessions'];
/** What the next set-up makes again. */
const MADE = ['app', 'page', 'runtime', 'workbench', 'catalog', 'tools', 'log', 'run'];
const LOCKS = ['setup.lock', 'supervisor.lock'];
/** What people have made here: progress and audit trail, images on the hub, keys and signatures. */
const KEPT = ['server', 'hub', 'trust'];

/** `usual` is machines and what was set up. Nothing but what Slipway itself puts into its data folder is ever removed. */
export type CleanScope = 'machines' | 'usual' | 'all';

const SCOPES: Record<CleanScope, readonly string[]> = {
  machines: MACHINES,
  usual: [...MACHINES, ...MADE, ...LOCKS],
  all: [...MACHINES, ...MADE, ...KEPT, ...LOCKS],
};

export async function clean(
  dataDir: string,
  { scope, confirmed }: { readonly scope: CleanScope; readonly confirmed: boolean },
): Promise<void> {
  const present: string[] = [];
  for (const name of SCOPES[scope]) if (await exists(join(dataDir, name))) present.push(name);
  if (present.length === 0) {
    process.stdout.write(`There is nothing to remove in ${dataDir}.\n`);
    return;
  }
  const paths = present.map((name) => join(dataDir, name));
  if (!confirmed) {
    const sizes = await run('du', ['--summarize', '--human-readable', '--total', ...paths]);
    throw new Failure(`This would remove, for good:\n${sizes.trimEnd()}`, 'Add --yes to do it.');
  }
  await requireStopped(dataDir);
  for (const path of paths) await rm(path, { recursive: true, force: true });
  process.stdout.write(`Removed ${present.join(', ')} from ${dataDir}.\n`);
}

/** A running supervisor holds its lock: that of `start`, or one for each sandbox. */
async function requireStopped(dataDir: string): Promise<void> {
  const sandboxes = await readdir(join(dataDir, 'sandbox')).catch(() => []);
  for (const folder of [dataDir, ...sandboxes.map((name) => join(dataDir, 'sandbox', name))]) {
    const lock = join(folder, 'supervisor.lock');
    if (!(await exists(lock))) continue;
    await run('flock', ['--nonblock', lock, 'true']).catch((error: unknown) => {
      throw new Failure(`Slipway is running with ${folder}.`, 'Stop it first.', { cause: error });
    });
  }
}
