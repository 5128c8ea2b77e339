import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

import type { Emit } from '../../image/images.ts';
import { EngineError } from '../../oci/errors.ts';
import type { ContainerRecord } from '../model.ts';
import type {
  Connection,
  EndpointSettings,
  Lent,
  NamespaceOf,
  Networking,
  PublishedPorts,
} from '../networking.ts';
import type { Publication, Publisher } from '../ports/publisher.ts';
import { exposedOnly, requestsOf, type PortWishes } from '../ports/requests.ts';
import { formatAddress, parseAddress } from './address.ts';
import { parseAddress6 } from './address6.ts';
import { routeToNames, type Bridges, type Plug } from './bridges.ts';
import { clearEndpoint, fillEndpoint, idleEndpoint, refuseWishes } from './endpoint.ts';
import { copiedResolverFile, extraHosts, ownHosts, resolverFile } from './files.ts';
import type { Leases } from './leases.ts';
import { linkLines, networkHolder, refuseLinks } from './links.ts';
import { modeOf, networkNameOf, refuseConflicts } from './mode.ts';
import { DEFAULT_BRIDGE, isPredefined, type NetworkRecord } from './model.ts';
import { Namespace } from './namespace.ts';
import {
  inOrder,
  defaultRoutes,
  gatewayEndpoint,
  plugOf,
  addShortId,
  memberOf,
  macWish,
  type LiveEndpoint,
  type Member,
} from './plug.ts';
import { newId, planOf, type NetworkRegistry } from './registry.ts';

/** What the network side needs of the containers. */
export interface ContainerDirectory {
  /** By name, id or a beginning of one id only. Throws `EngineError('not-found', 'No such container: X')`. */
  find(reference: string): ContainerRecord;
  /** Writes the record to disk. */
  save(record: ContainerRecord): Promise<void>;
  /** Folder with the `hosts` and `resolv.conf` that the container sees. */
  filesFolder(record: ContainerRecord): string;
}

/** Answers names for the containers of the users' networks. */
export interface NameServers {
  /** Answers from now on. Idempotent. */
  open(): Promise<void>;
}

export interface AttachmentParts {
  readonly registry: NetworkRegistry;
  readonly bridges: Bridges;
  readonly leases: Leases;
  readonly names: NameServers;
  readonly publisher: Publisher;
  readonly containers: ContainerDirectory;
  readonly emit: Emit;
}

interface Attachment {
  readonly record: ContainerRecord;
  readonly sandbox: { readonly id: string; readonly key: string };
  /** Where the container is; `namespace` is set when it is one of ours. */
  place: NamespaceOf;
  namespace: Namespace | undefined;
  readonly endpoints: LiveEndpoint[];
  /** Devices ever made in it: their names are not used twice. */
  devices: number;
  publication: { readonly endpoint: LiveEndpoint; readonly ports: Publication } | undefined;
}

/** Running containers and the networks they are on. */
export class Attachments implements Networking {
  readonly #parts: AttachmentParts;
  readonly #running = new Map<string, Attachment>();
  /** The last one of each container: shown until it starts again. */
  readonly #sandboxes = new Map<string, Attachment['sandbox']>();
  /** Ids of those that stand for others, see `lend`. */
  readonly #hidden = new Set<string>();

  constructor(parts: AttachmentParts) {
    this.#parts = parts;
  }

