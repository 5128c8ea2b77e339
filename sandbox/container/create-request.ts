import type { ContainerConfig, Healthcheck } from '../oci/config.ts';
import type { Platform } from '../oci/descriptor.ts';
import { EngineError } from '../oci/errors.ts';
import { checkHostConfig } from './host-config-shape.ts';
import type { Config, HostConfig, PortBinding, RestartPolicy } from './model.ts';

/** Body of `POST /containers/create`: a Config with two more keys. */
export interface CreateRequest {
  readonly config: Partial<ContainerConfig>;
  readonly hostConfig: Partial<HostConfig>;
  readonly endpoints: Readonly<Record<string, object | null>>;
  /** What the image must be made for. */
  readonly platform?: Platform;
}

export function parseCreateRequest(body: Readonly<Record<string, unknown>>): CreateRequest {
  const { HostConfig, NetworkingConfig, ...config } = body;
  const networking = (NetworkingConfig ?? {}) as { EndpointsConfig?: Record<string, object | null> | null };
  checkShape(body);
  checkHostConfig((HostConfig ?? {}) as Readonly<Record<string, unknown>>);
  return {
    config: config,
    hostConfig: HostConfig ?? {},
    endpoints: networking.EndpointsConfig ?? {},
  };
}

/** Body of `POST /containers/:id/update`: resources and a restart policy, side by side. */
export function parseUpdateRequest(body: Readonly<Record<string, unknown>>): Partial<HostConfig> {
  checkHostConfig(body);
  return withoutNulls(body);
}

const STRINGS = ['Hostname', 'Domainname', 'User', 'Image', 'WorkingDir', 'StopSignal', 'MacAddress'];
const LISTS = ['Env', 'Cmd', 'Entrypoint', 'OnBuild', 'Shell'];
const OBJECTS = ['Labels', 'Volumes', 'ExposedPorts', 'HostConfig', 'NetworkingConfig', 'Healthcheck'];
const FLAGS = [
  'Tty',
  'OpenStdin',
  'StdinOnce',
  'AttachStdin',
  'AttachStdout',
  'AttachStderr',
  'NetworkDisabled',
];

/** The kinds of the values, so that nothing below has to wonder. */
function checkShape(body: Readonly<Record<string, unknown>>): void {
  const check = (names: readonly string[], type: string, accepts: (value: unknown) => boolean) => {
    for (const name of names) {
      const value = body[name];
      if (value !== undefined && value !== null && !accepts(value)) {
        throw new EngineError(
          'invalid',
          `json: cannot unmarshal value into Go struct field ContainerConfigWrapper.${name} of type ${type}`,
        );
      }
    }
  };
  check(STRINGS, 'string', (value) => typeof value === 'string');
  check(
    LISTS,
    '[]string',
    (value) =>
      typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string')),
  );
  check(OBJECTS, 'object', (value) => typeof value === 'object' && !Array.isArray(value));
  check(FLAGS, 'bool', (value) => typeof value === 'boolean');
}

