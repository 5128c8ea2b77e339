import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from './command.ts';
import { Failure } from './failure.ts';
import { requireRoot } from './requirements.ts';
import { exists } from './setup/folder.ts';

/** What `slipway clean` may remove: only what Slipway itself puts into its data folder. */
const MACHINES = ['sessions', 'sandbox', 'disks', 'server'];
const EVERYTHING = [
  ...MACHINES,
  'app',
  'page',
  'runtime',
  'workbench',
  'catalog',
  'tools',
  'log',
  'run',
  'setup.lock',
  'supervisor.lock',
];

export async function clean(
  dataDir: string,
  options: { readonly onlyMachines: boolean; readonly confirmed: boolean },
): Promise<void> {
  requireRoot('remove what root has made');
  const wanted = new Set(options.onlyMachines ? MACHINES : EVERYTHING);
  const present = (await readdir(dataDir).catch(() => [])).filter((name) => wanted.has(name)).sort();
  if (present.length === 0) {
    process.stdout.write(`There is nothing to remove in ${dataDir}.\n`);
    return;
  }
  const paths = present.map((name) => join(dataDir, name));
  if (!options.confirmed) {
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
