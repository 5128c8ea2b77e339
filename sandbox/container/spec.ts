import { posix } from 'node:path';
import type { ContainerRecord, MountPoint, Ulimit } from './model.ts';
import { capabilitiesFor } from './capabilities.ts';
import type { NamespaceOf } from './networking.ts';
import type { ProcessUser } from './users.ts';

/** What of a start is only known at the start. */
export interface SpecInput {
  readonly record: ContainerRecord;
  /** Merged root in the session. */
  readonly root: string;
  readonly user: ProcessUser;
  readonly network: NamespaceOf;
  /** Path of the namespace or `host`, for `--pid`, `--ipc`; absent: its own. */
  readonly pidNamespace?: string;
  readonly ipcNamespace?: string;
  /** A tmpfs that others have at /dev/shm too; absent: one of the container's own. */
  readonly sharedMemory?: string;
  /** Folder with hosts, hostname and resolv.conf to mount over the image's. */
  readonly filesFolder: string;
  /** Folders of the container's control group by name below /sys/fs/cgroup. */
  readonly cgroupFolders: Readonly<Record<string, string>>;
  /** Static init program of the session for `--init`. */
  readonly initProgram: string;
  readonly devices: readonly SpecDevice[];
  /** Variables that tell of containers it is linked with. */
  readonly links?: readonly string[];
  readonly consoleSize: { readonly width: number; readonly height: number };
}

export interface SpecDevice {
  readonly type: 'c' | 'b';
  /** Where it lies in the session. */
  readonly source: string;
  readonly path: string;
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

interface SpecMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** Containers and shells are ended before the engine when memory runs out. */
export const CHILD_OOM_SCORE = 500;
const MAX_OOM_SCORE = 1000;

/** The OCI runtime configuration of a container (runtime-spec, config.md). */
export function buildSpec(input: SpecInput) {
  const { record, root } = input;
  const { config, hostConfig } = record;
  return {
    ociVersion: '1.0.2',
    ...(hostConfig.UTSMode === 'host'
      ? {}
      : { hostname: config.Hostname, domainname: config.Domainname === '' ? undefined : config.Domainname }),
    root: { path: root, readonly: hostConfig.ReadonlyRootfs },
    process: {
      ...buildProcess(record, input.user, input.links),
      ...(record.config.Tty ? { consoleSize: input.consoleSize } : {}),
      args: withInit(input),
    },
    mounts: buildMounts(input),
    linux: {
      namespaces: buildNamespaces(input),
      resources: {},
      // In a user namespace crun binds the session's device of the same path; one of another path is a mount of ours.
      devices: input.devices.filter(({ source, path }) => source === path).map(deviceNode),
      sysctl: hostConfig.Sysctls,
      maskedPaths: hostConfig.Privileged ? [] : (hostConfig.MaskedPaths ?? []),
      readonlyPaths: hostConfig.Privileged ? [] : (hostConfig.ReadonlyPaths ?? []),
    },
  };
}

/** The process without its arguments: `docker exec` starts from the same. */
export function buildProcess(record: ContainerRecord, user: ProcessUser, links: readonly string[] = []) {
  const { config, hostConfig } = record;
  return {
    terminal: config.Tty,
    user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    env: environment(record, user, { links }),
    cwd: config.WorkingDir === '' ? '/' : config.WorkingDir,
    capabilities: capabilitySets(record, hostConfig.Privileged),
    noNewPrivileges: (hostConfig.SecurityOpt ?? []).some((option) =>
      /^no-new-privileges([:=]true)?$/.test(option),
    ),
    oomScoreAdj: Math.min(Math.max(hostConfig.OomScoreAdj, CHILD_OOM_SCORE), MAX_OOM_SCORE),
    ...(hostConfig.Ulimits === null ? {} : { rlimits: hostConfig.Ulimits.map(resourceLimit) }),
  };
}

function deviceNode({ type, path, major, minor, fileMode, uid, gid }: SpecDevice): object {
  return { type, path, major, minor, fileMode, uid, gid };
}

function resourceLimit({ Name, Soft, Hard }: Ulimit): object {
  return { type: `RLIMIT_${Name.toUpperCase()}`, soft: Soft, hard: Hard };
}

export function capabilitySets(record: ContainerRecord, privileged: boolean) {
  const { CapAdd, CapDrop } = record.hostConfig;
  const names = capabilitiesFor({ add: CapAdd ?? [], drop: CapDrop ?? [], privileged });
  return { bounding: names, effective: names, permitted: names };
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * PATH, HOSTNAME, TERM, those of links and HOME as dockerd adds them: the last one at the end, the others in front; image
 * and user win in their place.
 */
export function environment(
  record: ContainerRecord,
  user: ProcessUser,
  {
    tty = record.config.Tty,
    links = [],
  }: { readonly tty?: boolean; readonly links?: readonly string[] } = {},
): string[] {
  const pairs = new Map([
    ['PATH', `PATH=${DEFAULT_PATH}`],
    ['HOSTNAME', `HOSTNAME=${record.config.Hostname}`],
    ...(tty ? ([['TERM', 'TERM=xterm']] as const) : []),
    ...links.map((line) => [line.slice(0, line.indexOf('=')), line] as const),
  ]);
  // A map keeps the place of what is set again.
  for (const pair of record.config.Env ?? []) {
    const equals = pair.indexOf('=');
    // A name alone takes away what would be there.
    if (equals === -1) pairs.delete(pair);
    else pairs.set(pair.slice(0, equals), pair);
  }
  if ((pairs.get('HOME') ?? 'HOME=') === 'HOME=') pairs.set('HOME', `HOME=${user.home}`);
  return [...pairs.values()];
}

const INIT_PATH = '/sbin/docker-init';

function withInit({ record }: SpecInput): string[] {
  const own = [record.path, ...record.args];
  return record.hostConfig.Init === true && record.hostConfig.PidMode === ''
    ? [INIT_PATH, '--', ...own]
    : own;
}

function buildNamespaces(input: SpecInput): object[] {
  const { hostConfig } = input.record;
  const joined = (type: string, path: string | undefined) =>
    path === 'host' ? [] : [path === undefined ? { type } : { type, path }];
  const network =
    input.network.kind === 'host'
      ? []
      : [input.network.kind === 'own' ? { type: 'network' } : { type: 'network', path: input.network.path }];
  return [
    { type: 'mount' },
    ...network,
    ...(hostConfig.UTSMode === 'host' ? [] : [{ type: 'uts' }]),
    ...joined('pid', input.pidNamespace),
    ...joined('ipc', input.ipcNamespace),
  ];
}

function buildMounts(input: SpecInput): SpecMount[] {
  const { record } = input;
  const own = [
    ...record.mounts.map(pointMount),
    ...Object.entries(record.hostConfig.Tmpfs ?? {}).map(([path, options]) => tmpfsMount(path, options)),
  ];
  const taken = new Set(own.map((mount) => mount.destination));
  const moved = input.devices.filter(({ source, path }) => source !== path);
  const devices = moved.map(({ source, path }) => bindFile(path, source, 'rw'));
  const isFree = (mount: SpecMount) => !taken.has(mount.destination);
  const files = fileMounts(input).filter(isFree);
  // A mount below another one comes after it.
  const depth = (mount: SpecMount) => mount.destination.split('/').filter(Boolean).length;
  const below = [...own, ...files].sort((a, b) => depth(a) - depth(b));
  return [...[...systemMounts(input), ...devices].filter(isFree), ...below];
}

function systemMounts(input: SpecInput): SpecMount[] {
  const { hostConfig } = input.record;
  const sys = hostConfig.Privileged ? 'rw' : 'ro';
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', sys] },
    ...cgroupMounts(input, sys),
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    ...sharedMemoryMount(input),
  ];
}

function sharedMemoryMount({ ipcNamespace, sharedMemory, record }: SpecInput): SpecMount[] {
  const { IpcMode, ShmSize } = record.hostConfig;
  const destination = '/dev/shm';
  if (IpcMode === 'none') return [];
  if (ipcNamespace === 'host')
    return [{ destination, type: 'bind', source: destination, options: ['rbind'] }];
  const flags = ['nosuid', 'noexec', 'nodev'];
  if (sharedMemory !== undefined) {
    return [{ destination, type: 'bind', source: sharedMemory, options: ['rbind', ...flags] }];
  }
  const options = [...flags, 'mode=1777', `size=${ShmSize}`];
  return [{ destination, type: 'tmpfs', source: 'shm', options }];
}

/** A container sees its own limits, and nothing of its neighbours. */
function cgroupMounts({ cgroupFolders }: SpecInput, mode: string): SpecMount[] {
  const base = '/sys/fs/cgroup';
  const folders = Object.entries(cgroupFolders);
  if (folders.length === 0) return [];
  const bind = (name: string, source: string): SpecMount => ({
    destination: name === '' ? base : `${base}/${name}`,
    type: 'bind',
    source,
    options: ['bind', mode, 'nosuid', 'noexec', 'nodev'],
  });
  const tmpfs = {
    destination: base,
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'noexec', 'nodev', 'mode=755'],
  };
  return [
    ...(cgroupFolders[''] === undefined ? [tmpfs] : []),
    ...folders.map(([name, path]) => bind(name, path)),
  ];
}

