import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { bundle } from '../../cli/bundle.mjs';
import { spawnSupervisor, type SpawnedSupervisor, type SpawnOptions } from '../../sandbox/host/spawned.ts';
import { settings } from '../settings.ts';

/** A data folder on which supervisors are started one after another. */
export interface Host {
  readonly dataDir: string;
  start(options?: Partial<SpawnOptions>): Promise<SpawnedSupervisor>;
  remove(): Promise<void>;
}

export async function openHost(parent = tmpdir()): Promise<Host> {
  const dataDir = await realpath(await mkdtemp(path.join(parent, 'slipway-h-')));
  // The users of sessions go through it.
  await chmod(dataDir, 0o711);
  const program = path.join(dataDir, 'supervisor.mjs');
  const { project } = settings;
  await bundle({ project, entry: 'sandbox/host/main.ts', outfile: program, packages: { external: [] } });
  const part = (name: string): Promise<string> => realpath(path.join(settings.dataDir, name));
  const folders = {
    runtime: await part('runtime/current'),
    workbench: await part('workbench/current'),
    catalog: await part('catalog'),
  };
  return {
    dataDir,
    start: (options = {}) => spawnSupervisor({ program, dataDir, ...folders, ...options }),
    remove: () => rm(dataDir, { recursive: true, force: true }),
  };
}
