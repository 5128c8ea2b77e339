import type { SessionLimits } from './supervisor.ts';

/** What a supervisor needs to know. All paths are absolute. */
export interface SupervisorOptions {
  /** The supervisor keeps `sessions/`, `disks/` and its lock here; `docs/architecture.md` has the layout. */
  readonly dataDir: string;
  /** Where empty disks are kept to be copied; `disks/` of the data folder when absent. Several supervisors may share it. */
  readonly disksDir?: string;
  /** `runtime/<hash>`: bin/node, bin/busybox (static), engine.mjs, node_modules/. */
  readonly runtime: string;
  /** `workbench/<hash>`: the root file system of a session. */
  readonly workbench: string;
  /** The images that all sessions share; may be empty at first and grow while sessions run. */
  readonly catalog: string;
  /** Limits of a session that asks for none of its own; what is missing comes from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<SessionLimits>;
  /** Sessions that may exist at once, stopped ones included. */
  readonly maxSessions?: number;
  /** Sessions with the usual limits that are booted before anybody asks; none when absent. */
  readonly spares?: number;
  /** How many snapshots a session may have, and how many bytes of disk all of them together. */
  readonly snapshots?: SnapshotBounds;
  /** How long one build may take in a session; as long as it takes when absent. */
  readonly buildMinutes?: number | undefined;
  /** Who may connect to the sessions' sockets: the user that the web server runs as. Root when absent. */
  readonly socketOwner?: { readonly uid: number; readonly gid: number };
  /** Bytes of disk and of memory that are left to the host when a new session is admitted. */
  readonly reserveDiskBytes?: number;
  readonly reserveMemoryBytes?: number;
}

export interface SnapshotBounds {
  readonly most: number;
  readonly bytes: number;
}

export const DEFAULT_SNAPSHOTS: SnapshotBounds = { most: 8, bytes: 1024 ** 3 };
export const DEFAULT_MAX_SESSIONS = 64;
export const DEFAULT_RESERVE_BYTES = 256 * 1024 ** 2;
