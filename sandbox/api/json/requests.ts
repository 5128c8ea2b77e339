import {
  any, bool, duration, fileMode, int, int64, list, map, named, string, struct, uint, uint16, uint64, words,
} from './types.ts'; // prettier-ignore

/** The bodies of the API's requests, field by field, as API version 1.41 has them. */

const texts = list(string);
const labels = map(string);
const set = (name: string) => map(any, name);

const healthConfig = struct('container.HealthConfig', {
  Test: texts,
  Interval: duration,
  Timeout: duration,
  StartPeriod: duration,
  Retries: int,
});

const config = {
  Hostname: string,
  Domainname: string,
  User: string,
  AttachStdin: bool,
  AttachStdout: bool,
  AttachStderr: bool,
  ExposedPorts: set('nat.PortSet'),
  Tty: bool,
  OpenStdin: bool,
  StdinOnce: bool,
  Env: texts,
  Cmd: words,
  Healthcheck: healthConfig,
  ArgsEscaped: bool,
  Image: string,
  Volumes: set('map[string]struct {}'),
  WorkingDir: string,
  Entrypoint: words,
  NetworkDisabled: bool,
  MacAddress: string,
  OnBuild: texts,
  Labels: labels,
  StopSignal: string,
  StopTimeout: int,
  Shell: words,
};

const weightDevice = struct('blkiodev.WeightDevice', { Path: string, Weight: uint16 });
const throttles = list(
  struct('blkiodev.ThrottleDevice', { Path: string, Rate: uint64 }),
  '[]*blkiodev.ThrottleDevice',
);

const resources = {
  CpuShares: int64,
  Memory: int64,
  NanoCpus: int64,
  CgroupParent: string,
  BlkioWeight: uint16,
  BlkioWeightDevice: list(weightDevice, '[]*blkiodev.WeightDevice'),
  BlkioDeviceReadBps: throttles,
  BlkioDeviceWriteBps: throttles,
  BlkioDeviceReadIOps: throttles,
  BlkioDeviceWriteIOps: throttles,
  CpuPeriod: int64,
  CpuQuota: int64,
  CpuRealtimePeriod: int64,
  CpuRealtimeRuntime: int64,
  CpusetCpus: string,
  CpusetMems: string,
  Devices: list(
    struct('container.DeviceMapping', {
      PathOnHost: string,
      PathInContainer: string,
      CgroupPermissions: string,
    }),
  ),
  DeviceCgroupRules: texts,
  DeviceRequests: list(
    struct('container.DeviceRequest', {
      Driver: string,
      Count: int,
      DeviceIDs: texts,
      Capabilities: list(texts),
      Options: labels,
    }),
  ),
  KernelMemory: int64,
  KernelMemoryTCP: int64,
  MemoryReservation: int64,
  MemorySwap: int64,
  MemorySwappiness: int64,
  OomKillDisable: bool,
  PidsLimit: int64,
  Ulimits: list(struct('units.Ulimit', { Name: string, Hard: int64, Soft: int64 }), '[]*units.Ulimit'),
  CpuCount: int64,
  CpuPercent: int64,
  IOMaximumIOps: uint64,
  IOMaximumBandwidth: uint64,
};

const restartPolicy = struct('container.RestartPolicy', { Name: string, MaximumRetryCount: int });

const mount = struct('mount.Mount', {
  Type: named('mount.Type'),
  Source: string,
  Target: string,
  ReadOnly: bool,
  Consistency: named('mount.Consistency'),
  BindOptions: struct('mount.BindOptions', { Propagation: named('mount.Propagation'), NonRecursive: bool }),
  VolumeOptions: struct('mount.VolumeOptions', {
    NoCopy: bool,
    Labels: labels,
    DriverConfig: struct('mount.Driver', { Name: string, Options: labels }),
  }),
  TmpfsOptions: struct('mount.TmpfsOptions', { SizeBytes: int64, Mode: fileMode }),
});

const portBindings = list(
  struct('nat.PortBinding', { HostIp: string, HostPort: string }),
  '[]nat.PortBinding',
);

