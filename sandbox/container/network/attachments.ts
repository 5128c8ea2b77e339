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
import { formatAddress, parseAddress } from './address.ts';
import { parseAddress6 } from './address6.ts';
import { Attachment, type Sockets, type Tell } from './attachment.ts';
import { clearEndpoint, idleEndpoint } from './endpoint.ts';
import { copiedResolverFile, extraHosts, ownHosts, resolverFile } from './files.ts';
import { linkLines, networkHolder, refuseLinks } from './links.ts';
import { modeOf, networkNameOf, refuseConflicts } from './mode.ts';
import { DEFAULT_BRIDGE, isPredefined, type NetworkRecord } from './model.ts';
import { Namespace } from './namespace.ts';
import { memberOf, type LiveEndpoint, type Member } from './plug.ts';
import { newId, planOf } from './registry.ts';

/** What the network side needs of the containers. */
export interface ContainerDirectory {
  /** By name, id or a beginning of one id only. Throws `EngineError('not-found', 'No such container: X')`. */
  find(reference: string): ContainerRecord;
  /** Writes the record to disk. */
  save(record: ContainerRecord): Promise<void>;
  /** Folder with the `hosts` and `resolv.conf` that the container sees. */
  filesFolder(record: ContainerRecord): string;
}

export interface AttachmentParts extends Sockets {
  readonly containers: ContainerDirectory;
  readonly emit: Emit;
}

/** Running containers and the networks they are on. */
export class Attachments implements Networking {
  readonly #parts: AttachmentParts;
  readonly #running = new Map<string, Attachment>();
  /** The last one of each container: shown until it starts again. */
  readonly #sandboxes = new Map<string, Attachment['sandbox']>();
  /** Ids of those that stand for others, see `lend`. */
  readonly #hidden = new Set<string>();

  readonly #tell: Tell = (action, networkId, record) => {
    const network = this.#parts.registry.all().find((each) => each.Id === networkId);
    if (network === undefined || this.#hidden.has(record.id)) return;
    const attributes = { container: record.id, name: network.Name, type: network.Driver };
    this.#parts.emit({
      Type: 'network',
      Action: action,
      Actor: { ID: network.Id, Attributes: attributes },
    });
  };

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
    attachment.close();
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
    return this.#running.get(record.id)?.ports() ?? {};
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
    if (attachment === undefined) throw new Error(`${record.name} does not run`);
    return attachment.join(network, settings);
  }

  /** `docker network disconnect` while the container runs. Undefined when it is not on the network. */
  async leave(record: ContainerRecord, network: NetworkRecord): Promise<LiveEndpoint | undefined> {
    return this.#running.get(record.id)?.leave(network);
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
    this.#running.set(record.id, this.#attachment(record, namespace));
    this.#sandboxes.delete(record.id);
    return { namespace, hosts: [], filesOf: networkHolder(containers, other.id).id };
  }

  async #stayApart(record: ContainerRecord, name: 'host' | 'none'): Promise<Connection> {
    const network = this.#parts.registry.find(name);
    const settings = (record.networks[name] ??= idleEndpoint(undefined));
    Object.assign(settings, { NetworkID: network.Id, EndpointID: newId() });
    const own = name === 'host' ? undefined : await Namespace.open();
    const namespace: NamespaceOf = own === undefined ? { kind: 'host' } : { kind: 'path', path: own.path };
    this.#begin(this.#attachment(record, namespace, own));
    this.#tell('connect', network.Id, record);
    return {
      namespace,
      ...(own === undefined ? { wholeHosts: await readFile('/etc/hosts', 'utf8').catch(() => '') } : {}),
      hosts: extraHosts(record.hostConfig.ExtraHosts, '127.0.0.1'),
      resolvConf: await this.resolver(record),
    };
  }

  async #attach(record: ContainerRecord, first: string): Promise<Connection> {
    const attachment = this.#attachment(record, { kind: 'own' });
    this.#begin(attachment);
    try {
      await attachment.open(first);
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

  #attachment(record: ContainerRecord, place: NamespaceOf, namespace?: Namespace): Attachment {
    return new Attachment(record, place, { sockets: this.#parts, tell: this.#tell, namespace });
  }

  #begin(attachment: Attachment): void {
    this.#running.set(attachment.record.id, attachment);
    this.#sandboxes.set(attachment.record.id, attachment.sandbox);
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
}
