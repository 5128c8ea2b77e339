import { randomBytes } from 'node:crypto';

import { EngineError } from '../../oci/errors.ts';
import { formatTime, now } from '../clock.ts';
import { contains, formatAddress, parseAddress, parseSubnet, type Subnet } from './address.ts';
import { formatAddress6, parseAddress6, parseSubnet6, type Subnet6 } from './address6.ts';
import type { Bridge } from './bridges.ts';
import { firstHost, planIpam } from './ipam.ts';
import {
  DEFAULT_BRIDGE,
  isPredefined,
  type CreateNetwork,
  type Ipam,
  type IpamConfig,
  type NetworkDriver,
  type NetworkRecord,
  type StoredNetwork,
} from './model.ts';
import { MTU_OPTION, refuseConfiguration, refuseOptions } from './refusals.ts';
import type { NetworkStore } from './store.ts';

/** What a cable has by itself. */
const USUAL_MTU = 1500;
const DEVICE_OPTION = 'com.docker.network.bridge.name';
/** A name of a device and its end are 16 bytes (linux/if.h). */
const DEVICE_LENGTH_MAX = 15;
const DEVICE = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** The networks of the session by name and id. It knows nothing of who is on them. */
export class NetworkRegistry {
  readonly #store: NetworkStore;
  #networks: StoredNetwork[];
  /** The subnet that was last chosen for a network. */
  #lastSubnet: Subnet | undefined;

  private constructor(store: NetworkStore, networks: StoredNetwork[]) {
    this.#store = store;
    this.#networks = networks;
  }

  /** Reads what is kept; on the first start the three networks that are always there are made. */
  static async open(store: NetworkStore): Promise<NetworkRegistry> {
    const stored = await store.read();
    const registry = new NetworkRegistry(store, stored ?? predefinedNetworks());
    if (stored === undefined) await registry.#save();
    return registry;
  }

  all(): readonly NetworkRecord[] {
    return this.#networks.map((each) => each.record);
  }

  /** By name, id, or a beginning of one id only. */
  find(term: string): NetworkRecord {
    const records = this.all();
    const named = records.filter((each) => each.Name === term);
    const exact = records.find((each) => each.Id === term) ?? named[0];
    if (exact?.Id !== term && named.length > 1) {
      throw new EngineError(
        'invalid',
        `network ${term} is ambiguous (${named.length} matches found on name)`,
      );
    }
    if (exact !== undefined) return exact;
    const matches = term === '' ? [] : records.filter((each) => each.Id.startsWith(term));
    if (matches.length > 1) {
      throw new EngineError(
        'invalid',
        `network ${term} is ambiguous (${matches.length} matches found based on ID prefix)`,
      );
    }
    if (matches[0] === undefined) throw new EngineError('not-found', `network ${term} not found`);
    return matches[0];
  }

  /** Whether containers may ask for an address of their own on it. */
  hasUserSubnet(network: NetworkRecord): boolean {
    return this.#networks.some((each) => each.record.Id === network.Id && each.userSubnet);
  }

  async create(wish: CreateNetwork): Promise<NetworkRecord> {
    this.#refuse(wish);
    const stored = wish.ConfigOnly ? configurationOf(wish) : this.#plan(wish);
    this.#networks = [...this.#networks, stored];
    await this.#save();
    return stored.record;
  }

  #plan(asked: CreateNetwork): StoredNetwork {
    const driver = driverOf(asked.Driver);
    const wish = this.#configured(asked);
    refuseOptions(wish.Options);
    const { ipam, userSubnet } = planIpam(
      wish.IPAM,
      { subnets: this.#subnets(), subnets6: this.#subnets6(), last: this.#lastSubnet },
      { name: wish.Name, ipv6: wish.EnableIPv6 },
    );
    if (!userSubnet) this.#lastSubnet = parseSubnet(ipam.Config[0]?.Subnet ?? '');
    return { record: recordOf(wish, driver, ipam), userSubnet };
  }

