import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { Digest } from '../oci/digest.ts';
import { isWhiteout } from '../layer/whiteout.ts';
import type { ImageContext } from './context.ts';

/** Which layers of an image hold something at a path, base first: also those whose file a later layer hides. */
export interface FileLayers {
  readonly layers: readonly boolean[];
}

/** Links are not followed: a layer's folder may hold any. */
export async function fileLayers(context: ImageContext, id: Digest, wanted: string): Promise<FileLayers> {
  const { diffIds } = await context.store.summary(id);
  return { layers: diffIds.map((diffId) => holds(context.layers.get(diffId), wanted)) };
}

function holds(folder: string, wanted: string): boolean {
  let at = folder;
  const names = path.posix.normalize(`/${wanted}`).split('/').filter(Boolean);
  for (const [index, name] of names.entries()) {
    at = path.join(at, name);
    const stats = lstatSync(at, { throwIfNoEntry: false, bigint: true });
    if (!stats || isWhiteout(stats)) return false;
    if (index < names.length - 1 && !stats.isDirectory()) return false;
  }
  return true;
}
