/**
 * The public face of the supervisor. Two implementations: the supervisor itself (root, in process) and the
 * client that the unprivileged web server uses over Node's IPC; both pass the same conformance suite.
 */

export interface SessionLimits {
  /** Bytes of memory, page cache included. */
  readonly memoryBytes: number;
  /** Processes and threads together. */
  readonly processes: number;
  /** Processors; fractions allowed. */
  readonly cpus: number;
  /** Bytes of the session's disk, its file system's own overhead included. */
  readonly diskBytes: number;
}

const MIB = 1024 ** 2;

export const DEFAULT_LIMITS: SessionLimits = {
  memoryBytes: 512 * MIB,
  processes: 512,
  cpus: 1,
  diskBytes: 2048 * MIB,
};

/**
 * starting → running → stopped ⇄ running; `failed` when it ended by itself. The disk is kept in every state;
 * only `destroy` and `reset` drop it.
 */
export type SessionState = 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/** Why a session is not running, in a form that a program can act on and a sentence for people. */
export interface SessionEnd {
  readonly kind: 'stopped' | 'memory' | 'disk' | 'engine-exit' | 'boot' | 'restart';
  readonly message: string;
}

/** A session's disk as it was at one moment. */
export interface SnapshotInfo {
  /** Eight lower-case letters and digits. */
  readonly id: string;
  /** ISO 8601. */
  readonly takenAt: string;
  /** What it takes on the host's disk; less where the host's file system shares blocks. */
  readonly bytes: number;
}

export interface SessionInfo {
  /** 16 lower-case letters and digits, drawn at random; a name, never a proof of ownership. */
  readonly id: string;
  readonly state: SessionState;
  readonly limits: SessionLimits;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Unix socket on the host that speaks the engine's HTTP API; there while the state is `running`. */
  readonly engineSocket: string;
  /** Those that can be gone back to, oldest first. */
  readonly snapshots: readonly SnapshotInfo[];
  readonly end?: SessionEnd;
}

export interface HostMount {
  /** Absolute path of a folder on the host. */
  readonly source: string;
  /** Absolute path in the session. */
  readonly target: string;
  readonly readOnly: boolean;
}

export interface CreateSession {
  readonly limits?: Partial<SessionLimits>;
  /** Folders of the host to show in the session: for `slipway sandbox --mount`, never for learners. */
  readonly mounts?: readonly HostMount[];
}

/** What the host has left for programs and on the disk of the sessions, in bytes. */
export interface HostRoom {
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

export type SessionEvent =
  | { readonly type: 'state'; readonly session: SessionInfo }
  /** The kernel ended a process of the session at its memory limit; the session goes on. */
  | { readonly type: 'memory-kill'; readonly id: string; readonly message: string }
  | { readonly type: 'destroyed'; readonly id: string };

export type SupervisorErrorKind = 'not-found' | 'invalid' | 'conflict' | 'full' | 'failed';

export class SupervisorError extends Error {
  readonly kind: SupervisorErrorKind;
  constructor(kind: SupervisorErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/**
 * Every call that names a session throws `SupervisorError('not-found')` for an unknown one. Calls on one session
 * are carried out one after another, in the order they arrive; calls on different ones run side by side.
 */
export interface Supervisor {
  /** Resolves when the engine answers: the session is `running`. On failure nothing is left behind. */
  create(options?: CreateSession): Promise<SessionInfo>;
  get(id: string): Promise<SessionInfo>;
  list(): Promise<SessionInfo[]>;
  /** What is looked at before another session is let in. */
  room(): Promise<HostRoom>;
  /** Ends every process of the session and keeps its disk. Idempotent. */
  stop(id: string): Promise<SessionInfo>;
  /** Boots a stopped or failed session on the same disk. Idempotent. */
  resume(id: string): Promise<SessionInfo>;
  /** The same session, id and limits with a new, empty disk, running. */
  reset(id: string): Promise<SessionInfo>;
  /**
   * Keeps the disk as it is now, as the last of the session's snapshots; those that are too many or too large together
   * go, the oldest first. The session must run, and stands still for the moment that it takes. `full` when the host has
   * no room, or the disk holds more than all snapshots together may.
   */
  snapshot(id: string): Promise<SessionInfo>;
  /**
   * The session with its disk as it was at a snapshot, running, and with the containers that ran then. The snapshot
   * stays. Whatever ends it on the way: the disk is the old one or the new one, whole.
   */
  restore(id: string, snapshot: string): Promise<SessionInfo>;
  /** Removes processes, mounts, loop devices, cgroups and the disk. */
  destroy(id: string): Promise<void>;
  /** Calls `listener` for every event from now on; returns the way to stop it. */
  watch(listener: (event: SessionEvent) => void): () => void;
  /** Stops all sessions, keeps their disks, and releases what the supervisor holds. */
  close(): Promise<void>;
}
