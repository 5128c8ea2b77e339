import type { Ulimit } from '../container/model.ts';

/** What a client asked for, checked. */
export interface BuildRequest {
  /** Path of the Dockerfile in the context. */
  readonly dockerfile: string;
  /** Full references to tag the result with. */
  readonly tags: readonly string[];
  /** Null for one whose value the client did not have. */
  readonly buildArgs: Readonly<Record<string, string | null>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly target: string;
  /** As given; empty for this machine's. */
  readonly platform: string;
  readonly noCache: boolean;
  /** Looks for newer images even where there is one. */
  readonly pull: boolean;
  readonly cacheFrom: readonly string[];
  /** Removes the containers of steps that succeeded. */
  readonly remove: boolean;
  /** Removes the containers of all steps. */
  readonly forceRemove: boolean;
  readonly host: HostWishes;
}

/** Of the HostConfig of a step's container. */
export interface HostWishes {
  readonly NetworkMode: string;
  readonly ExtraHosts: readonly string[] | null;
  readonly Memory: number;
  readonly MemorySwap: number;
  readonly CpuShares: number;
  readonly CpuPeriod: number;
  readonly CpuQuota: number;
  readonly CpusetCpus: string;
  readonly CpusetMems: string;
  readonly CgroupParent: string;
  readonly ShmSize: number;
  readonly Ulimits: readonly Ulimit[] | null;
}
