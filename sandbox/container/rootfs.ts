import type { Stats } from 'node:fs';
import { lstat, mkdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../oci/errors.ts';

/** As the kernel's own limit for one path. */
const MAX_LINKS = 40;

/**
 * Where `path` of a container lies in the session, every symbolic link followed as the container itself would see it:
 * never outside of `root`. What does not exist yet is taken by its name.
 */
export async function resolveInRoot(root: string, path: string): Promise<string> {
  const todo = path.split('/');
  const done: string[] = [];
  let links = 0;
  while (todo.length > 0) {
    const segment = todo.shift();
    if (segment === undefined || segment === '' || segment === '.') continue;
    if (segment === '..') {
      done.pop();
      continue;
    }
    const target = await linkTarget(join(root, ...done, segment));
    if (target === undefined) {
      done.push(segment);
      continue;
    }
    if (++links > MAX_LINKS) throw new EngineError('invalid', `too many levels of symbolic links in ${path}`);
    if (target.startsWith('/')) done.length = 0;
    todo.unshift(...target.split('/'));
  }
  return join(root, ...done);
}

async function linkTarget(path: string): Promise<string | undefined> {
  const stat = await lstatOrNothing(path);
  return stat?.isSymbolicLink() ? readlink(path) : undefined;
}

export async function lstatOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** A text file of the container; empty when it is not there or is none. */
export async function readInRoot(root: string, path: string): Promise<string> {
  const resolved = await resolveInRoot(root, path);
  const stat = await lstatOrNothing(resolved);
  return stat?.isFile() ? readFile(resolved, 'utf8') : '';
}

/** The directory `path` of the container, made with all its parents when it is missing. */
export async function makeDirectoryInRoot(root: string, path: string): Promise<string> {
  const resolved = await resolveInRoot(root, path);
  const stat = await lstatOrNothing(resolved);
  if (stat && !stat.isDirectory()) {
    throw new EngineError('invalid', `Cannot mkdir: ${path} is not a directory`);
  }
  if (!stat) await mkdir(resolved, { recursive: true, mode: 0o755 });
  return resolved;
}