  async check(
    record: ContainerRecord,
    wishes: Readonly<Record<string, Partial<EndpointSettings> | null>>,
  ): Promise<void> {
    refuseConflicts(record);
    refuseLinks(record, this.#parts.containers);
    const names = Object.keys(wishes);
    if (names.length > 1) {
      throw new EngineError(
        'invalid',
        `Container cannot be connected to network endpoints: ${names.sort().join(', ')}`,
      );
    }
    const name = networkNameOf(modeOf(record.hostConfig.NetworkMode));
    const { IPv4Address: address = '', IPv6Address: address6 = '' } =
      Object.values(wishes)[0]?.IPAMConfig ?? {};
    if (address !== '' && parseAddress(address) === undefined) {
      throw new EngineError('invalid', `invalid IPv4 address: ${address}`);
    }
    if (address6 !== '' && parseAddress6(address6) === undefined) {
      throw new EngineError('invalid', `invalid IPv6 address: ${address6}`);
    }
    if (name !== undefined) record.networks = { [name]: idleEndpoint(wishes[name]) };
    const hasNoName = record.config.Hostname === record.id.slice(0, 12);
    if (name === 'host' && hasNoName) Object.assign(record.config, { Hostname: hostname() });
  }

  async connect(record: ContainerRecord): Promise<Connection> {
    const mode = modeOf(record.hostConfig.NetworkMode);
    switch (mode.kind) {
      case 'container':
        return this.#share(record, mode.reference);
      case 'host':
      case 'none':
        return this.#stayApart(record, mode.kind);
      case 'network':
        return this.#attach(record, mode.name);
    }
  }

  async disconnect(record: ContainerRecord): Promise<void> {
    const attachment = this.#running.get(record.id);
    if (attachment === undefined) return;
    this.#running.delete(record.id);
    attachment.publication?.ports.close();
    for (const endpoint of attachment.endpoints) this.#release(endpoint);
    attachment.namespace?.close();
    for (const settings of Object.values(record.networks)) {
      if (settings.EndpointID !== '') this.#tell('disconnect', settings.NetworkID, record);
      clearEndpoint(settings);
    }
    this.#parts.bridges.warm();
  }

  async forget(record: ContainerRecord): Promise<void> {
    await this.disconnect(record);
    this.#sandboxes.delete(record.id);
  }

  async lend(record: ContainerRecord): Promise<Lent> {
    const holder: ContainerRecord = { ...structuredClone(record), id: newId() };
    const release = async () => {
      await this.forget(holder);
      this.#hidden.delete(holder.id);
    };
    this.#hidden.add(holder.id);
    const connection = await this.connect(holder).catch(async (error: unknown) => {
      await release();
      throw error;
    });
    return {
      connect: async (borrower) => {
        borrower.networks = structuredClone(holder.networks);
        for (const { NetworkID } of Object.values(borrower.networks))
          this.#tell('connect', NetworkID, borrower);
        const attachment = this.#running.get(holder.id);
        return attachment?.endpoints.length
          ? { ...connection, hosts: this.#hostLines(borrower, attachment) }
          : connection;
      },
      disconnect: async (borrower) => {
        for (const settings of Object.values(borrower.networks)) {
          if (settings.EndpointID !== '') this.#tell('disconnect', settings.NetworkID, borrower);
          clearEndpoint(settings);
        }
      },
      release,
    };
  }

  ports(record: ContainerRecord): PublishedPorts {
    const attachment = this.#running.get(record.id);
    if (attachment?.namespace === undefined || attachment.endpoints.length === 0) return {};
    const exposed = exposedOnly(wishesOf(record)).map((port): [string, null] => [port, null]);
    const all = [...Object.entries(attachment.publication?.ports.ports ?? {}), ...exposed];
    return Object.fromEntries(all.sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  sandbox(record: ContainerRecord): { readonly id: string; readonly key: string } {
    return this.#sandboxes.get(record.id) ?? { id: '', key: '' };
  }

  /** Running containers on a network, by their ids. */
  members(network: NetworkRecord): Record<string, Member> {
    const found = [...this.#running].flatMap(([id, attachment]): [string, Member][] => {
      const settings = attachment.record.networks[network.Name];
      return settings?.NetworkID === network.Id && settings.EndpointID !== '' && !this.#hidden.has(id)
        ? [[id, memberOf(attachment.record, settings)]]
        : [];
    });
    return Object.fromEntries(found);
  }

  isRunning(record: ContainerRecord): boolean {
    return this.#running.has(record.id);
  }

  /** `docker network connect` while the container runs. */
  async join(
    record: ContainerRecord,
    network: NetworkRecord,
    settings: EndpointSettings,
  ): Promise<LiveEndpoint> {
    const attachment = this.#running.get(record.id);
    if (attachment?.namespace === undefined) throw new Error(`${record.name} has no network namespace`);
    const endpoint = await this.#plugIn(record, attachment, network, settings);
    await this.#publish(record, attachment);
    return endpoint;
  }

  /** `docker network disconnect` while the container runs. Undefined when it is not on the network. */
  async leave(record: ContainerRecord, network: NetworkRecord): Promise<LiveEndpoint | undefined> {
    const attachment = this.#running.get(record.id);
    const index = attachment?.endpoints.findIndex((each) => each.network.Id === network.Id) ?? -1;
    const endpoint = attachment?.endpoints[index];
    if (attachment === undefined || endpoint === undefined) return undefined;
    attachment.endpoints.splice(index, 1);
    await this.#parts.bridges.unplug(endpoint.cable);
    this.#release(endpoint);
    this.#tell('disconnect', network.Id, record);
    const next = gatewayEndpoint(attachment.endpoints);
    if (next !== undefined) await attachment.namespace?.configure(defaultRoutes(next));
    const named = attachment.endpoints.find((each) => !isPredefined(each.network.Name));
    if (named !== undefined) {
      const { Gateway, IPAddress } = named.settings;
      await attachment.namespace?.configure([routeToNames(Gateway, IPAddress)]);
    }
    await this.#publish(record, attachment);
    return endpoint;
  }

  /** Whole /etc/resolv.conf for the networks that the container is on now. */
  async resolver(record: ContainerRecord): Promise<string> {
    const { Dns, DnsSearch, DnsOptions } = record.hostConfig;
    const wishes = { servers: Dns ?? [], search: DnsSearch ?? [], options: DnsOptions ?? [] };
    const session = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
    const endpoints = this.#running.get(record.id)?.endpoints ?? [];
    const named = endpoints.some((each) => !isPredefined(each.network.Name));
    if (!named) return copiedResolverFile(wishes, session);
    return resolverFile(wishes, session);
  }

  #share(record: ContainerRecord, reference: string): Connection {
    const { containers } = this.#parts;
    const other = containers.find(reference);
    if (other.id === record.id) throw new EngineError('invalid', 'cannot join own network');
    const attachment = this.#running.get(other.id);
    if (other.state.status === 'restarting') {
      throw new EngineError(
        'conflict',
        `container ${other.id} is restarting, wait until the container is running`,
      );
    }
    if (attachment === undefined) {
      throw new EngineError('conflict', `cannot join network of a non running container: ${other.id}`);
    }
    const { place } = attachment;
    // As dockerd does: the hosts file has the other's name only.
    Object.assign(record.config, { Hostname: other.config.Hostname, Domainname: other.config.Domainname });
    const namespace: NamespaceOf =
      place.kind === 'own' ? { kind: 'path', path: `/proc/${other.state.pid}/ns/net` } : place;
    this.#running.set(record.id, emptyAttachment(record, namespace));
    this.#sandboxes.delete(record.id);
    return { namespace, hosts: [], filesOf: networkHolder(containers, other.id).id };
  }

  async #stayApart(record: ContainerRecord, name: 'host' | 'none'): Promise<Connection> {
    const network = this.#parts.registry.find(name);
    const settings = (record.networks[name] ??= idleEndpoint(undefined));
    Object.assign(settings, { NetworkID: network.Id, EndpointID: newId() });
    const own = name === 'host' ? undefined : await Namespace.open();
    const namespace: NamespaceOf = own === undefined ? { kind: 'host' } : { kind: 'path', path: own.path };
    this.#begin(record, { ...emptyAttachment(record, namespace), namespace: own });
    this.#tell('connect', network.Id, record);
    return {
      namespace,
      ...(own === undefined ? { wholeHosts: await readFile('/etc/hosts', 'utf8').catch(() => '') } : {}),
      hosts: extraHosts(record.hostConfig.ExtraHosts, '127.0.0.1'),
      resolvConf: await this.resolver(record),
    };
  }

  async #attach(record: ContainerRecord, first: string): Promise<Connection> {
    const attachment = emptyAttachment(record, { kind: 'own' });
    this.#begin(record, attachment);
    try {
      for (const name of inOrder(Object.keys(record.networks), first)) {
        const settings = (record.networks[name] ??= idleEndpoint(undefined));
        // Once joined it is that very network, not another one of the same name.
        const network = this.#parts.registry.find(settings.NetworkID === '' ? name : settings.NetworkID);
        await this.#plugIn(record, attachment, network, settings);
      }
      attachment.namespace ??= await Namespace.open();
      attachment.place = { kind: 'path', path: attachment.namespace.path };
      await this.#publish(record, attachment);
      return {
        namespace: attachment.place,
        hosts: this.#hostLines(record, attachment),
        resolvConf: await this.resolver(record),
      };
    } catch (error) {
      await this.disconnect(record);
      throw error;
    }
  }

