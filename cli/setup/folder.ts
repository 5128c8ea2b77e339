import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { hasCode } from '../failure.ts';

/**
 * Folders named after what they were made from: `<kind>/<hash>`. They appear whole or not at all, are never
 * written again, and `<kind>/current` points to the one in use.
 */

/** Twelve hex digits are plenty to tell versions of one folder apart. */
export function hashOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 12);
}

/**
 * Makes `<base>/<hash>` by calling `fill` on a folder beside it, and renames that one when all went well. The caller
 * holds the set-up's lock: a half-made folder that lies there is of somebody who was killed.
 */
export async function makeFolder(
  base: string,
  hash: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  await mkdir(base, { recursive: true });
  for (const name of await readdir(base))
    if (name.startsWith(PARTIAL)) await rm(join(base, name), { recursive: true, force: true });
  const partial = join(base, `${PARTIAL}${hash}`);
  await mkdir(partial, { mode: 0o755 });
  try {
    await fill(partial);
    await rename(partial, join(base, hash));
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

const PARTIAL = '.partial-';

/** A folder may be dropped when nothing has asked for it for so long. A running sandbox may still use it until then. */
const KEEP_MS = 7 * 24 * 3600 * 1000;

/** Points `<base>/current` to `<base>/<hash>`, notes its use, and removes versions that nobody used for a week, but those to keep. */
export async function useFolder(
  base: string,
  hash: string,
  keep: ReadonlySet<string> = new Set(),
): Promise<string> {
  const now = new Date();
  await utimes(join(base, hash), now, now);
  const link = join(base, '.current');
  await rm(link, { force: true });
  await symlink(hash, link);
  await rename(link, join(base, 'current'));
  for (const name of await readdir(base)) {
    const path = join(base, name);
    if (name === hash || keep.has(name) || name.startsWith('.') || (await lstat(path)).isSymbolicLink())
      continue;
    if (now.getTime() - (await stat(path)).mtimeMs > KEEP_MS)
      await rm(path, { recursive: true, force: true });
  }
  return join(base, hash);
}

export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}

/** The folder itself, or the nearest one above it that is there. */
export async function nearestFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true || path === '/' ? path : nearestFolder(dirname(path));
}
