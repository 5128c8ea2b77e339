import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';

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

/** Makes `<base>/<hash>` by calling `fill` on a folder beside it, and renames that one when all went well. */
export async function makeFolder(
  base: string,
  hash: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  await mkdir(base, { recursive: true });
  await sweepPartial(base);
  const partial = join(base, `.${hash}.partial-${process.pid}`);
  await mkdir(partial, { mode: 0o755 });
  try {
    await fill(partial);
    await rename(partial, join(base, hash));
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** A folder may be dropped when nothing has asked for it for so long. A running sandbox may still use it until then. */
const KEEP_MS = 7 * 24 * 3600 * 1000;

/** Points `<base>/current` to `<base>/<hash>`, notes its use, and removes versions that nobody used for a week. */
export async function useFolder(base: string, hash: string): Promise<string> {
  const now = new Date();
  await utimes(join(base, hash), now, now);
  const link = join(base, `.current-${process.pid}`);
  await symlink(hash, link);
  await rename(link, join(base, 'current'));
  for (const name of await readdir(base)) {
    const path = join(base, name);
    if (name === hash || name.startsWith('.') || (await lstat(path)).isSymbolicLink()) continue;
    if (now.getTime() - (await stat(path)).mtimeMs > KEEP_MS)
      await rm(path, { recursive: true, force: true });
  }
  return join(base, hash);
}

/** Removes what makers left behind that were killed. Their folders carry the number of their process. */
async function sweepPartial(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const maker = /\.partial-(\d+)$/.exec(name)?.[1];
    if (maker === undefined || existsSync(`/proc/${maker}`)) continue;
    await rm(join(base, name), { recursive: true, force: true });
  }
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