  #begin(record: ContainerRecord, attachment: Attachment): void {
    this.#running.set(record.id, attachment);
    this.#sandboxes.set(record.id, attachment.sandbox);
  }

  async #plugIn(
    record: ContainerRecord,
    attachment: Attachment,
    network: NetworkRecord,
    settings: EndpointSettings,
  ): Promise<LiveEndpoint> {
    const { registry, leases, bridges, names } = this.#parts;
    refuseWishes(network, settings, registry.hasUserSubnet(network));
    if (network.ConfigOnly) {
      throw new EngineError('forbidden', 'cannot create endpoint on configuration-only network');
    }
    const isNamed = !isPredefined(network.Name);
    if (isNamed) addShortId(settings, record);
    const { address, address6 } = leases.take(network, { record, settings });
    const device = `eth${attachment.devices}`;
    try {
      const mac = attachment.devices === 0 ? macWish(record) : undefined;
      fillEndpoint(settings, network, { address, address6, mac });
      if (isNamed) await names.open();
      const plug = plugOf(network, settings, device, attachment.endpoints);
      const former = gatewayEndpoint(attachment.endpoints)?.settings.IPv6Gateway ?? '';
      const cable = await this.#lay(bridges, attachment, plug);
      if (plug.gateway !== undefined && plug.gateway6 === undefined && former !== '') {
        // The container may have taken it away itself.
        await attachment.namespace?.configure([`route delete default via ${former}`]).catch(() => undefined);
      }
      const endpoint = { network, settings, address, ...(address6 && { address6 }), device, cable };
      attachment.devices++;
      attachment.endpoints.push(endpoint);
      this.#tell('connect', network.Id, record);
      return endpoint;
    } catch (error) {
      this.#release({ network, address });
      clearEndpoint(settings);
      throw error;
    }
  }

  async #lay(bridges: Bridges, attachment: Attachment, plug: Plug): Promise<string> {
    if (attachment.namespace !== undefined) return bridges.plug(attachment.namespace, plug);
    const { namespace, cable } = await bridges.enter(plug);
    attachment.namespace = namespace;
    return cable;
  }

  #release({ network, address }: Pick<LiveEndpoint, 'network' | 'address'>): void {
    this.#parts.leases.release(network, address);
  }

  /** Published ports lead to the network that has the default route; they move when it changes. */
  async #publish(record: ContainerRecord, attachment: Attachment): Promise<void> {
    const endpoint = gatewayEndpoint(attachment.endpoints);
    const current = attachment.publication;
    if (current !== undefined && current.endpoint === endpoint) return;
    // A new network leaves the ports where they are; only the loss of theirs moves them.
    if (current !== undefined && attachment.endpoints.includes(current.endpoint)) return;
    current?.ports.close();
    attachment.publication = undefined;
    const requests = requestsOf(wishesOf(record));
    if (endpoint === undefined || requests.length === 0) return;
    try {
      const ports = await this.#parts.publisher.publish(requests, endpoint.settings.IPAddress);
      attachment.publication = { endpoint, ports };
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw new EngineError(
        'internal',
        `driver failed programming external connectivity on endpoint ${record.name} (${endpoint.settings.EndpointID}): ${(error as Error).message}`,
        { cause: error },
      );
    }
  }

  #hostLines(record: ContainerRecord, attachment: Attachment): string[] {
    const { containers, registry } = this.#parts;
    const gateway = formatAddress(planOf(registry.find(DEFAULT_BRIDGE)).gateway);
    return [
      ...extraHosts(record.hostConfig.ExtraHosts, gateway),
      ...(attachment.endpoints.some((each) => each.network.Name === DEFAULT_BRIDGE)
        ? linkLines(record, containers)
        : []),
      ...attachment.endpoints.flatMap((each) => ownHosts(record, each.settings)),
    ];
  }

  #tell(action: 'connect' | 'disconnect', networkId: string, record: ContainerRecord): void {
    const network = this.#parts.registry.all().find((each) => each.Id === networkId);
    if (network === undefined || this.#hidden.has(record.id)) return;
    const attributes = { container: record.id, name: network.Name, type: network.Driver };
    this.#parts.emit({
      Type: 'network',
      Action: action,
      Actor: { ID: network.Id, Attributes: attributes },
    });
  }
}

function emptyAttachment(record: ContainerRecord, place: NamespaceOf): Attachment {
  const id = newId();
  const name = place.kind === 'host' ? 'default' : id.slice(0, 12);
  return {
    record,
    sandbox: { id, key: `/var/run/docker/netns/${name}` },
    place,
    namespace: undefined,
    endpoints: [],
    devices: 0,
    publication: undefined,
  };
}

function wishesOf(record: ContainerRecord): PortWishes {
  return {
    bindings: record.hostConfig.PortBindings ?? {},
    exposed: record.config.ExposedPorts ?? {},
    publishAll: record.hostConfig.PublishAllPorts,
  };
}
