/** A network as it is kept and as `docker network inspect` shows it, without the containers on it. */
export interface NetworkRecord {
  readonly Name: string;
  /** 64 hexadecimal digits. */
  readonly Id: string;
  /** RFC 3339 with nanoseconds. */
  readonly Created: string;
  readonly Scope: 'local';
  readonly Driver: NetworkDriver;
  readonly EnableIPv6: boolean;
  readonly IPAM: Ipam;
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly ConfigFrom: { readonly Network: string };
  readonly ConfigOnly: boolean;
  readonly Options: Readonly<Record<string, string>>;
  readonly Labels: Readonly<Record<string, string>>;
}

export type NetworkDriver = 'bridge' | 'host' | 'null';

export interface Ipam {
  readonly Driver: string;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly Config: readonly IpamConfig[];
}

export interface IpamConfig {
  readonly Subnet?: string;
  readonly IPRange?: string;
  readonly Gateway?: string;
  readonly AuxiliaryAddresses?: Readonly<Record<string, string>>;
}

/** What is kept beside the record and not shown. */
export interface StoredNetwork {
  readonly record: NetworkRecord;
  /** The user named the subnet: only then may containers ask for an address. */
  readonly userSubnet: boolean;
}

/** What `docker network create` asks for; everything but the name may be absent. */
export interface CreateNetwork {
  /** Unless it is false, a name can be had once. */
  readonly CheckDuplicate?: boolean;
  readonly Name: string;
  readonly Driver: string;
  readonly EnableIPv6: boolean;
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly ConfigOnly: boolean;
  /** Name of the network that holds the configuration of this one. */
  readonly ConfigFrom?: string;
  readonly Options: Readonly<Record<string, string>>;
  readonly Labels: Readonly<Record<string, string>>;
  readonly IPAM: {
    readonly Driver: string;
    readonly Options: Readonly<Record<string, string>> | null;
    readonly Config: readonly IpamConfig[];
  };
}

/** Names that no user may take or remove. */
export const PREDEFINED = ['bridge', 'host', 'none', 'default'] as const;

export function isPredefined(name: string): boolean {
  return (PREDEFINED as readonly string[]).includes(name);
}

export const DEFAULT_BRIDGE = 'bridge';
