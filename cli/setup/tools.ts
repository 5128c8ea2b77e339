import { join } from 'node:path';

import { ORACLE_PACKAGES } from '../../test/oracle/tools.ts';
import { unpackPackage } from './apt.ts';
import type { SetupContext, Step } from './context.ts';
import { exists, makeFolder } from './folder.ts';

/**
 * The real Docker daemon that the tests compare with: its packages are unpacked into `tools/docker`, not installed, so
 * the host gets no daemon, no firewall rules and no service.
 */
export function oracleStep(context: SetupContext): Step {
  const base = join(context.data, 'tools');
  return {
    title: 'Docker daemon to compare with',
    isDone: () => exists(join(base, 'docker/usr/sbin/dockerd')),
    run: (task) =>
      makeFolder(base, 'docker', async (folder) => {
        for (const name of ORACLE_PACKAGES) {
          task.detail(`fetching ${name}`);
          await unpackPackage(context, name, folder);
        }
      }),
  };
}

/** A real registry to compare with and to fetch from; unpacked for the same reasons, as its package brings a service. */
export function registryStep(context: SetupContext): Step {
  const base = join(context.data, 'tools');
  return {
    title: 'Docker registry to compare with',
    isDone: () => exists(join(base, 'registry/usr/bin/docker-registry')),
    run: (task) =>
      makeFolder(base, 'registry', async (folder) => {
        task.detail('fetching docker-registry');
        await unpackPackage(context, 'docker-registry', folder);
      }),
  };
}

/** For a lab without a database of its own: MariaDB, and what a minimal host lacks of its libraries. */
const NOTARY_PACKAGES = ['notary', 'mariadb-server-core', 'libaio1', 'libnuma1', 'liburing2'] as const;

/** A notary for signed images, and the database that it keeps them in (server/trust); unpacked for the same reasons. */
export function notaryStep(context: SetupContext): Step {
  const base = join(context.data, 'tools');
  return {
    title: 'Notary for signed images',
    isDone: () => exists(join(base, 'notary/usr/bin/notary-server')),
    run: (task) =>
      makeFolder(base, 'notary', async (folder) => {
        for (const name of NOTARY_PACKAGES) {
          task.detail(`fetching ${name}`);
          await unpackPackage(context, name, folder);
        }
      }),
  };
}
