import type { SessionLimits } from '../supervisor.ts';

/**
 * The control groups of the host as sessions use them. One group (v1: one in each hierarchy) holds all sessions of a
 * supervisor, one below it holds a session. The session's root may make sub-groups in its own and move its processes
 * between them; the files that hold its limits stay the host's.
 */
export interface Cgroups {
  /** `CGROUP` for the boot script: what the session mounts at its /sys/fs/cgroup. */
  readonly sessionMounts: string;
  /** Makes the session's group with its limits and gives it to host uid `owner`. */
  create(id: string, limits: SessionLimits, owner: number): Promise<SessionCgroup>;
  /** Ends whatever still runs in any session's group and removes them all: what a killed supervisor left. */
  sweep(): Promise<void>;
}

export interface SessionCgroup {
  /** `cgroup.procs` files that the first process of a session joins by writing its pid. */
  readonly joinFiles: readonly string[];
  /** v2: where crun places the session itself, apart from its own monitor. */
  readonly cgroupsPath?: string;
  /** Name of the group in the kernel's messages about memory. */
  readonly memoryPath: string;
  /** How often the kernel has ended a process of the session at its memory limit, since the group was made. */
  memoryKills(): Promise<number>;
  /** Stops every process where it is, until `thaw`. Rejects, with nothing stopped, when it cannot within moments. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Ends every process in the group and its sub-groups. */
  kill(): Promise<void>;
  /** Removes the group and its sub-groups; nothing may run in them. Idempotent. */
  remove(): Promise<void>;
}
