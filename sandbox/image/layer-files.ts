import { lstatSync, readdirSync } from 'node:fs';
import { Pace } from '../layer/pace.ts';
import type { RawPath } from '../layer/raw-path.ts';
import { joinRaw, onDisk, toRaw, toText } from '../layer/raw-path.ts';
import { sizeOf, walk } from '../layer/tree.ts';
import { isWhiteout } from '../layer/whiteout.ts';
import { readOpaque } from '../layer/xattrs.ts';
import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { ImageContext } from './context.ts';

/** What one layer does to the file system below it. */
export interface LayerFiles {
  readonly diffId: Digest;
  /** Each folder before what is in it; the first `FILES_MAX` of `total`. */
  readonly files: readonly LayerFile[];
  readonly total: number;
  /** Bytes below that nobody sees any more: changed and deleted files stay in the layers that brought them. */
  readonly hiddenBytes: number;
}

export interface LayerFile {
  /** Relative to the root, without a leading slash. */
  readonly path: string;
  readonly change: 'added' | 'changed' | 'deleted';
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Bytes that the layer holds of it; 0 for a folder. */
  readonly size: number;
  /** Bytes below that it hides, of a folder with all that was in it; 0 when there was nothing. */
  readonly hides: number;
}

const FILES_MAX = 10_000;

/** The files of an image's layer `index`, base first. Throws `EngineError('not-found')` when there is none. */
export async function layerFiles(context: ImageContext, id: Digest, index: number): Promise<LayerFiles> {
  const { diffIds } = await context.store.summary(id);
  const diffId = diffIds[index];
  if (diffId === undefined) throw new EngineError('not-found', `No such layer: ${index} of ${id}`);
  const folder = context.layers.get(diffId);
  const below = diffIds.slice(0, index);
  if (below.length === 0) return new Comparison(folder, undefined).compare(diffId);
  return context.snapshots.view(below, (root) => new Comparison(folder, root).compare(diffId));
}

/** A layer's folder, beside the merged tree of all below it. */
class Comparison {
  readonly #layer: string;
  readonly #below: string | undefined;
  readonly #files: LayerFile[] = [];
  readonly #pace = new Pace();
  #total = 0;
  #hidden = 0;

  constructor(layer: string, below: string | undefined) {
    this.#layer = layer;
    this.#below = below;
  }

  async compare(diffId: Digest): Promise<LayerFiles> {
    const opaque = this.#below === undefined ? new Set<RawPath>() : await readOpaque(this.#layer);
    for (const { path, stats } of walk(this.#layer)) {
      if (this.#pace.due()) await this.#pace.rest();
      const isFolder = stats.isDirectory();
      const before = this.#lstat(path);
      if (isWhiteout(stats)) await this.#deleted(path);
      else {
        const hides = before && !before.isDirectory() ? Number(before.size) : 0;
        const size = isFolder ? 0 : Number(stats.size);
        this.#add({
          path: toText(path),
          change: before ? 'changed' : 'added',
          kind: kindOf(stats),
          size,
          hides,
        });
      }
      if (opaque.has(path) && before?.isDirectory()) await this.#emptied(path);
    }
    return { diffId, files: this.#files, total: this.#total, hiddenBytes: this.#hidden };
  }

  /** Of an opaque folder: what was in it and has not come again is deleted. */
  async #emptied(folder: RawPath): Promise<void> {
    const own = new Set(readdirSync(onDisk(joinRaw(toRaw(this.#layer), folder)), 'latin1'));
    for (const name of readdirSync(onDisk(joinRaw(toRaw(this.#below ?? ''), folder)), 'latin1').sort()) {
      if (!own.has(name)) await this.#deleted(joinRaw(folder, name));
    }
  }

  async #deleted(path: RawPath): Promise<void> {
    const before = this.#lstat(path);
    if (!before) return;
    const isFolder = before.isDirectory();
    const root = joinRaw(toRaw(this.#below ?? ''), path);
    const hides = isFolder ? await sizeOf(toText(root)) : Number(before.size);
    this.#add({ path: toText(path), change: 'deleted', kind: kindOf(before), size: 0, hides });
  }

  #add(file: LayerFile): void {
    this.#total += 1;
    this.#hidden += file.hides;
    if (this.#files.length < FILES_MAX) this.#files.push(file);
  }

  #lstat(path: RawPath) {
    if (this.#below === undefined) return undefined;
    return lstatSync(onDisk(joinRaw(toRaw(this.#below), path)), { bigint: true, throwIfNoEntry: false });
  }
}

function kindOf(stats: {
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFile(): boolean;
}): LayerFile['kind'] {
  if (stats.isDirectory()) return 'folder';
  if (stats.isSymbolicLink()) return 'link';
  return stats.isFile() ? 'file' : 'other';
}
