import type { BigIntStats } from 'node:fs';
import { lstatSync } from 'node:fs';
import { Pace } from '../layer/pace.ts';
import type { RawPath } from '../layer/raw-path.ts';
import { joinRaw, onDisk, toRaw, toText } from '../layer/raw-path.ts';
import { walk } from '../layer/tree.ts';
import { isWhiteout } from '../layer/whiteout.ts';
import { readOpaque } from '../layer/xattrs.ts';
import type { Change } from './snapshots.ts';

const MODIFIED = 0;
const ADDED = 1;
const DELETED = 2;

/**
 * What the folder `upper` changes in `lowers` (top first), by the rules of dockerd's overlay2 driver: a folder that
 * was only passed through is left out unless something in it came or went. Sorted folder by folder.
 */
export async function changesOf(upper: string, lowers: readonly string[]): Promise<Change[]> {
  const opaque = await readOpaque(upper);
  const pace = new Pace();
  const layers = lowers.map(toRaw);
  const changes: Change[] = [];
  const listed = new Set<string>();
  for (const { path, stats } of walk(upper)) {
    if (pace.due()) await pace.rest();
    const kind = kindOf(path, stats, layers, opaque);
    if (kind === undefined) continue;
    if (stats.isDirectory()) listed.add(path);
    const parent = parentOf(path);
    if (kind !== MODIFIED && parent !== '' && !listed.has(parent)) {
      changes.push({ Path: `/${toText(parent)}`, Kind: MODIFIED });
      listed.add(parent);
    }
    changes.push({ Path: `/${toText(path)}`, Kind: kind });
  }
  return changes;
}

function kindOf(
  path: RawPath,
  stats: BigIntStats,
  layers: readonly RawPath[],
  opaque: ReadonlySet<RawPath>,
): Change['Kind'] | undefined {
  if (isWhiteout(stats) || opaque.has(path)) return DELETED;
  for (const layer of layers) {
    const below = lstatSync(onDisk(joinRaw(layer, path)), { bigint: true, throwIfNoEntry: false });
    if (!below) continue;
    return stats.isDirectory() && below.isDirectory() && sameFolder(stats, below) ? undefined : MODIFIED;
  }
  return ADDED;
}

function sameFolder(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mode === b.mode && sameTime(a.mtimeNs, b.mtimeNs);
}

/** A layer that came as a tar knows whole seconds only. */
function sameTime(a: bigint, b: bigint): boolean {
  const second = 1_000_000_000n;
  return a === b || (a / second === b / second && (a % second === 0n || b % second === 0n));
}

function parentOf(path: RawPath): RawPath {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0)) as RawPath;
}
