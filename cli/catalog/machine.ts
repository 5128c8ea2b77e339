import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { removeAbandoned } from '../../sandbox/host/abandoned.ts';
import { openSupervisor } from '../../sandbox/host/open.ts';
import { egressRules, MIRRORS } from '../egress.ts';
import type { SetupContext } from '../setup/context.ts';
import type { Folders } from '../setup/setup.ts';
import { openWayOut } from '../way-out.ts';

export interface BuildMachine {
  /** A folder on the host for what is taken out of the machine. */
  readonly folder: string;
  readonly engineSocket: string;
  close(): Promise<void>;
}

const GIB = 1024 ** 3;
/** Room for the largest image; all that is used is given back. */
const LIMITS = { memoryBytes: GIB, diskBytes: 6 * GIB, cpus: 2, processes: 1024 };
const EGRESS_BYTES = 8 * GIB;

/** A machine like any learner's, with a way to the package mirrors of this host. */
export async function openBuildMachine(context: SetupContext, folders: Folders): Promise<BuildMachine> {
  const base = join(context.data, 'catalog-build');
  await mkdir(base, { recursive: true, mode: 0o711 });
  // Of a build that was killed: only one runs at a time.
  for (const name of await readdir(base)) await removeAbandoned(join(base, name));
  const home = join(base, randomBytes(4).toString('hex'));
  await mkdir(home, { mode: 0o711 });
  const rules = await egressRules(context, [MIRRORS]);
  const supervisor = await openSupervisor({
    dataDir: home,
    disksDir: join(context.data, 'disks'),
    runtime: folders.runtime,
    workbench: folders.workbench,
    catalog: folders.catalog,
    limits: LIMITS,
  });
  const close = async (): Promise<void> => {
    await supervisor.close();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const session = await supervisor.create();
    const wayOut = openWayOut(session, { places: rules, bytesPerMachine: EGRESS_BYTES });
    return {
      folder: home,
      engineSocket: session.engineSocket,
      close: async () => {
        wayOut.close();
        await supervisor.destroy(session.id);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
