import type { ContainerRecord } from './model.ts';

/** One network of a container, in Docker's spelling (`NetworkSettings.Networks.<name>`). */
export interface EndpointSettings {
  IPAMConfig: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] } | null;
  Links: string[] | null;
  Aliases: string[] | null;
  NetworkID: string;
  EndpointID: string;
  Gateway: string;
  IPAddress: string;
  IPPrefixLen: number;
  IPv6Gateway: string;
  GlobalIPv6Address: string;
  GlobalIPv6PrefixLen: number;
  MacAddress: string;
  DriverOpts: Record<string, string> | null;
}

export type NamespaceOf =
  { readonly kind: 'host' } | { readonly kind: 'own' } | { readonly kind: 'path'; readonly path: string };

/** What the network side knows of a running container that the container side cannot. */
export interface Connection {
  /**
   * A prepared network namespace, the session's own one, or one that crun makes (loopback only).
   */
  readonly namespace: NamespaceOf;
  /** Lines of /etc/hosts after the standard ones for localhost: `--add-host`, links, and its own name. */
  readonly hosts: readonly string[];
  /** The whole of /etc/hosts but for `hosts`, in place of the standard lines: the session's own. */
  readonly wholeHosts?: string;
  /** The whole of /etc/resolv.conf, `--dns` and its like included; absent: a copy of the session's. */
  readonly resolvConf?: string;
  /** Id of the container whose hosts, hostname and resolv.conf this one shows as its own (`container:NAME`). */
  readonly filesOf?: string;
}

/** A connection that containers have one after another, never two at a time: the steps of a build. */
export interface Lent extends Pick<Networking, 'connect' | 'disconnect'> {
  /** Idempotent. */
  release(): Promise<void>;
}

/** Docker's `NetworkSettings.Ports`: `80/tcp` → where it is published, or null when only exposed. */
export type PublishedPorts = Record<string, { HostIp: string; HostPort: string }[] | null>;

/**
 * What the container side asks of the network side. All state that must survive a restart of the engine and
 * belongs to a container lies in `record.networks`, which these calls change; the caller writes it to disk.
 * Life cycle: `check` at create → `connect` ⇄ `disconnect` (every start and end) → `forget` at removal.
 */
export interface Networking {
  /** Refuses what cannot be (an unknown network …) in dockerd's words, and fills `record.networks` for a new container. */
  check(
    record: ContainerRecord,
    wishes: Readonly<Record<string, Partial<EndpointSettings> | null>>,
  ): Promise<void>;
  /** Before the container's process starts. On failure nothing is left behind. */
  connect(record: ContainerRecord): Promise<Connection>;
  /** After its last process ended. Idempotent. */
  disconnect(record: ContainerRecord): Promise<void>;
  forget(record: ContainerRecord): Promise<void>;
  /** A connection as `record` wants it, for it and the likes of it. It is as if each had its own. */
  lend(record: ContainerRecord): Promise<Lent>;
  /** As `docker ps` and `inspect` show them; `{}` when not running. */
  ports(record: ContainerRecord): PublishedPorts;
  /** A name for `docker inspect` (`SandboxID`, `SandboxKey`); empty when not running. */
  sandbox(record: ContainerRecord): { readonly id: string; readonly key: string };
}
