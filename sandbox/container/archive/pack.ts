import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import path from 'node:path/posix';
import type { Readable } from 'node:stream';

import { isBelow, statAt, type Mount, type Place, type Root } from './root.ts';

const O_PATH = 0o10000000;
/** The first descriptor after the standard ones, for a child. */
const FIRST_DESCRIPTOR = 3;

export interface Packing {
  readonly stream: Readable;
  /** Rejects when the archive is not whole. */
  readonly done: Promise<void>;
}

/** One folder to read from, and what its entries are called in the archive. */
interface Part {
  readonly descriptor: number;
  /** An entry of the folder, or `.` for all of it. */
  readonly name: string;
  /** Path in the container. */
  readonly path: string;
  readonly archiveName: string;
}

/**
 * An archive of what is at `place`, called `rename` in it, with the mounts below it. GNU tar reads it: it never
 * follows links, and it gets folders that are held open instead of paths.
 */
export function pack(root: Root, place: Place, rename: string): Packing {
  const isFolder = statAt(place)?.isDirectory() ?? false;
  const first: Part = isFolder
    ? {
        descriptor: openSync(
          place.folder.at(place.name),
          O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW,
        ),
        name: '.',
        path: place.path,
        archiveName: rename,
      }
    : {
        descriptor: openSync(place.folder.at('.'), O_PATH | constants.O_DIRECTORY),
        name: place.name,
        path: place.path,
        archiveName: rename,
      };
  const parts = [first, ...(isFolder ? mountsBelow(root, first) : [])];
  try {
    return start(parts, root.mounts);
  } finally {
    for (const { descriptor } of parts) closeSync(descriptor);
  }
}

function mountsBelow(root: Root, whole: Part): Part[] {
  const below = root.mounts.filter(
    ({ destination }) => destination !== whole.path && isBelow(destination, whole.path),
  );
  return below
    .sort((one, other) => (one.destination < other.destination ? -1 : 1))
    .map(({ destination }) => {
      const place = root.locate(destination, { follow: true });
      const descriptor = openSync(place.folder.at('.'), O_PATH | constants.O_DIRECTORY);
      place.folder.close();
      const relative = path.relative(whole.path, destination);
      const archiveName = whole.archiveName === '/' ? `/${relative}` : `${whole.archiveName}/${relative}`;
      return { descriptor, name: place.name, path: destination, archiveName };
    });
}

function start(parts: readonly Part[], mounts: readonly Mount[]): Packing {
  const argv = [
    '--create',
    '--file=-',
    '--format=posix',
    // Whole seconds and nothing else, as dockerd writes them.
    '--pax-option=delete=atime,delete=ctime,delete=mtime',
    '--sort=name',
    '--absolute-names',
    '--xattrs',
    '--xattrs-include=security.capability',
    '--anchored',
    '--no-wildcards',
    ...parts.flatMap((part, index) => excludes(part, index, mounts)),
    ...parts.map((part, index) => `--transform=${renaming(part, index)}`),
    '--',
    ...parts.map((part, index) => `${folderOf(index)}/${part.name}`),
  ];
  const child = spawn('tar', argv, {
    stdio: ['ignore', 'pipe', 'pipe', ...parts.map((part) => part.descriptor)],
  });
  if (child.stdout === null) throw new Error('tar has no output');
  return { stream: child.stdout, done: finished(child) };
}

function folderOf(index: number): string {
  return `/proc/self/fd/${FIRST_DESCRIPTOR + index}`;
}

/** What is covered by a mount comes from the mount. */
function excludes(part: Part, index: number, mounts: readonly Mount[]): string[] {
  return mounts
    .filter(({ destination }) => destination !== part.path && isBelow(destination, part.path))
    .map(({ destination }) => `--exclude=${folderOf(index)}/./${path.relative(part.path, destination)}`);
}

/** Between the parts of tar's `s` expression: no name that matters has it. */
const DELIMITER = '\x01';

/** For tar's `--transform`: names and hard links' targets change, symbolic links' targets do not. */
function renaming(part: Part, index: number): string {
  const from = `^${folderOf(index)}/${part.name === '.' ? '\\.' : escapeRegExp(part.name)}`;
  const isRoot = part.archiveName === '/';
  const to = isRoot ? '/' : `${part.archiveName.replace(/[\\&\x01]/g, '\\$&').replace(/\n/g, '\\n')}\\1`;
  return `flags=rhS;s${[DELIMITER, from, isRoot ? '/*' : '(/|$)', DELIMITER, to, DELIMITER].join('')}x`;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\\x01]/g, '\\$&').replace(/\n/g, '\\n');
}

/** tar's 1 means that a file changed while it was read: its content is as whole as it can be. */
async function finished(child: ReturnType<typeof spawn>): Promise<void> {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-1024);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0 && code !== 1) throw new Error(words.trim() === '' ? 'tar was interrupted' : words.trim());
}