function fileMounts({ record, filesFolder, initProgram }: SpecInput): SpecMount[] {
  const mode = record.hostConfig.ReadonlyRootfs ? 'ro' : 'rw';
  const files = ['resolv.conf', 'hostname', 'hosts'].map((name) =>
    bindFile(`/etc/${name}`, `${filesFolder}/${name}`, mode),
  );
  return record.hostConfig.Init === true ? [...files, bindFile(INIT_PATH, initProgram, 'ro')] : files;
}

function bindFile(destination: string, source: string, mode: string): SpecMount {
  return { destination, type: 'bind', source, options: ['rbind', 'rprivate', mode] };
}

function pointMount(point: MountPoint): SpecMount {
  // The place of a volume of an image is taken as it was written.
  const destination = posix.resolve('/', point.Destination);
  const mode = point.RW ? 'rw' : 'ro';
  if (point.Type === 'tmpfs') {
    const options = ['nosuid', 'nodev', 'noexec', ...(point.options ?? []), mode];
    return { destination, type: 'tmpfs', source: 'tmpfs', options };
  }
  const propagation = point.Propagation === '' ? 'rprivate' : point.Propagation;
  return {
    destination,
    type: 'bind',
    source: point.Source,
    options: ['rbind', propagation, mode],
  };
}

function tmpfsMount(destination: string, options: string): SpecMount {
  const own = options.split(',').filter((option) => option !== '');
  // The user's options come last, so that `exec` undoes `noexec`.
  return { destination, type: 'tmpfs', source: 'tmpfs', options: ['noexec', 'nosuid', 'nodev', ...own] };
}
