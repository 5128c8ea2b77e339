import type { BigIntStats } from 'node:fs';
import { lstat, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileEntry, FolderListing } from '../routes.ts';
import { FOLDER_ENTRIES_MAX } from '../routes.ts';

/** What lies in a folder, in no order; of a very full one a part, and `more`. Rejects as `opendir` does. */
export async function listFolder(folder: string): Promise<FolderListing> {
  const names: string[] = [];
  let more = false;
  for await (const { name } of await opendir(folder)) {
    // A name that is no UTF-8 cannot be asked for by anybody.
    if (name.includes('\uFFFD')) continue;
    if (names.length === FOLDER_ENTRIES_MAX) {
      more = true;
      break;
    }
    names.push(name);
  }
  const entries = await Promise.all(names.map((name) => describe(folder, name)));
  return { entries: entries.filter((entry) => entry !== null), more };
}

/** Changes with every write: nanoseconds of the last one, and bytes. */
export const versionOf = ({ mtimeNs, size }: BigIntStats): string => `${mtimeNs}-${size}`;

async function describe(folder: string, name: string): Promise<FileEntry | null> {
  const place = join(folder, name);
  try {
    const own = await lstat(place, { bigint: true });
    const link = own.isSymbolicLink();
    const stats = link ? await stat(place, { bigint: true }).catch(() => own) : own;
    return {
      name,
      type: stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'other',
      size: Number(stats.size),
      version: versionOf(stats),
      ...(link && { link }),
    };
  } catch {
    // It went while the others were looked at.
    return null;
  }
}
