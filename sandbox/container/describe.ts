import type { Context } from './context.ts';
import type { Container } from './container.ts';
import type { ContainerRecord, ContainerState, HealthState, MountPoint } from './model.ts';
import { timeOf, now } from './clock.ts';
import { parseLink } from './network/links.ts';

/** `docker inspect`, the whole shape. */
export async function inspectContainer(
  context: Context,
  container: Container,
  withSize: boolean,
): Promise<object> {
  const { record, folder } = container;
  const paths = await context.snapshots.describe(record.id);
  const started = record.state.startedAt !== record.state.finishedAt;
  const execs = [...container.execs.values()]
    .filter((exec) => exec.state === 'running')
    .map((exec) => exec.id);
  return {
    Id: record.id,
    Created: record.created,
    Path: record.path,
    Args: record.args,
    State: stateOf(record.state),
    Image: record.image,
    ResolvConfPath: started ? `${folder}/resolv.conf` : '',
    HostnamePath: started ? `${folder}/hostname` : '',
    HostsPath: started ? `${folder}/hosts` : '',
    LogPath: started ? container.logPath : '',
    Name: `/${record.name}`,
    RestartCount: record.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: execs.length > 0 ? execs : null,
    HostConfig: { ...record.hostConfig, Links: shownLinks(record) },
    GraphDriver: { Data: paths, Name: 'overlay2' },
    ...(withSize ? await sizesOf(context, container) : {}),
    Mounts: record.mounts.map(mountOf),
    Config: record.config,
    NetworkSettings: networkSettings(context, container),
  };
}

export async function sizesOf(
  context: Context,
  { record }: Container,
): Promise<{ SizeRw: number; SizeRootFs: number }> {
  const [SizeRw, image] = await Promise.all([
    context.snapshots.usage(record.id).catch(() => 0),
    context.imageSize(record.image).catch(() => 0),
  ]);
  return { SizeRw, SizeRootFs: SizeRw + image };
}

function stateOf(state: ContainerState): object {
  const active = ['running', 'paused', 'restarting'].includes(state.status);
  return {
    Status: state.status,
    Running: active,
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: state.oomKilled,
    Dead: state.status === 'dead',
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...(state.health ? { Health: healthOf(state.health) } : {}),
  };
}

function healthOf(health: HealthState): object {
  return { Status: health.status, FailingStreak: health.failingStreak, Log: health.log };
}

export function mountOf(mount: MountPoint): object {
  return {
    Type: mount.Type,
    ...(mount.Name === undefined ? {} : { Name: mount.Name }),
    Source: mount.Source,
    Destination: mount.Destination,
    ...(mount.Driver === undefined ? {} : { Driver: mount.Driver }),
    Mode: mount.Mode,
    RW: mount.RW,
    Propagation: mount.Propagation,
  };
}

function networkSettings(context: Context, { record }: Container): object {
  const sandbox = context.networking.sandbox(record);
  const { bridge } = record.networks;
  return {
    Bridge: '',
    SandboxID: sandbox.id,
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: context.networking.ports(record),
    SandboxKey: sandbox.key,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    // What there was before there were several networks: the default bridge's values.
    EndpointID: bridge?.EndpointID ?? '',
    Gateway: bridge?.Gateway ?? '',
    GlobalIPv6Address: bridge?.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: bridge?.GlobalIPv6PrefixLen ?? 0,
    IPAddress: bridge?.IPAddress ?? '',
    IPPrefixLen: bridge?.IPPrefixLen ?? 0,
    IPv6Gateway: bridge?.IPv6Gateway ?? '',
    MacAddress: bridge?.MacAddress ?? '',
    Networks: record.networks,
  };
}

/** `web:db` as Docker shows it: `/web:/this/db`. */
function shownLinks({ hostConfig, name }: ContainerRecord): string[] | null {
  const links = hostConfig.Links?.map(parseLink).map(({ target, alias }) => `/${target}:/${name}/${alias}`);
  return links === undefined || links.length === 0 ? null : links;
}

/** `Up 5 minutes (healthy)`, `Exited (0) 2 hours ago`. */
export function statusText(state: ContainerState): string {
  switch (state.status) {
    case 'running':
      return `Up ${humanDuration(since(state.startedAt))}${healthSuffix(state.health)}`;
    case 'paused':
      return `Up ${humanDuration(since(state.startedAt))} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${humanDuration(since(state.finishedAt))} ago`;
    case 'exited':
      return `Exited (${state.exitCode}) ${humanDuration(since(state.finishedAt))} ago`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    case 'created':
      return 'Created';
  }
}

function healthSuffix(health: HealthState | undefined): string {
  if (!health) return '';
  return health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`;
}

function since(time: string): number {
  return Number((now() - timeOf(time)) / 1_000_000_000n);
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Docker's rounding of seconds for people. */
export function humanDuration(seconds: number): string {
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < MINUTE) return `${seconds} seconds`;
  const minutes = Math.floor(seconds / MINUTE);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(seconds / HOUR);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(seconds / (365 * DAY))} years`;
}
