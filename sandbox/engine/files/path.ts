import { join } from 'node:path';
import { EngineError } from '../../oci/errors.ts';

const PATH_MAX = 1024;

/**
 * Where `path` lies, which is relative to the learner's home: names and single slashes, the empty one is the home itself.
 * Only a form is checked: the engine has the learner's own rights, so a link may lead wherever the learner can go.
 */
export function placeOf(home: string, path: string): string {
  const names = path === '' ? [] : path.split('/');
  const fine = names.every((name) => name !== '' && name !== '.' && name !== '..' && !name.includes('\0'));
  if (!fine || path.length > PATH_MAX) {
    throw new EngineError('invalid', `This is not a path below the home: ${path.slice(0, PATH_MAX)}`);
  }
  return join(home, ...names);
}

/** As `placeOf`, for what may be moved or removed: not the home itself. */
export function placeBelow(home: string, path: string): string {
  if (path === '') throw new EngineError('invalid', 'The home itself stays where it is.');
  return placeOf(home, path);
}

const SENTENCES: Readonly<Record<string, readonly [ConstructorParameters<typeof EngineError>[0], string]>> = {
  ENOENT: ['not-found', 'There is no such file or folder'],
  ENOTDIR: ['invalid', 'A part of the path is no folder'],
  EISDIR: ['invalid', 'This is a folder'],
  EEXIST: ['conflict', 'There is something of this name already'],
  ENOTEMPTY: ['conflict', 'There is something of this name already'],
  EACCES: ['forbidden', 'Permission denied'],
  EPERM: ['forbidden', 'Permission denied'],
  EROFS: ['forbidden', 'This is read-only'],
  ENOSPC: ['unavailable', 'The disk of the machine is full. Remove something, then try again'],
  EDQUOT: ['unavailable', 'The disk of the machine is full. Remove something, then try again'],
  ENAMETOOLONG: ['invalid', 'The name is too long'],
  ELOOP: ['invalid', 'There are too many links in the path'],
  EINVAL: ['invalid', 'A folder cannot be moved into itself'],
  EBUSY: ['conflict', 'Something uses it'],
  ENXIO: ['invalid', 'This is no file that can be read'],
};

/** Runs `work` on `path`; what the system refuses becomes a sentence that names it. */
export async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const [kind, sentence] = SENTENCES[code] ?? [];
    if (kind === undefined || sentence === undefined) throw error;
    throw new EngineError(kind, `${sentence}: ${path === '' ? '~' : path}`, { cause: error });
  }
}
