import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CommandFailed, run } from '../command.ts';
import { Failure } from '../failure.ts';
import type { SetupContext } from './context.ts';

/** Another apt of the host may be at work: wait for it. */
const WAIT = '-oDPkg::Lock::Timeout=300';

export async function refreshLists(context: SetupContext): Promise<void> {
  await withNetwork(() => apt(context, ['update', '-oAPT::Update::Error-Mode=any']));
}

export async function installPackages(context: SetupContext, names: readonly string[]): Promise<void> {
  await withFreshLists(context, () =>
    apt(context, ['install', '--yes', '--no-install-recommends', WAIT, ...names]),
  );
}

/** Fetches a package and unpacks it into `folder`. Nothing is installed on the host, none of its scripts run. */
export async function unpackPackage(context: SetupContext, name: string, folder: string): Promise<void> {
  const download = await mkdtemp(join(tmpdir(), 'slipway-deb-'));
  try {
    // apt downloads as a user of its own, who else may not write here.
    await run('chown', ['_apt', download]).catch(() => undefined);
    await withFreshLists(context, () => apt(context, ['download', name], download));
    const file = (await readdir(download)).find((entry) => entry.endsWith('.deb'));
    if (file === undefined) throw new Error(`apt-get download ${name} brought no file.`);
    await run('dpkg-deb', ['--extract', join(download, file), folder], { log: context.log });
  } finally {
    await rm(download, { recursive: true, force: true });
  }
}

/** Package lists may be missing (in a fresh container) or older than what the mirror still keeps: then fetch them. */
async function withFreshLists(context: SetupContext, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    await refreshLists(context);
    await withNetwork(action);
  }
}

/** Turns apt's many words for "no network" and "disk full" into one sentence. */
export async function withNetwork(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    if (/No space left on device|not have enough free space/i.test(error.output)) {
      throw new Failure('The disk is full.', 'Free some space, or choose another disk with --data-dir.', {
        cause: error,
      });
    }
    if (
      /Temporary failure resolving|Could not (resolve|connect)|Failed to fetch|Network is unreachable|Connection (refused|timed out)/i.test(
        error.output,
      )
    ) {
      throw new Failure(
        'Debian’s packages cannot be downloaded: the network or the mirror does not answer.',
        'Check that `apt-get update` works on this host, then run the command again; it goes on where it stopped.',
        { cause: error },
      );
    }
    throw error;
  }
}

async function apt(context: SetupContext, args: readonly string[], cwd?: string): Promise<void> {
  await run('apt-get', ['--quiet', ...args], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    log: context.log,
    signal: context.signal,
    ...(cwd !== undefined && { cwd }),
  });
}
