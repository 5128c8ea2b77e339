import type { Containers } from '../container/containers.ts';
import type { ImageEngine } from '../image/engine.ts';
import type { Emit } from '../image/images.ts';
import type { Differences } from './differences.ts';
import type { CacheFolders } from './run/caches.ts';
import type { FilePool } from './source/pool.ts';

/** What the builder works with. */
export interface BuildParts {
  readonly images: ImageEngine;
  readonly containers: Containers;
  readonly pool: FilePool;
  readonly caches: CacheFolders;
  readonly differences: Differences;
  readonly emit: Emit;
}
