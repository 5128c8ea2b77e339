import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { bundle } from '../cli/bundle.mjs';
import { spawnSupervisor, type SpawnedSupervisor } from '../sandbox/host/spawned.ts';
import type { SessionLimits } from '../sandbox/host/supervisor.ts';
import { settings } from './settings.ts';

export interface Machines extends SpawnedSupervisor {
  /** The supervisor's data folder: its own, so that a running service is not disturbed. */
  readonly dataDir: string;
}

/** Starts a supervisor on a new data folder in `parent` with the runtime, workbench and catalog that the set-up made. */
export async function openMachines(
  limits: Partial<SessionLimits> = {},
  parent = tmpdir(),
): Promise<Machines> {
  const dataDir = await mkdtemp(path.join(parent, 'slipway-t-'));
  // The users of sessions go through it.
  await chmod(dataDir, 0o711);
  try {
    const spawned = await spawnSupervisor({
      program: await bundleSupervisor(dataDir),
      dataDir,
      runtime: await realpath(path.join(settings.dataDir, 'runtime/current')),
      workbench: await realpath(path.join(settings.dataDir, 'workbench/current')),
      catalog: await realpath(path.join(settings.dataDir, 'catalog')),
      limits,
    });
    const close = async (): Promise<void> => {
      await spawned.close();
      await rm(dataDir, { recursive: true, force: true });
    };
    return { ...spawned, dataDir, close };
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

async function bundleSupervisor(folder: string): Promise<string> {
  const outfile = path.join(folder, 'supervisor.mjs');
  const { project } = settings;
  await bundle({ project, entry: 'sandbox/host/main.ts', outfile, packages: { external: [] } });
  return outfile;
}
