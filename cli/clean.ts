import { access, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from './command.ts';
import { Failure, messageOf } from './failure.ts';
import { requireRoot } from './requirements.ts';

/** What `slipway clean` may remove: only what Slipway itself puts into its data folder. */
const MACHINES = ['sessions', 'disks', 'server'];
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

async function requireStopped(dataDir: string): Promise<void> {
  const lock = join(dataDir, 'supervisor.lock');
  const there = await access(lock).then(
    () => true,
    () => false,
  );
  if (!there) return;
  try {
    await run('flock', ['--nonblock', lock, 'true']);
  } catch (error) {
    throw new Failure(`Slipway is running with ${dataDir} (${messageOf(error)}).`, 'Stop it first.', {
      cause: error,
    });
  }
}
