import { mkdir, opendir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { Failure, hasCode, messageOf } from '../failure.ts';
import { exists } from './folder.ts';

/** Makes the data folder and what leads to it. Throws `Failure` where none can be made. */
export async function makeDataFolder(folder: string): Promise<void> {
  try {
    await makeFolder(resolve(folder));
    // A file in its place: the kernel's own words for it.
    await (await opendir(folder)).close();
  } catch (error) {
    if (hasCode(error, 'ENOSPC')) throw error;
    throw new Failure(
      `The data folder ${folder} cannot be made (${messageOf(error)}).`,
      'Choose another one with --data-dir.',
      { cause: error },
    );
  }
}

/**
 * Folder by folder: Node's own recursive way never comes to an end where the parent is there and the kernel still says
 * ENOENT, as in /proc (seen with Node 20).
 */
async function makeFolder(folder: string): Promise<void> {
  if (await exists(folder)) return;
  await makeFolder(dirname(folder));
  await mkdir(folder, { mode: 0o755 }).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
}