/** The user's wishes over the image's, by dockerd's rules. */
export function mergeConfig(
  id: string,
  request: Partial<ContainerConfig> & Pick<Config, 'MacAddress'>,
  image: ContainerConfig,
): Config {
  const wishes = withoutNulls(request);
  const entrypoint = listOf(wishes.Entrypoint);
  const cmd = listOf(wishes.Cmd);
  const ownEntrypoint = entrypoint !== null && entrypoint.length > 0;
  const merged = ownEntrypoint
    ? { Entrypoint: entrypoint, Cmd: cmd }
    : {
        Entrypoint: entrypoint ?? listOf(image.Entrypoint),
        Cmd: cmd !== null && cmd.length > 0 ? cmd : listOf(image.Cmd),
      };
  const cleared = merged.Entrypoint?.length === 1 && merged.Entrypoint[0] === '';
  const healthcheck = mergeHealthcheck(wishes.Healthcheck, image.Healthcheck);
  const ports = { ...image.ExposedPorts, ...wishes.ExposedPorts };
  const volumes = { ...image.Volumes, ...wishes.Volumes };
  const stopSignal = wishes.StopSignal ?? image.StopSignal;
  const shell = wishes.Shell ?? image.Shell;
  return {
    Hostname: wishes.Hostname === undefined || wishes.Hostname === '' ? id.slice(0, 12) : wishes.Hostname,
    Domainname: wishes.Domainname ?? '',
    User: wishes.User === undefined || wishes.User === '' ? (image.User ?? '') : wishes.User,
    AttachStdin: wishes.AttachStdin ?? false,
    AttachStdout: wishes.AttachStdout ?? false,
    AttachStderr: wishes.AttachStderr ?? false,
    ...(Object.keys(ports).length > 0 ? { ExposedPorts: ports } : {}),
    Tty: wishes.Tty ?? false,
    OpenStdin: wishes.OpenStdin ?? false,
    StdinOnce: wishes.StdinOnce ?? false,
    Env: mergeEnv(wishes.Env ?? [], image.Env ?? []),
    Cmd: merged.Cmd,
    ...(healthcheck ? { Healthcheck: healthcheck } : {}),
    Image: wishes.Image ?? '',
    Volumes: Object.keys(volumes).length > 0 ? volumes : null,
    WorkingDir:
      wishes.WorkingDir === undefined || wishes.WorkingDir === ''
        ? (image.WorkingDir ?? '')
        : wishes.WorkingDir,
    Entrypoint: cleared ? null : merged.Entrypoint,
    ...(wishes.NetworkDisabled === true ? { NetworkDisabled: true } : {}),
    ...(wishes.MacAddress === undefined || wishes.MacAddress === '' ? {} : { MacAddress: wishes.MacAddress }),
    OnBuild: wishes.OnBuild ?? null,
    Labels: { ...image.Labels, ...wishes.Labels },
    ...(stopSignal === undefined || stopSignal === '' ? {} : { StopSignal: stopSignal }),
    ...(wishes.StopTimeout === undefined ? {} : { StopTimeout: wishes.StopTimeout }),
    ...(shell ? { Shell: shell } : {}),
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], null | undefined> };

function withoutNulls<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== null && each !== undefined),
  ) as Defined<T>;
}

/** A client may send a command as one string. */
function listOf(value: readonly string[] | string | null | undefined): readonly string[] | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? [value] : value;
}

function mergeEnv(wishes: readonly string[], image: readonly string[]): readonly string[] | null {
  const nameOf = (pair: string) => pair.split('=', 1)[0];
  const own = new Set(wishes.map(nameOf));
  const all = [...wishes, ...image.filter((pair) => !own.has(nameOf(pair)))];
  return all.length === 0 ? null : dedupe(all, nameOf);
}

/** Of two values for one name the last one counts, in the first one's place. */
function dedupe(pairs: readonly string[], nameOf: (pair: string) => string | undefined): string[] {
  return [...new Map(pairs.map((pair) => [nameOf(pair), pair])).values()];
}

function mergeHealthcheck(
  wish: Healthcheck | undefined,
  image: Healthcheck | undefined,
): Healthcheck | undefined {
  if (!wish || !image) return wish ?? image;
  const given = Object.fromEntries(
    Object.entries(wish).filter(([, value]) =>
      Array.isArray(value) ? value.length > 0 : value !== 0 && value !== null,
    ),
  );
  return { ...image, ...given };
}

const MASKED_PATHS = [
  '/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list',
  '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware',
]; // prettier-ignore
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

const NO_RESTART: RestartPolicy = { Name: '', MaximumRetryCount: 0 };
const DEFAULT_SHM_BYTES = 64 * 1024 ** 2;