const hostConfig = struct('container.HostConfig', {
  Binds: texts,
  ContainerIDFile: string,
  LogConfig: struct('container.LogConfig', { Type: string, Config: labels }),
  NetworkMode: named('container.NetworkMode'),
  PortBindings: map(portBindings, 'nat.PortMap'),
  RestartPolicy: restartPolicy,
  AutoRemove: bool,
  VolumeDriver: string,
  VolumesFrom: texts,
  CapAdd: words,
  CapDrop: words,
  CgroupnsMode: named('container.CgroupnsMode'),
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  GroupAdd: texts,
  IpcMode: named('container.IpcMode'),
  Cgroup: named('container.CgroupSpec'),
  Links: texts,
  OomScoreAdj: int,
  PidMode: named('container.PidMode'),
  Privileged: bool,
  PublishAllPorts: bool,
  ReadonlyRootfs: bool,
  SecurityOpt: texts,
  StorageOpt: labels,
  Tmpfs: labels,
  UTSMode: named('container.UTSMode'),
  UsernsMode: named('container.UsernsMode'),
  ShmSize: int64,
  Sysctls: labels,
  Runtime: string,
  ConsoleSize: list(uint, '[2]uint'),
  Isolation: named('container.Isolation'),
  ...resources,
  Mounts: list(mount),
  MaskedPaths: texts,
  ReadonlyPaths: texts,
  Init: bool,
});

const endpointSettings = struct('network.EndpointSettings', {
  IPAMConfig: struct('network.EndpointIPAMConfig', {
    IPv4Address: string,
    IPv6Address: string,
    LinkLocalIPs: texts,
  }),
  Links: texts,
  Aliases: texts,
  NetworkID: string,
  EndpointID: string,
  Gateway: string,
  IPAddress: string,
  IPPrefixLen: int,
  IPv6Gateway: string,
  GlobalIPv6Address: string,
  GlobalIPv6PrefixLen: int,
  MacAddress: string,
  DriverOpts: labels,
});

/** Of `POST /commit`: a container's configuration alone. */
export const CONFIG = struct('runconfig.ContainerConfigWrapper', config);

/** `POST /containers/create`. */
export const CONTAINER = struct('runconfig.ContainerConfigWrapper', {
  ...config,
  HostConfig: hostConfig,
  NetworkingConfig: struct('network.NetworkingConfig', {
    EndpointsConfig: map(endpointSettings, 'map[string]*network.EndpointSettings'),
  }),
});

/** `POST /containers/{id}/update`. */
export const UPDATE = struct('container.UpdateConfig', { ...resources, RestartPolicy: restartPolicy });

/** `POST /containers/{id}/exec`. */
export const EXEC = struct('types.ExecConfig', {
  User: string,
  Privileged: bool,
  Tty: bool,
  AttachStdin: bool,
  AttachStderr: bool,
  AttachStdout: bool,
  Detach: bool,
  DetachKeys: string,
  Env: texts,
  WorkingDir: string,
  Cmd: texts,
});

/** `POST /exec/{id}/start`. */
export const EXEC_START = struct('types.ExecStartCheck', { Detach: bool, Tty: bool });

/** `POST /containers/{id}/copy`. */
export const COPY = struct('types.CopyConfig', { Resource: string });

/** `POST /volumes/create`. */
export const VOLUME = struct('volume.VolumeCreateBody', {
  Driver: string,
  DriverOpts: labels,
  Labels: labels,
  Name: string,
});

const ipam = struct('network.IPAM', {
  Driver: string,
  Options: labels,
  Config: list(
    struct('network.IPAMConfig', {
      Subnet: string,
      IPRange: string,
      Gateway: string,
      AuxiliaryAddresses: labels,
    }),
  ),
});

/** `POST /networks/create`. */
export const NETWORK = struct('types.NetworkCreateRequest', {
  CheckDuplicate: bool,
  Driver: string,
  Scope: string,
  EnableIPv6: bool,
  IPAM: ipam,
  Internal: bool,
  Attachable: bool,
  Ingress: bool,
  ConfigOnly: bool,
  ConfigFrom: struct('network.ConfigReference', { Network: string }),
  Options: labels,
  Labels: labels,
  Name: string,
});

/** `POST /networks/{id}/connect`. */
export const CONNECT = struct('types.NetworkConnect', {
  Container: string,
  EndpointConfig: endpointSettings,
});

/** `POST /networks/{id}/disconnect`. */
export const DISCONNECT = struct('types.NetworkDisconnect', { Container: string, Force: bool });

/** `POST /auth`. */
export const AUTH = struct('types.AuthConfig', {
  username: string,
  password: string,
  auth: string,
  email: string,
  serveraddress: string,
  identitytoken: string,
  registrytoken: string,
});
