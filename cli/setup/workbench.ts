import {
  appendFile,
  chmod,
  copyFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

import { unpackPackage } from './apt.ts';
import { tidyDebian } from './catalog.ts';
import type { SetupContext, Step } from './context.ts';
import { bootstrapDebian, debianRepositories, EXCLUDED, SUITE } from './debian.ts';
import { exists, hashOf, makeFolder } from './folder.ts';
import { epochOf, sourcesFile } from './repositories.ts';

/** The learner's userland: a small Debian with an editor or three, and the real Docker CLI. */

/** Raise it to rebuild every workbench. */
const VERSION = '2';

const PACKAGES = [
  'attr',
  'bash',
  'bash-completion',
  'ca-certificates',
  'coreutils',
  'crun',
  'curl',
  'docker-compose',
  'git',
  'iproute2',
  'jq',
  'less',
  'nano',
  'nftables',
  'procps',
  'psmisc',
  'tar',
  'tini',
  'tree',
  'vim',
  'xz-utils',
  'zstd',
] as const;

/** Large and of no use on a machine without a network: 40 MB. */
const DROPPED = [
  'usr/share/vim/vim90/lang',
  'usr/share/vim/vim90/spell',
  'usr/share/vim/vim90/tutor',
  'usr/share/zoneinfo/right',
];

/** The hash in the folder's name: of the packages' names, and of the files that are laid over them. */
export async function workbenchHash(project: string): Promise<string> {
  const overlay = overlayFolder(project);
  const files = await listFiles(overlay);
  const contents = await Promise.all(files.map((file) => readFile(join(overlay, file))));
  return hashOf(VERSION, SUITE, process.arch, ...PACKAGES, ...EXCLUDED, ...DROPPED, ...files, ...contents);
}

export function workbenchStep(context: SetupContext, base: string, hash: string): Step {
  return {
    title: 'Workbench',
    isDone: () => exists(join(base, hash)),
    run: (task) => makeFolder(base, hash, (folder) => fillWorkbench(context, folder, task)),
  };
}

async function fillWorkbench(
  context: SetupContext,
  folder: string,
  task: Parameters<Step['run']>[0],
): Promise<void> {
  const repositories = await debianRepositories(context);
  await bootstrapDebian(context, {
    folder,
    packages: PACKAGES,
    repositories,
    epoch: epochOf(repositories, SUITE),
    task,
  });
  task.detail('adding the Docker CLI');
  await addDockerCli(context, folder);
  task.detail('cleaning up');
  await tidyDebian(folder);
  for (const path of DROPPED) await rm(join(folder, path), { recursive: true, force: true });
  await writeFile(join(folder, 'etc/apt/sources.list.d/debian.sources'), sourcesFile(repositories));
  await layOver(context.project, folder);
}

/** The CLI out of the package that also holds the daemon: nothing of it gets installed, here or there. */
async function addDockerCli(context: SetupContext, folder: string): Promise<void> {
  const unpacked = join(folder, '.docker.io');
  await unpackPackage(context, 'docker.io', unpacked);
  const completions = 'usr/share/bash-completion/completions';
  await copyFile(join(unpacked, 'usr/bin/docker'), join(folder, 'usr/bin/docker'));
  await chmod(join(folder, 'usr/bin/docker'), 0o755);
  await mkdir(join(folder, completions), { recursive: true });
  await copyFile(join(unpacked, completions, 'docker'), join(folder, completions, 'docker'));
  // `docker run --init`: it is put into containers that may hold no C library.
  await symlink('tini-static', join(folder, 'usr/bin/docker-init'));
  await rm(unpacked, { recursive: true });
}

async function layOver(project: string, folder: string): Promise<void> {
  await cp(overlayFolder(project), folder, { recursive: true });
  for (const file of ['etc/bash.bashrc', 'etc/slipway.bashrc']) await chmod(join(folder, file), 0o644);
  await writeFile(join(folder, 'etc/bash.bashrc'), '. /etc/slipway.bashrc\n');
  await appendFile(join(folder, 'etc/nanorc'), await readFile(join(folder, 'etc/nanorc.local')));
  await rm(join(folder, 'etc/nanorc.local'));
  // Root's own files start empty: what they could say stands in /etc, where a new version reaches every machine.
  await writeFile(join(folder, 'root/.bashrc'), '# Your own aliases and settings for bash go here.\n');
  await writeFile(join(folder, 'root/.profile'), '[ -n "$BASH_VERSION" ] && . ~/.bashrc\n');
  await writeFile(join(folder, 'etc/hostname'), 'slipway\n');
  await writeFile(
    join(folder, 'etc/hosts'),
    '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n127.0.1.1 slipway\n',
  );
  await writeFile(join(folder, 'etc/resolv.conf'), '');
  await writeFile(join(folder, 'etc/machine-id'), '');
  await writeFile(join(folder, 'etc/motd'), '');
  for (const path of ['opt/slipway/runtime', 'opt/slipway/catalog', 'var/lib/docker'])
    await mkdir(join(folder, path), { recursive: true });
}

const overlayFolder = (project: string): string => join(project, 'cli/setup/workbench');

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