/** All of HostConfig as dockerd shows it, in its order, with what the client sent over it. */
export function completeHostConfig(wishes: Partial<HostConfig>): HostConfig {
  const privileged = wishes.Privileged === true;
  const sent = withoutNulls(wishes) as Partial<HostConfig>;
  return {
    ...{
      Binds: null,
      ContainerIDFile: '',
      LogConfig: { Type: 'json-file', Config: {} },
      NetworkMode: 'default',
      PortBindings: null,
      RestartPolicy: NO_RESTART,
      AutoRemove: false,
      VolumeDriver: '',
      VolumesFrom: null,
      CapAdd: null,
      CapDrop: null,
      CgroupnsMode: 'host',
      Dns: null,
      DnsOptions: null,
      DnsSearch: null,
      ExtraHosts: null,
      GroupAdd: null,
      IpcMode: 'private',
      Cgroup: '',
      Links: null,
      OomScoreAdj: 0,
      PidMode: '',
      Privileged: false,
      PublishAllPorts: false,
      ReadonlyRootfs: false,
      SecurityOpt: privileged ? ['label=disable'] : null,
      UTSMode: '',
      UsernsMode: '',
      ShmSize: DEFAULT_SHM_BYTES,
      Runtime: 'runc',
      ConsoleSize: [0, 0] as const,
      Isolation: '',
      CpuShares: 0,
      Memory: 0,
      NanoCpus: 0,
      CgroupParent: '',
      BlkioWeight: 0,
      BlkioWeightDevice: null,
      BlkioDeviceReadBps: null,
      BlkioDeviceWriteBps: null,
      BlkioDeviceReadIOps: null,
      BlkioDeviceWriteIOps: null,
      CpuPeriod: 0,
      CpuQuota: 0,
      CpuRealtimePeriod: 0,
      CpuRealtimeRuntime: 0,
      CpusetCpus: '',
      CpusetMems: '',
      Devices: null,
      DeviceCgroupRules: null,
      DeviceRequests: null,
      KernelMemory: 0,
      KernelMemoryTCP: 0,
      MemoryReservation: 0,
      MemorySwap: 0,
      MemorySwappiness: null,
      OomKillDisable: false,
      PidsLimit: null,
      Ulimits: null,
      CpuCount: 0,
      CpuPercent: 0,
      IOMaximumIOps: 0,
      IOMaximumBandwidth: 0,
      MaskedPaths: privileged ? null : MASKED_PATHS,
      ReadonlyPaths: privileged ? null : READONLY_PATHS,
    },
    ...sent,
    ...memoryWithSwap(sent),
    ...filled(sent),
  };
}

/** What a client may send empty and dockerd fills in. */
function filled(sent: Partial<HostConfig>): Partial<HostConfig> {
  const policy = sent.RestartPolicy;
  const driver = sent.LogConfig?.Type ?? '';
  return {
    ...(sent.NetworkMode === '' ? { NetworkMode: 'default' } : {}),
    ...(sent.IpcMode === '' ? { IpcMode: 'private' } : {}),
    // The CLI sends -1 and 0 for what nobody asked for.
    ...('MemorySwappiness' in sent && sent.MemorySwappiness === -1 ? { MemorySwappiness: null } : {}),
    ...(sent.PidsLimit === 0 || sent.PidsLimit === -1 ? { PidsLimit: null } : {}),
    ...(sent.ShmSize === 0 ? { ShmSize: DEFAULT_SHM_BYTES } : {}),
    ...(policy ? { RestartPolicy: { ...NO_RESTART, ...policy } } : {}),
    ...(sent.LogConfig
      ? { LogConfig: { Type: driver === '' ? 'json-file' : driver, Config: sent.LogConfig.Config ?? {} } }
      : {}),
    ...(sent.PortBindings ? { PortBindings: filledBindings(sent.PortBindings) } : {}),
    ...('CgroupnsMode' in sent && sent.CgroupnsMode === '' ? { CgroupnsMode: 'host' } : {}),
    ...('Runtime' in sent && sent.Runtime === '' ? { Runtime: 'runc' } : {}),
  };
}

/** Client libraries leave out what the CLI sends empty: the address, or the port, of a binding. */
function filledBindings(sent: NonNullable<HostConfig['PortBindings']>): HostConfig['PortBindings'] {
  const filled = ({ HostIp, HostPort }: Partial<PortBinding>): PortBinding => ({
    HostIp: HostIp ?? '',
    HostPort: HostPort ?? '',
  });
  return Object.fromEntries(Object.entries(sent).map(([port, all]) => [port, all?.map(filled) ?? null]));
}

function memoryWithSwap({ Memory, MemorySwap }: Partial<HostConfig>): Partial<HostConfig> {
  if (!Memory || Memory <= 0 || MemorySwap) return {};
  return { MemorySwap: Memory * 2 };
}
