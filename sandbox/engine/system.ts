import { readFile } from 'node:fs/promises';
import { arch, hostname, release } from 'node:os';
import type { SystemBackend } from '../api/system.ts';
import { API_VERSION, ENGINE_VERSION, MIN_API_VERSION } from '../api/version.ts';
import { formatTime, now } from '../container/clock.ts';
import type { Containers } from '../container/containers.ts';
import { machineOf } from '../container/context.ts';
import type { Volume } from '../container/volumes.ts';

export interface SystemParts {
  readonly containers: Containers;
  readonly state: string;
  readonly memoryBytes?: number | undefined;
  /** What the image side adds to `docker info` and `docker system df`. */
  readonly images: {
    count(): Promise<number>;
    diskUsage(): Promise<{ readonly LayersSize: number; readonly Images: readonly object[] }>;
  };
  readonly volumeSize: (volume: Volume) => Promise<number>;
}

/** True values of this session. */
export function systemOf(parts: SystemParts): SystemBackend {
  return {
    version: async () => version(),
    info: () => info(parts),
    diskUsage: () => diskUsage(parts),
  };
}

function version(): object {
  return {
    Platform: { Name: 'Slipway' },
    Components: [
      {
        Name: 'Engine',
        Version: ENGINE_VERSION,
        Details: {
          ApiVersion: API_VERSION,
          Arch: architecture(),
          BuildTime: BUILD_TIME,
          Experimental: 'false',
          GitCommit: 'slipway',
          GoVersion: 'none',
          KernelVersion: release(),
          MinAPIVersion: MIN_API_VERSION,
          Os: 'linux',
        },
      },
    ],
    Version: ENGINE_VERSION,
    ApiVersion: API_VERSION,
    MinAPIVersion: MIN_API_VERSION,
    GitCommit: 'slipway',
    GoVersion: 'none',
    Os: 'linux',
    Arch: architecture(),
    KernelVersion: release(),
    BuildTime: BUILD_TIME,
  };
}

/** Clients parse it; the engine is not built at a moment that would mean anything. */
const BUILD_TIME = '2026-01-01T00:00:00.000000000+00:00';

function architecture(): string {
  return arch() === 'x64' ? 'amd64' : arch();
}

async function info({ containers, state, memoryBytes, images }: SystemParts): Promise<object> {
  const all = containers.all();
  const count = (...statuses: string[]) =>
    all.filter(({ record }) => statuses.includes(record.state.status)).length;
  const { cgroups } = containers.context;
  const limits = cgroups !== undefined;
  return {
    ID: await machineId(),
    Containers: all.length,
    ContainersRunning: count('running', 'restarting'),
    ContainersPaused: count('paused'),
    ContainersStopped: count('created', 'exited', 'dead', 'removing'),
    Images: await images.count(),
    Driver: 'overlay2',
    DriverStatus: [
      ['Backing Filesystem', 'extfs'],
      ['Supports d_type', 'true'],
      ['Native Overlay Diff', 'true'],
      ['userxattr', 'true'],
    ],
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: null,
      Log: ['json-file'],
    },
    MemoryLimit: limits,
    SwapLimit: limits,
    KernelMemory: false,
    KernelMemoryTCP: false,
    CpuCfsPeriod: limits,
    CpuCfsQuota: limits,
    CPUShares: limits,
    CPUSet: true,
    PidsLimit: limits,
    IPv4Forwarding: true,
    BridgeNfIptables: false,
    BridgeNfIp6tables: false,
    Debug: false,
    NFd: 0,
    OomKillDisable: false,
    NGoroutines: 0,
    SystemTime: formatTime(now()),
    LoggingDriver: 'json-file',
    CgroupDriver: limits ? 'cgroupfs' : 'none',
    CgroupVersion: String(cgroups?.version ?? 1),
    NEventsListener: 0,
    KernelVersion: release(),
    OperatingSystem: await operatingSystem(),
    OSVersion: '',
    OSType: 'linux',
    Architecture: arch() === 'x64' ? 'x86_64' : 'aarch64',
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: {
      AllowNondistributableArtifactsCIDRs: [],
      AllowNondistributableArtifactsHostnames: [],
      InsecureRegistryCIDRs: ['127.0.0.0/8'],
      IndexConfigs: { 'docker.io': { Name: 'docker.io', Mirrors: [], Secure: true, Official: true } },
      Mirrors: [],
    },
    NCPU: machineOf(containers.context).processors,
    MemTotal: memoryBytes ?? (await memoryTotal()),
    GenericResources: null,
    DockerRootDir: state,
    HttpProxy: '',
    HttpsProxy: '',
    NoProxy: '',
    Name: hostname(),
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: ENGINE_VERSION,
    Runtimes: {
      'io.containerd.runc.v2': { path: 'crun' },
      'io.containerd.runtime.v1.linux': { path: 'crun' },
      runc: { path: 'crun' },
    },
    DefaultRuntime: 'runc',
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: null,
    },
    LiveRestoreEnabled: false,
    Isolation: '',
    InitBinary: 'tini-static',
    ContainerdCommit: { ID: '', Expected: '' },
    RuncCommit: { ID: '', Expected: '' },
    InitCommit: { ID: '', Expected: '' },
    SecurityOptions: ['name=seccomp,profile=default', 'name=userns'],
    Warnings: limits ? null : ['WARNING: No memory limit support', 'WARNING: No cpu cfs quota support'],
  };
}

async function diskUsage({ containers, images, volumeSize }: SystemParts): Promise<object> {
  const { volumes } = containers;
  const { LayersSize, Images } = await images.diskUsage();
  return {
    LayersSize,
    Images,
    Containers: await containers.list({ all: true, size: true, filters: new Map() }),
    Volumes: await Promise.all(
      volumes.list().map(async (volume) => ({
        ...volume,
        UsageData: { RefCount: volumes.users(volume.Name).length, Size: await volumeSize(volume) },
      })),
    ),
    BuildCache: null,
    BuilderSize: 0,
  };
}

async function operatingSystem(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? 'Linux';
}

async function memoryTotal(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  return Number(/^MemTotal:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

async function machineId(): Promise<string> {
  return (await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim();
}
