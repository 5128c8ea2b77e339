import type { BigIntStats } from 'node:fs';
import { lstatSync, readdirSync } from 'node:fs';
import { Pace } from '../layer/pace.ts';
import type { RawPath } from '../layer/raw-path.ts';
import { joinRaw, onDisk, toRaw, toText } from '../layer/raw-path.ts';
import { isWhiteout } from '../layer/whiteout.ts';
import { readCapability } from '../layer/xattrs.ts';
import type { Change } from './snapshots.ts';

/** A layer in overlay form, and which of its folders hide all that is below. */
export interface OverlayLayer {
  readonly folder: string;
  readonly opaque: ReadonlySet<RawPath>;
}

/**
 * What `upper` changes in the union of `lowers` (top first), as dockerd finds by comparing the two merged trees: what
 * was copied up and is still the same is no change, and a folder counts as modified when anything in it is. Only what
 * is in `upper` is looked at. Each folder stands before what is in it, names in the order of their bytes.
 */
export async function changesOf(upper: OverlayLayer, lowers: readonly OverlayLayer[]): Promise<Change[]> {
  return new Comparison(upper).compare(lowers);
}

const MODIFIED = 0;
const ADDED = 1;
const DELETED = 2;

/** A file of the union, and of a folder the layers that it is merged from. */
interface Below {
  readonly stats: BigIntStats;
  readonly file: RawPath;
  readonly layers: readonly OverlayLayer[];
}

class Comparison {
  readonly #upper: OverlayLayer;
  readonly #pace = new Pace();
  readonly #changes: Change[] = [];

  constructor(upper: OverlayLayer) {
    this.#upper = upper;
  }

  async compare(lowers: readonly OverlayLayer[]): Promise<Change[]> {
    await this.#folder('' as RawPath, lowers);
    return this.#changes;
  }

  async #folder(folder: RawPath, lowers: readonly OverlayLayer[]): Promise<void> {
    const names = new Set(namesIn(this.#upper, folder));
    const hidden = this.#upper.opaque.has(folder) ? namesOf(folder, lowers) : [];
    for (const name of [...new Set([...names, ...hidden])].sort()) {
      if (this.#pace.due()) await this.#pace.rest();
      const path = joinRaw(folder, name);
      const below = find(path, lowers);
      const stats = names.has(name) ? lstat(this.#upper, path) : undefined;
      if (stats && !isWhiteout(stats)) await this.#entry(path, stats, below);
      else if (below) this.#add(path, DELETED);
    }
  }

  async #entry(path: RawPath, stats: BigIntStats, below: Below | undefined): Promise<void> {
    const own = joinRaw(toRaw(this.#upper.folder), path);
    if (!below) this.#add(path, ADDED);
    else if (differ(stats, below.stats) || (await hasOtherCapability(own, stats, below)))
      this.#add(path, MODIFIED);
    if (!stats.isDirectory()) return;
    const before = this.#changes.length;
    const listed = this.#changes.at(-1)?.Path === textOf(path);
    await this.#folder(path, below?.layers ?? []);
    if (this.#changes.length > before && !listed) {
      this.#changes.splice(before, 0, { Path: textOf(path), Kind: MODIFIED });
    }
  }

  #add(path: RawPath, Kind: Change['Kind']): void {
    this.#changes.push({ Path: textOf(path), Kind });
  }
}

/** What the union of `lowers` has at `path`; they are those that its folder is merged from. */
function find(path: RawPath, lowers: readonly OverlayLayer[]): Below | undefined {
  let found: Below | undefined;
  for (const layer of lowers) {
    const stats = lstat(layer, path);
    if (!stats) continue;
    const isFolder = stats.isDirectory();
    if (isWhiteout(stats) || (found && !isFolder)) break;
    const above: Below = found ?? { stats, file: joinRaw(toRaw(layer.folder), path), layers: [] };
    found = { ...above, layers: isFolder ? [...above.layers, layer] : [] };
    if (!isFolder || layer.opaque.has(path)) break;
  }
  return found;
}

function lstat(layer: OverlayLayer, path: RawPath): BigIntStats | undefined {
  return lstatSync(onDisk(joinRaw(toRaw(layer.folder), path)), { bigint: true, throwIfNoEntry: false });
}

function namesIn(layer: OverlayLayer, folder: RawPath): string[] {
  return readdirSync(onDisk(joinRaw(toRaw(layer.folder), folder)), 'latin1');
}

function namesOf(folder: RawPath, lowers: readonly OverlayLayer[]): string[] {
  return lowers.flatMap((layer) => namesIn(layer, folder));
}

/** Size and time of a folder say nothing: they change with whatever is in it. */
function differ(a: BigIntStats, b: BigIntStats): boolean {
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.rdev !== b.rdev) return true;
  return !a.isDirectory() && (a.size !== b.size || !sameTime(a.mtimeNs, b.mtimeNs));
}

/** A layer that came as a tar knows whole seconds only. */
function sameTime(a: bigint, b: bigint): boolean {
  const second = 1_000_000_000n;
  return a === b || (a / second === b / second && (a % second === 0n || b % second === 0n));
}

/** `setcap` changes nothing but an attribute. Few files come this far: copied up, and still the same. */
async function hasOtherCapability(own: RawPath, stats: BigIntStats, below: Below): Promise<boolean> {
  if (!stats.isFile()) return false;
  const [a, b] = await Promise.all([readCapability(own), readCapability(below.file)]);
  return a !== b;
}

function textOf(path: RawPath): string {
  return `/${toText(path)}`;
}
