import type { Stats } from 'node:fs';
import { lstatSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../oci/errors.ts';

/** As the kernel's own limit for one path. */
const MAX_LINKS = 40;

// All at once: each is a few looks at a file, and to wait for them one by one takes several times as long.

/**
 * Where `path` of a container lies in the session, every symbolic link followed as the container itself would see it:
 * never outside of `root`. What does not exist yet is taken by its name.
 */
export function resolveInRoot(root: string, path: string): string {
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
    const target = linkTarget(join(root, ...done, segment));
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

function linkTarget(path: string): string | undefined {
  return lstatOrNothing(path)?.isSymbolicLink() ? readlinkSync(path) : undefined;
}

export function lstatOrNothing(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** A text file of the container; empty when it is not there or is none. */
export function readInRoot(root: string, path: string): string {
  const resolved = resolveInRoot(root, path);
  return lstatOrNothing(resolved)?.isFile() ? readFileSync(resolved, 'utf8') : '';
}

/** The directory `path` of the container, made with all its parents when it is missing. */
export function makeDirectoryInRoot(root: string, path: string): string {
  const resolved = resolveInRoot(root, path);
  const stat = lstatOrNothing(resolved);
  if (stat && !stat.isDirectory()) {
    throw new EngineError('invalid', `Cannot mkdir: ${path} is not a directory`);
  }
  if (!stat) mkdirSync(resolved, { recursive: true, mode: 0o755 });
  return resolved;
}
