import type { BigIntStats } from 'node:fs';

/** How a tar says that a file below is deleted (image-spec, layer.md, "Whiteouts"): an empty file of this name. */
export const WHITEOUT_PREFIX = '.wh.';
/** The whiteout of all that lies below a folder. */
export const OPAQUE_MARKER = '.wh..wh..opq';
/** AUFS's own bookkeeping; old images hold such entries, and they mean nothing. */
export const WHITEOUT_META_PREFIX = '.wh..wh.';

/** How an overlay says it: a character device 0:0. */
export function isWhiteout(stats: BigIntStats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0n;
}
