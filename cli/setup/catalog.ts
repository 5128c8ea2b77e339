import { chmod, copyFile, link, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from '../command.ts';
import { unpackPackage } from './apt.ts';
import type { SetupContext, Step } from './context.ts';
import { bootstrapDebian, debianRepositories, EXCLUDED, SUITE } from './debian.ts';
import { helloProgram, type Machine } from './elf.ts';
import { hashOf } from './folder.ts';
import { type ImageRecipe, makeImage } from './image.ts';
import { hasImage } from './layout.ts';
import { epochOf, findRepositories, sourcesFile } from './repositories.ts';

/** The official images. Raise an image's version when its files shall change without a change of its inputs here. */

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

type Task = Parameters<Step['run']>[0];

/** Small, and all that the first lesson needs. */
export function smallImages(context: SetupContext, catalog: string): Step[] {
  return [imageStep(context, catalog, helloWorld), imageStep(context, catalog, busybox)];
}

/** Takes the better part of a minute. */
export function largeImages(context: SetupContext, catalog: string): Step[] {
  return [imageStep(context, catalog, debian)];
}

interface Source {
  readonly name: string;
  readonly references: readonly string[];
  readonly recipe: string;
  readonly command: readonly string[];
  fill(context: SetupContext, root: string, task: Task): Promise<number>;
}

function imageStep(context: SetupContext, catalog: string, source: Source): Step {
  const { name, references, recipe, command } = source;
  return {
    title: `Image ${name}`,
    isDone: () => hasImage(catalog, { references, recipe }),
    run: async (task) => {
      const image: ImageRecipe = {
        references,
        recipe,
        command,
        createdBy: `slipway setup # ${name}`,
        environment: [PATH],
        fill: (root) => source.fill(context, root, task),
      };
      await makeImage(context, catalog, image);
    },
  };
}

const official = (name: string, ...tags: readonly string[]): string[] =>
  tags.map((tag) => `docker.io/library/${name}:${tag}`);

const HELLO = `
Hello from a container!

A program of less than 1,000 bytes wrote these lines. It is the only file of the
image hello-world, and this is how its words came to your terminal:

  1. You asked docker to run hello-world, and docker asked its engine.
  2. The engine looked for the image, and pulled it if it was not here.
  3. It made a container: the files of the image, and one process to see them.
  4. The process wrote, the engine passed it on to you, the process ended.

The container is still there, stopped: find it with   docker ps -a
Then try one that holds a whole Debian:               docker run -it debian bash

`;

const helloWorld: Source = {
  name: 'hello-world',
  references: official('hello-world', 'latest'),
  recipe: hashOf('hello-world 1', process.arch, HELLO),
  command: ['/hello'],
  fill: async (_context, root) => {
    await writeFile(join(root, 'hello'), helloProgram(process.arch as Machine, HELLO), { mode: 0o755 });
    return epochOf(await findRepositories(SUITE), SUITE);
  },
};

const BUSYBOX_FILES: Readonly<Record<string, string>> = {
  'etc/passwd': [
    'root:x:0:0:root:/root:/bin/sh',
    'daemon:x:1:1:daemon:/usr/sbin:/bin/false',
    'www-data:x:33:33:www-data:/var/www:/bin/false',
    'nobody:x:65534:65534:nobody:/home:/bin/false\n',
  ].join('\n'),
  'etc/group': ['root:x:0:', 'daemon:x:1:', 'tty:x:5:', 'www-data:x:33:', 'nogroup:x:65534:\n'].join('\n'),
  'etc/shadow': ['root:*:::::::', 'daemon:*:::::::', 'www-data:*:::::::', 'nobody:*:::::::\n'].join('\n'),
};

const busybox: Source = {
  name: 'busybox',
  references: official('busybox', 'latest', '1', 'stable'),
  recipe: hashOf('busybox 1', process.arch, JSON.stringify(BUSYBOX_FILES)),
  command: ['sh'],
  fill: async (context, root, task) => {
    task.detail('fetching busybox');
    const repositories = await debianRepositories(context);
    for (const folder of ['bin', 'dev', 'etc', 'home', 'usr/bin', 'usr/sbin', 'var/spool', 'var/www'])
      await mkdir(join(root, folder), { recursive: true });
    await mkdir(join(root, 'root'), { mode: 0o700 });
    await mkdir(join(root, 'tmp'));
    await chmod(join(root, 'tmp'), 0o1777);
    await unpackBusybox(context, join(root, 'bin/busybox'));
    const names = (await run(join(root, 'bin/busybox'), ['--list'])).trim().split('\n');
    for (const name of names)
      if (name !== 'busybox') await link(join(root, 'bin/busybox'), join(root, 'bin', name));
    await link(join(root, 'bin/busybox'), join(root, 'usr/bin/env'));
    for (const [path, content] of Object.entries(BUSYBOX_FILES)) await writeFile(join(root, path), content);
    await chmod(join(root, 'etc/shadow'), 0o600);
    return epochOf(repositories, SUITE);
  },
};

/** Puts Debian's static busybox at `path`, without installing it: it would push out the host's own. */
export async function unpackBusybox(context: SetupContext, path: string): Promise<void> {
  const unpacked = `${path}.package`;
  await unpackPackage(context, 'busybox-static', unpacked);
  await copyFile(join(unpacked, 'bin/busybox'), path);
  await rm(unpacked, { recursive: true });
}

/** What makes apt and dpkg fit for images: no services started, no caches and no manuals kept. */
const DEBIAN_FILES: Readonly<Record<string, readonly [mode: number, content: string]>> = {
  'etc/apt/apt.conf.d/slim': [
    0o644,
    [
      'Acquire::GzipIndexes "true";',
      'Acquire::Languages "none";',
      'Binary::apt::APT::Keep-Downloaded-Packages "false";',
      'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };',
      'Dir::Cache::pkgcache "";',
      'Dir::Cache::srcpkgcache "";\n',
    ].join('\n'),
  ],
  'etc/dpkg/dpkg.cfg.d/slim': [
    0o644,
    [
      'force-unsafe-io',
      ...EXCLUDED.map((path) => `path-exclude ${path}`),
      'path-include /usr/share/doc/*/copyright\n',
    ].join('\n'),
  ],
  'etc/hostname': [0o644, ''],
  'etc/resolv.conf': [0o644, ''],
  'usr/sbin/policy-rc.d': [0o755, '#!/bin/sh\n# Packages do not start services in a container.\nexit 101\n'],
};

const debian: Source = {
  name: 'debian',
  references: official('debian', 'latest', SUITE, `${SUITE}-slim`, '12', '12-slim'),
  recipe: hashOf('debian 2', process.arch, JSON.stringify(DEBIAN_FILES), ...EXCLUDED),
  command: ['bash'],
  fill: async (context, root, task) => {
    const repositories = await debianRepositories(context);
    const epoch = epochOf(repositories, SUITE);
    await bootstrapDebian(context, { folder: root, packages: [], repositories, epoch, task });
    task.detail('packing');
    await tidyDebian(root);
    await writeFile(join(root, 'etc/apt/sources.list.d/debian.sources'), sourcesFile(repositories));
    for (const [path, [mode, content]] of Object.entries(DEBIAN_FILES)) {
      await writeFile(join(root, path), content);
      await chmod(join(root, path), mode);
    }
    return epoch;
  },
};

/** Removes what the making of a Debian left in it: the maker's settings, caches and logs, and device files. */
export async function tidyDebian(root: string): Promise<void> {
  const files = [
    'etc/apt/sources.list',
    'etc/apt/apt.conf.d/99mmdebstrap',
    'etc/dpkg/dpkg.cfg.d/99mmdebstrap',
    'var/cache/ldconfig/aux-cache',
    'var/lib/dpkg/lock',
    'var/lib/dpkg/lock-frontend',
  ];
  const folders = [
    'dev',
    'run',
    'tmp',
    'var/cache/debconf',
    'var/lib/apt/lists',
    'var/log/apt',
    'var/cache/apt/archives',
  ];
  for (const file of files) await rm(join(root, file), { force: true });
  for (const folder of folders) {
    const entries = await readdir(join(root, folder)).catch(() => []);
    for (const entry of entries) await rm(join(root, folder, entry), { recursive: true, force: true });
  }
  await mkdir(join(root, 'run/lock'), { recursive: true });
  await chmod(join(root, 'run/lock'), 0o1777);
  await mkdir(join(root, 'var/lib/apt/lists/partial'), { recursive: true });
  await mkdir(join(root, 'var/cache/apt/archives/partial'), { recursive: true });
}