  /** With what the network that it refers to holds for it. */
  #configured(wish: CreateNetwork): CreateNetwork {
    if (wish.ConfigFrom === undefined) return wish;
    const from = this.all().find((each) => each.ConfigOnly && each.Name === wish.ConfigFrom);
    if (from === undefined) {
      const name = JSON.stringify(wish.ConfigFrom);
      throw new EngineError('not-found', `configuration network ${name} does not exist`);
    }
    const { EnableIPv6, Labels, Options, IPAM } = from;
    return { ...wish, EnableIPv6, Labels, Options, IPAM };
  }

  async remove(network: NetworkRecord): Promise<void> {
    this.#networks = this.#networks.filter((each) => each.record.Id !== network.Id);
    await this.#save();
  }

  #refuse(wish: CreateNetwork): void {
    if (isPredefined(wish.Name)) {
      throw new EngineError('forbidden', `operation is not permitted on predefined ${wish.Name} network `);
    }
    // Who asks for a name that nobody has finds one without any.
    const taken = wish.Name === '' || this.all().some((each) => each.Name === wish.Name);
    if (wish.CheckDuplicate !== false && taken) {
      throw new EngineError('conflict', `network with name ${wish.Name} already exists`);
    }
    if (wish.Name.trim() === '') throw new EngineError('invalid', `invalid name: ${wish.Name}`);
    refuseConfiguration(wish);
    const device = wish.Options[DEVICE_OPTION];
    if (device === undefined) return;
    if (!DEVICE.test(device)) {
      throw new EngineError('invalid', `"${device}" is not a valid name of a network device`);
    }
    if (device.length > DEVICE_LENGTH_MAX) {
      const why = 'numerical result out of range';
      throw new EngineError('internal', `failed to check bridge interface existence: ${why}`);
    }
    const owner = this.all().find((each) => each.Driver === 'bridge' && bridgeOf(each).device === device);
    if (owner !== undefined) {
      throw new EngineError(
        'forbidden',
        `cannot create network ${wish.Name} (${device}): conflicts with network ${owner.Id} (${owner.Name}): networks have same bridge name`,
      );
    }
  }

  #subnets(): Subnet[] {
    const made = this.all().filter(({ ConfigOnly }) => !ConfigOnly);
    return made.flatMap((each) =>
      each.IPAM.Config.flatMap(({ Subnet: text }) => parseSubnet(text ?? '') ?? []),
    );
  }

  #subnets6(): Subnet6[] {
    return this.all().flatMap((each) => plan6Of(each)?.subnet ?? []);
  }

  async #save(): Promise<void> {
    await this.#store.write(this.#networks);
  }
}

/** The addresses of a network of the bridge driver. */
export interface Plan {
  readonly subnet: Subnet;
  /** Where addresses are chosen from. */
  readonly range: Subnet;
  readonly gateway: number;
  /** Never given to a container: the gateway, and what the user keeps for other things. */
  readonly reserved: readonly number[];
}

export function planOf(network: NetworkRecord): Plan {
  const [config] = network.IPAM.Config;
  const subnet = parseSubnet(config?.Subnet ?? '');
  if (config === undefined || subnet === undefined) throw new Error(`network ${network.Name} has no subnet`);
  const range = parseSubnet(config.IPRange ?? '') ?? subnet;
  const gateway = parseAddress(config.Gateway ?? '') ?? firstHost(subnet, range);
  const auxiliary = Object.values(config.AuxiliaryAddresses ?? {}).flatMap(
    (text) => parseAddress(text) ?? [],
  );
  return {
    subnet,
    range,
    gateway,
    reserved: [gateway, ...auxiliary.filter((each) => contains(subnet, each))],
  };
}

/** The same of its IPv6 addresses. */
export interface Plan6 {
  readonly subnet: Subnet6;
  readonly gateway: bigint;
  readonly reserved: readonly bigint[];
}

