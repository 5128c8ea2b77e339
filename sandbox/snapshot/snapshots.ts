import type { Digest } from '../oci/digest.ts';

/**
 * Writable file systems over read-only layers, one a container. Life cycle: `prepare` → `mount` ⇄ `unmount` → `remove`.
 * Every call is idempotent; `mount` counts its holders, so that `docker cp` on a running container does not pull the
 * root away. After a crash nothing is mounted, and what was prepared is still there.
 */
export interface Snapshots {
  /** An empty writable layer over `diffIds` (base first). Throws `EngineError('not-found')` when a layer is missing. */
  prepare(key: string, diffIds: readonly Digest[]): Promise<void>;
  /** Whether it was prepared, and not removed since. */
  has(key: string): boolean;
  /** Mounts it, and returns the absolute path of the merged root. */
  mount(key: string, options?: MountOptions): Promise<string>;
  unmount(key: string): Promise<void>;
  /** What differs from the layers below, sorted by path, as `docker diff` shows it. */
  changes(key: string): Promise<Change[]>;
  /** Bytes in the writable layer (`SizeRw`). */
  usage(key: string): Promise<number>;
  /** For `docker inspect`: GraphDriver.Data of overlay2. */
  describe(key: string): Promise<OverlayPaths>;
  /** Throws `EngineError('conflict')` while mounted. */
  remove(key: string): Promise<void>;
  /** Removes all but these: what was prepared for a container that a killed engine had not finished making. */
  retain(keys: ReadonlySet<string>): Promise<void>;
}

export interface MountOptions {
  /**
   * What is written there is thrown away or brought to the disk by others: nothing is synced, neither when a program
   * asks for it nor at the end, which would wait for the disk.
   */
  readonly passing?: boolean;
}

export interface OverlayPaths {
  readonly LowerDir: string;
  readonly MergedDir: string;
  readonly UpperDir: string;
  readonly WorkDir: string;
}

/** Docker's numbers: 0 modified, 1 added, 2 deleted. */
export interface Change {
  readonly Path: string;
  readonly Kind: 0 | 1 | 2;
}
