import { EngineError } from '../oci/errors.ts';

/**
 * The kinds of the values in a HostConfig, as the API writes them. The official clients get them right; a script may
 * not, and wants to hear which one is wrong.
 */

type Kind = 'string' | 'int64' | 'bool' | '[]string' | 'map[string]string' | 'object' | '[]object';

const KINDS: Readonly<Record<Kind, readonly string[]>> = {
  string: [
    'NetworkMode', 'IpcMode', 'PidMode', 'UTSMode', 'UsernsMode', 'CgroupnsMode', 'Cgroup', 'CgroupParent',
    'VolumeDriver', 'ContainerIDFile', 'Runtime', 'Isolation', 'CpusetCpus', 'CpusetMems',
  ],
  int64: [
    'Memory', 'MemorySwap', 'MemoryReservation', 'MemorySwappiness', 'NanoCpus', 'CpuShares', 'CpuPeriod',
    'CpuQuota', 'PidsLimit', 'OomScoreAdj', 'ShmSize', 'BlkioWeight',
  ],
  bool: ['AutoRemove', 'Privileged', 'PublishAllPorts', 'ReadonlyRootfs', 'OomKillDisable', 'Init'],
  '[]string': [
    'Binds', 'VolumesFrom', 'CapAdd', 'CapDrop', 'Dns', 'DnsOptions', 'DnsSearch', 'ExtraHosts', 'GroupAdd',
    'Links', 'SecurityOpt', 'MaskedPaths', 'ReadonlyPaths', 'DeviceCgroupRules',
  ],
  'map[string]string': ['Sysctls', 'Tmpfs', 'StorageOpt'],
  object: ['RestartPolicy', 'LogConfig', 'PortBindings'],
  '[]object': ['Mounts', 'Devices', 'Ulimits', 'DeviceRequests'],
}; // prettier-ignore

/** What the lists of objects hold: the parts that have to be there are empty where a client left them out, as in Go. */
const PARTS: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  Mounts: { Type: 'string', Source: 'string', Target: 'string', ReadOnly: 'bool' },
  Devices: { PathOnHost: 'string', PathInContainer: 'string', CgroupPermissions: 'string' },
  Ulimits: { Name: 'string', Soft: 'int64', Hard: 'int64' },
  RestartPolicy: { Name: 'string', MaximumRetryCount: 'int64' },
  LogConfig: { Type: 'string', Config: 'map[string]string' },
};

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const ACCEPTS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  int64: (value) => Number.isInteger(value),
  bool: (value) => typeof value === 'boolean',
  '[]string': (value) => Array.isArray(value) && value.every(isString),
  'map[string]string': (value) => isObject(value) && Object.values(value).every(isString),
  object: isObject,
  '[]object': (value) => Array.isArray(value) && value.every(isObject),
};

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

/** Null stands for absent everywhere. */
export function checkHostConfig(host: Fields): void {
  for (const [kind, names] of Object.entries(KINDS) as [Kind, readonly string[]][])
    for (const name of names) check(host[name], kind, name);
  for (const [name, parts] of Object.entries(PARTS)) {
    const value = host[name];
    for (const each of Array.isArray(value) ? (value as Fields[]) : isObject(value) ? [value] : [])
      for (const [part, kind] of Object.entries(parts)) check(each[part], kind, `${name}.${part}`);
  }
  checkBindings(isObject(host.PortBindings) ? host.PortBindings : {});
}

function checkBindings(bindings: Fields): void {
  for (const [port, all] of Object.entries(bindings)) {
    if (!/^\d{1,5}(-\d{1,5})?(\/(tcp|udp|sctp))?$/i.test(port)) throw badPort(port.split('/')[0] ?? '');
    check(all, '[]object', 'PortBindings');
    for (const each of (all ?? []) as Fields[])
      for (const part of ['HostIp', 'HostPort']) check(each[part], 'string', `PortBindings.${part}`);
    for (const { HostPort } of (all ?? []) as { HostPort?: string | null }[])
      if (!isPorts(HostPort ?? '')) throw badPort(HostPort ?? '');
  }
}

/** Nothing, a port, or a range of ports. */
function isPorts(text: string): boolean {
  if (text === '') return true;
  const [first = '', last = first, ...more] = text.split('-');
  const isPort = (part: string) => /^\d{1,5}$/.test(part) && Number(part) <= LAST_PORT;
  return more.length === 0 && isPort(first) && isPort(last) && Number(first) <= Number(last);
}

const LAST_PORT = 65535;

function badPort(port: string): EngineError {
  return new EngineError('invalid', `invalid port specification: ${JSON.stringify(port)}`);
}

function check(value: unknown, kind: Kind, name: string): void {
  if (value === undefined || value === null || ACCEPTS[kind](value)) return;
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  throw new EngineError(
    'invalid',
    `json: cannot unmarshal ${found} into Go struct field ContainerConfigWrapper.HostConfig.${name} of type ${kind}`,
  );
}