/** Undefined for a network without IPv6. */
export function plan6Of(network: NetworkRecord): Plan6 | undefined {
  if (!network.EnableIPv6 || network.ConfigOnly) return undefined;
  for (const config of network.IPAM.Config) {
    const subnet = parseSubnet6(config.Subnet ?? '');
    if (subnet === undefined) continue;
    const gateway = parseAddress6(config.Gateway ?? '') ?? subnet.base + 1n;
    const others = Object.values(config.AuxiliaryAddresses ?? {}).flatMap(
      (text) => parseAddress6(text) ?? [],
    );
    return { subnet, gateway, reserved: [gateway, ...others] };
  }
  return undefined;
}

export function bridgeOf(network: NetworkRecord): Bridge {
  const { gateway, subnet } = planOf(network);
  const six = plan6Of(network);
  const mtu = Number(network.Options[MTU_OPTION] ?? 0);
  return {
    device: network.Options[DEVICE_OPTION] ?? `br-${network.Id.slice(0, 12)}`,
    address: `${formatAddress(gateway)}/${subnet.bits}`,
    ...(six && { address6: `${formatAddress6(six.gateway)}/${six.subnet.bits}` }),
    ...(mtu > 0 && mtu !== USUAL_MTU && { mtu }),
  };
}

function recordOf(wish: CreateNetwork, driver: NetworkDriver, ipam: Ipam): NetworkRecord {
  return {
    Name: wish.Name,
    Id: newId(),
    Created: formatTime(now()),
    Scope: 'local',
    Driver: driver,
    EnableIPv6: wish.EnableIPv6,
    IPAM: ipam,
    Internal: wish.Internal,
    Attachable: wish.Attachable,
    Ingress: false,
    ConfigFrom: { Network: wish.ConfigFrom ?? '' },
    ConfigOnly: wish.ConfigOnly,
    Options: wish.Options,
    Labels: wish.Labels,
  };
}

/** A network that only holds what others are made from. */
function configurationOf(wish: CreateNetwork): StoredNetwork {
  const { Driver, Options, Config: asked } = wish.IPAM;
  const isSix = ({ Subnet: text }: IpamConfig) => parseSubnet6(text ?? '') !== undefined;
  const Config = [...asked.filter((each) => !isSix(each)), ...asked.filter(isSix)];
  const ipam = { Driver: Driver === '' ? 'default' : Driver, Options, Config };
  return { record: recordOf(wish, 'null', ipam), userSubnet: false };
}

export function newId(): string {
  return randomBytes(32).toString('hex');
}

function driverOf(name: string): NetworkDriver {
  if (name === '' || name === 'bridge') return 'bridge';
  if (name === 'host' || name === 'null') {
    throw new EngineError('forbidden', `only one instance of "${name}" network is allowed`);
  }
  if (name === 'overlay') {
    throw new EngineError(
      'invalid',
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  }
  throw new EngineError('not-found', `plugin "${name}" not found`);
}

function predefinedNetworks(): StoredNetwork[] {
  const kinds: [string, NetworkDriver][] = [
    [DEFAULT_BRIDGE, 'bridge'],
    ['host', 'host'],
    ['none', 'null'],
  ];
  return kinds.map(([name, driver]) => ({ record: predefined(name, driver), userSubnet: false }));
}

function predefined(Name: string, Driver: NetworkDriver): NetworkRecord {
  const isBridge = Driver === 'bridge';
  return {
    Name,
    Id: newId(),
    Created: formatTime(now()),
    Scope: 'local',
    Driver,
    EnableIPv6: false,
    IPAM: {
      Driver: 'default',
      Options: null,
      Config: isBridge ? [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }] : [],
    },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Options: isBridge ? BRIDGE_OPTIONS : {},
    Labels: {},
  };
}

const BRIDGE_OPTIONS = {
  'com.docker.network.bridge.default_bridge': 'true',
  'com.docker.network.bridge.enable_icc': 'true',
  'com.docker.network.bridge.enable_ip_masquerade': 'true',
  'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0',
  [DEVICE_OPTION]: 'docker0',
  [MTU_OPTION]: '1500',
};
