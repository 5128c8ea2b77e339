import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';

import { CommandFailed } from '../command.ts';
import { Failure } from '../failure.ts';
import { installPackages } from './apt.ts';
import type { SetupContext, Step } from './context.ts';

/** What the host itself needs: a program to look for, and the Debian package it comes in. */
const NEEDED = {
  crun: 'crun',
  mmdebstrap: 'mmdebstrap',
  'mkfs.ext4': 'e2fsprogs',
  ip: 'iproute2',
  nft: 'nftables',
  zstd: 'zstd',
  openssl: 'openssl',
};
const NEEDED_FOR_TESTS = {
  chromium: 'chromium',
  'docker-compose': 'docker-compose',
  podman: 'podman',
  skopeo: 'skopeo',
  umoci: 'umoci',
};

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export function packagesStep(context: SetupContext, options: { readonly tests: boolean }): Step {
  const needed = options.tests ? { ...NEEDED, ...NEEDED_FOR_TESTS } : NEEDED;
  return {
    title: 'System packages',
    isDone: async () => (await missingPackages(needed)).length === 0,
    run: async (task) => {
      const missing = await missingPackages(needed);
      const names = missing.join(' ');
      if (!(await hasProgram('apt-get')))
        throw new Failure(
          `These programs are missing on this host, which has no apt: ${names}.`,
          'Install them with the host’s own package manager; crun, mmdebstrap and dpkg exist in most distributions.',
        );
      task.detail(`installing ${names}`);
      try {
        await installPackages(context, missing);
      } catch (error) {
        if (error instanceof Failure)
          throw new Failure(error.message, `Needed are the Debian packages: ${names}. ${error.wayOut}`, {
            cause: error,
          });
        if (!(error instanceof CommandFailed)) throw error;
        throw new Failure(
          `apt could not install ${names}.`,
          `Try: apt-get install ${names}\nWhat it said is in ${context.log}.`,
          {
            cause: error,
          },
        );
      }
    },
  };
}

async function missingPackages(needed: Readonly<Record<string, string>>): Promise<string[]> {
  const found = await Promise.all(Object.keys(needed).map(hasProgram));
  return Object.values(needed).filter((_name, index) => found[index] === false);
}

export async function hasProgram(name: string): Promise<boolean> {
  const tries = FOLDERS.map((folder) => access(join(folder, name), constants.X_OK));
  return (await Promise.allSettled(tries)).some(({ status }) => status === 'fulfilled');
}
