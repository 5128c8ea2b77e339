import { compareVersions } from './version.ts';

/** The parts of an inspected container that moved. */
interface Inspected {
  readonly Config: object;
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly NetworkSettings: Readonly<Record<string, unknown>>;
  readonly Mounts: readonly { readonly Destination: string; readonly Source: string; readonly RW: boolean }[];
}

/**
 * `docker inspect` for clients before 1.21: there was one network, and before 1.20 mounts were two maps, and limits were
 * part of the configuration.
 */
export function inspectedBefore(version: string, found: object): object {
  if (compareVersions(version, '1.21') >= 0) return found;
  const { Config, HostConfig, NetworkSettings, Mounts, ...base } = found as Inspected;
  const ports = NetworkSettings.Ports as object | null;
  const network = Object.fromEntries(Object.entries(NetworkSettings).filter(([name]) => name !== 'Networks'));
  const config = {
    MacAddress: '',
    NetworkDisabled: false,
    ExposedPorts: null,
    VolumeDriver: HostConfig.VolumeDriver,
    ...Config,
  };
  const common = {
    ...base,
    HostConfig,
    NetworkSettings: { ...network, Ports: Object.keys(ports ?? {}).length === 0 ? null : ports },
  };
  if (compareVersions(version, '1.20') >= 0) return { ...common, Mounts, Config: config };
  const { Memory, MemorySwap, CpuShares, CpusetCpus } = HostConfig;
  return {
    ...common,
    Volumes: Object.fromEntries(Mounts.map(({ Destination, Source }) => [Destination, Source])),
    VolumesRW: Object.fromEntries(Mounts.map(({ Destination, RW }) => [Destination, RW])),
    Config: { ...config, Memory, MemorySwap, CpuShares, Cpuset: CpusetCpus },
  };
}
