import type { ContainerConfig, Healthcheck } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import type { EndpointSettings } from './networking.ts';

/** What is kept of a container between two starts of the engine: `containers/<id>/config.json`. */
export interface ContainerRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** Without Docker's leading slash. */
  name: string;
  /** RFC 3339 with nanoseconds. */
  readonly created: string;
  /** The program and its arguments: entrypoint and command together. */
  readonly path: string;
  readonly args: readonly string[];
  readonly config: Config;
  readonly hostConfig: HostConfig;
  /** The image's id, and in `config.Image` the reference the user typed. */
  readonly image: Digest;
  readonly mounts: readonly MountPoint[];
  /** By the network's name; addresses are there while the container runs. */
  networks: Record<string, EndpointSettings>;
  state: ContainerState;
  restartCount: number;
  /** Set by `docker stop` and `docker kill`: `unless-stopped` and `always` leave such a container alone. */
  stoppedByUser: boolean;
}

/** Docker's Config as far as it is always there after `docker create`. */
export interface Config extends ContainerConfig {
  readonly Hostname: string;
  readonly Domainname: string;
  readonly User: string;
  readonly AttachStdin: boolean;
  readonly AttachStdout: boolean;
  readonly AttachStderr: boolean;
  readonly Tty: boolean;
  readonly OpenStdin: boolean;
  readonly StdinOnce: boolean;
  readonly Env: readonly string[] | null;
  readonly Cmd: readonly string[] | null;
  readonly Image: string;
  readonly Volumes: Readonly<Record<string, object>> | null;
  readonly WorkingDir: string;
  readonly Entrypoint: readonly string[] | null;
  readonly OnBuild: readonly string[] | null;
  readonly Labels: Readonly<Record<string, string>>;
  readonly MacAddress?: string;
}

export type Status = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

export interface ContainerState {
  status: Status;
  /** Process id as the session sees it; 0 when not running. */
  pid: number;
  exitCode: number;
  error: string;
  oomKilled: boolean;
  /** RFC 3339 with nanoseconds; `0001-01-01T00:00:00Z` for never. */
  startedAt: string;
  finishedAt: string;
  health?: HealthState;
}

export interface HealthState {
  status: 'starting' | 'healthy' | 'unhealthy';
  failingStreak: number;
  /** The last five. */
  log: HealthProbe[];
}

export interface HealthProbe {
  readonly Start: string;
  readonly End: string;
  readonly ExitCode: number;
  readonly Output: string;
}

export interface MountPoint {
  readonly Type: 'bind' | 'volume' | 'tmpfs';
  /** Volume name; absent for the other types. */
  readonly Name?: string;
  /** Path in the session; empty for a tmpfs. */
  readonly Source: string;
  /** Path in the container. */
  readonly Destination: string;
  readonly Driver?: string;
  /** What the user typed after the second colon. */
  readonly Mode: string;
  readonly RW: boolean;
  readonly Propagation: string;
  /** Mount options of a tmpfs, such as `size=64m`. */
  readonly options?: readonly string[];
  /** A volume that is new and empty gets what the image has at this path. */
  readonly copyUp?: boolean;
  /** Made for this container alone and without a name: goes with `docker rm -v`. */
  readonly anonymous?: boolean;
}

export interface RestartPolicy {
  readonly Name: '' | 'no' | 'always' | 'unless-stopped' | 'on-failure';
  readonly MaximumRetryCount: number;
}

export interface PortBinding {
  readonly HostIp: string;
  readonly HostPort: string;
}

export interface Ulimit {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}

export interface DeviceMapping {
  readonly PathOnHost: string;
  readonly PathInContainer: string;
  readonly CgroupPermissions: string;
}

export interface DeviceRequest {
  readonly Driver?: string;
  readonly Capabilities?: readonly (readonly string[])[] | null;
}

export interface MountRequest {
  readonly Type: string;
  readonly Source?: string;
  readonly Target: string;
  readonly ReadOnly?: boolean;
  readonly BindOptions?: { readonly Propagation?: string; readonly NonRecursive?: boolean };
  readonly VolumeOptions?: {
    readonly NoCopy?: boolean;
    readonly Labels?: Readonly<Record<string, string>>;
    readonly DriverConfig?: { readonly Name?: string; readonly Options?: Readonly<Record<string, string>> };
  };
  readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Mode?: number };
}

/** The part of Docker's HostConfig that the engine acts on; all of it is kept and shown by inspect. */
export interface HostConfig {
  readonly Binds: readonly string[] | null;
  readonly NetworkMode: string;
  readonly PortBindings: Readonly<Record<string, readonly PortBinding[] | null>> | null;
  readonly PublishAllPorts: boolean;
  readonly RestartPolicy: RestartPolicy;
  readonly AutoRemove: boolean;
  readonly VolumesFrom: readonly string[] | null;
  readonly VolumeDriver: string;
  readonly CapAdd: readonly string[] | null;
  readonly CapDrop: readonly string[] | null;
  readonly Dns: readonly string[] | null;
  readonly DnsOptions: readonly string[] | null;
  readonly DnsSearch: readonly string[] | null;
  readonly ExtraHosts: readonly string[] | null;
  readonly GroupAdd: readonly string[] | null;
  readonly Links: readonly string[] | null;
  readonly CgroupnsMode: string;
  readonly IpcMode: string;
  readonly PidMode: string;
  readonly UTSMode: string;
  readonly OomScoreAdj: number;
  readonly Privileged: boolean;
  readonly ReadonlyRootfs: boolean;
  readonly SecurityOpt: readonly string[] | null;
  readonly Sysctls?: Readonly<Record<string, string>>;
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly StorageOpt?: Readonly<Record<string, string>>;
  readonly ShmSize: number;
  /** `[rows, columns]`, as the client's terminal was when it created the container. */
  readonly ConsoleSize: readonly [number, number];
  readonly Memory: number;
  readonly MemorySwap: number;
  readonly MemoryReservation: number;
  readonly NanoCpus: number;
  readonly CpuShares: number;
  readonly CpuPeriod: number;
  readonly CpuQuota: number;
  readonly CpuRealtimePeriod: number;
  readonly CpuRealtimeRuntime: number;
  readonly CpusetCpus: string;
  readonly CpusetMems: string;
  /** Null for the kernel's own. */
  readonly MemorySwappiness: number | null;
  readonly KernelMemory: number;
  readonly BlkioWeight: number;
  readonly BlkioWeightDevice: readonly object[] | null;
  readonly BlkioDeviceReadBps: readonly object[] | null;
  readonly BlkioDeviceWriteBps: readonly object[] | null;
  readonly BlkioDeviceReadIOps: readonly object[] | null;
  readonly BlkioDeviceWriteIOps: readonly object[] | null;
  readonly OomKillDisable: boolean;
  readonly PidsLimit: number | null;
  readonly Devices: readonly DeviceMapping[] | null;
  /** What `--gpus` asks for. */
  readonly DeviceRequests: readonly DeviceRequest[] | null;
  readonly LogConfig: { readonly Type?: string; readonly Config?: Readonly<Record<string, string>> | null };
  readonly Runtime: string;
  readonly Isolation: string;
  readonly Ulimits: readonly Ulimit[] | null;
  readonly Init?: boolean;
  readonly Mounts?: readonly MountRequest[];
  readonly MaskedPaths: readonly string[] | null;
  readonly ReadonlyPaths: readonly string[] | null;
}

export const NEVER = '0001-01-01T00:00:00Z';

export type { Healthcheck };
