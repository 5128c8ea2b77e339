import { appendFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Emit } from '../../image/images.ts';
import { EngineError } from '../../oci/errors.ts';
import type { ContainerRecord } from '../model.ts';
import type { EndpointSettings } from '../networking.ts';
import { formatAddress } from './address.ts';
import type { Attachments, ContainerDirectory } from './attachments.ts';
import type { Bridges } from './bridges.ts';
import { idleEndpoint, refuseWishes } from './endpoint.ts';
import { ownHosts } from './files.ts';
import type { Leases } from './leases.ts';
import { modeOf } from './mode.ts';
import { isPredefined, type CreateNetwork, type NetworkRecord } from './model.ts';
import type { Member } from './plug.ts';
import { bridgeOf, type NetworkRegistry } from './registry.ts';

export interface NetworksParts {
  readonly registry: NetworkRegistry;
  readonly bridges: Bridges;
  readonly leases: Leases;
  readonly attachments: Attachments;
  readonly containers: ContainerDirectory;
  readonly emit: Emit;
}

/** What `docker network …` does. */
export class Networks {
  readonly #parts: NetworksParts;

  constructor(parts: NetworksParts) {
    this.#parts = parts;
  }

  list(): readonly NetworkRecord[] {
    return this.#parts.registry.all();
  }

  find(term: string): NetworkRecord {
    return this.#parts.registry.find(term);
  }

  /** By the containers' ids. */
  members(network: NetworkRecord): Record<string, Member> {
    return this.#parts.attachments.members(network);
  }

  async create(wish: CreateNetwork): Promise<NetworkRecord> {
    const { registry, bridges } = this.#parts;
    const network = await registry.create(wish);
    try {
      if (!network.ConfigOnly) await bridges.add(bridgeOf(network));
    } catch (error) {
      await registry.remove(network);
      throw new EngineError('internal', (error as Error).message, { cause: error });
    }
    this.#tell('create', network);
    return network;
  }

  async remove(term: string): Promise<void> {
    const network = this.find(term);
    if (isPredefined(network.Name)) {
      throw new EngineError('forbidden', `${network.Name} is a pre-defined network and cannot be removed`);
    }
    if (network.ConfigOnly && this.list().some(({ ConfigFrom }) => ConfigFrom.Network === network.Name)) {
      throw new EngineError(
        'forbidden',
        `error while removing network: configuration network ${JSON.stringify(network.Name)} is in use`,
      );
    }
    if (this.#isUsed(network)) {
      throw new EngineError(
        'forbidden',
        `error while removing network: network ${network.Name} id ${network.Id} has active endpoints`,
      );
    }
    await this.#delete(network);
  }

  /** Removes what no running container is on and `matches` takes; returns the names. */
  async prune(matches: (network: NetworkRecord) => boolean): Promise<string[]> {
    const unused = this.list().filter(
      (each) => !isPredefined(each.Name) && !each.ConfigOnly && !this.#isUsed(each) && matches(each),
    );
    for (const network of unused) await this.#delete(network);
    const Attributes = { reclaimed: '0' };
    this.#parts.emit({ Type: 'network', Action: 'prune', Actor: { ID: '', Attributes } });
    return unused.map((each) => each.Name);
  }

  async connect(term: string, reference: string, wish: Partial<EndpointSettings> | undefined): Promise<void> {
    const { registry, containers, attachments } = this.#parts;
    const network = registry.find(term);
    const record = containers.find(reference);
    const settings = idleEndpoint(wish);
    if (network.Driver === 'bridge') refuseWishes(network, settings, registry.hasUserSubnet(network));
    refuseConnection(record, network, attachments.isRunning(record));
    if (attachments.isRunning(record)) {
      const endpoint = await attachments.join(record, network, settings);
      const lines = ownHosts(record, endpoint.settings);
      await appendFile(this.#file(record, 'hosts'), lines.map((line) => `${line}\n`).join(''));
      await this.#rewriteResolver(record);
    }
    record.networks[network.Name] = settings;
    await containers.save(record);
  }

  async disconnect(term: string, reference: string, force: boolean): Promise<void> {
    const { registry, containers, attachments } = this.#parts;
    const network = registry.find(term);
    const record = findForced(containers, reference, force);
    if (modeOf(record.hostConfig.NetworkMode).kind === 'host' && network.Driver === 'host') {
      throw new EngineError('invalid', HOST_CONFLICT);
    }
    if (attachments.isRunning(record)) await this.#leave(record, network);
    else if (record.networks[network.Name] === undefined) {
      throw new EngineError(
        'internal',
        `container ${record.id} is not connected to the network ${network.Name}`,
      );
    }
    record.networks = Object.fromEntries(
      Object.entries(record.networks).filter(([name]) => name !== network.Name),
    );
    await containers.save(record);
    // As dockerd: of a running container it is told a second time.
    this.#tell('disconnect', network, { container: record.id });
  }

  async #leave(record: ContainerRecord, network: NetworkRecord): Promise<void> {
    const endpoint = await this.#parts.attachments.leave(record, network);
    if (endpoint === undefined) {
      throw new EngineError('invalid', `container ${record.id} is not connected to network ${network.Name}`);
    }
    const hosts = this.#file(record, 'hosts');
    const lines = (await readFile(hosts, 'utf8')).split('\n');
    const own = [formatAddress(endpoint.address), endpoint.address6];
    const kept = lines.filter((line) => !own.includes(line.split('\t', 1)[0] ?? ''));
    // In place: the container has this very file mounted.
    await writeFile(hosts, kept.join('\n'));
    await this.#rewriteResolver(record);
  }

  async #rewriteResolver(record: ContainerRecord): Promise<void> {
    await writeFile(this.#file(record, 'resolv.conf'), await this.#parts.attachments.resolver(record));
  }

  #file(record: ContainerRecord, name: string): string {
    return path.join(this.#parts.containers.filesFolder(record), name);
  }

  #isUsed(network: NetworkRecord): boolean {
    return this.#parts.leases.on(network).size > 0;
  }

  async #delete(network: NetworkRecord): Promise<void> {
    const { registry, bridges } = this.#parts;
    await registry.remove(network);
    // As dockerd: nothing is told of the end of a configuration.
    if (network.ConfigOnly) return;
    await bridges.remove(bridgeOf(network));
    this.#tell('destroy', network);
  }

  #tell(
    action: 'create' | 'destroy' | 'disconnect',
    network: NetworkRecord,
    more?: { container: string },
  ): void {
    const Attributes = { ...more, name: network.Name, type: network.Driver };
    this.#parts.emit({ Type: 'network', Action: action, Actor: { ID: network.Id, Attributes } });
  }
}

const HOST_CONFLICT = 'container cannot be disconnected from host network or connected to host network';

function refuseConnection(record: ContainerRecord, network: NetworkRecord, running: boolean): void {
  const mode = modeOf(record.hostConfig.NetworkMode);
  if (mode.kind !== 'host' && network.Driver === 'host') throw new EngineError('invalid', HOST_CONFLICT);
  if (record.networks[network.Name] !== undefined) {
    if (!running) return;
    throw new EngineError(
      'forbidden',
      `endpoint with name ${record.name} already exists in network ${network.Name}`,
    );
  }
  if (mode.kind === 'host' || mode.kind === 'container') {
    throw new EngineError(
      'forbidden',
      'container sharing network namespace with another container or host cannot be connected to any other network',
    );
  }
  if (mode.kind === 'none' || network.Driver === 'null') {
    throw new EngineError(
      'forbidden',
      'container cannot be connected to multiple networks with one of the networks in private (none) mode',
    );
  }
}

/** `--force` looks for what a container that is not there any more has left. */
function findForced(containers: ContainerDirectory, reference: string, force: boolean): ContainerRecord {
  try {
    return containers.find(reference);
  } catch (error) {
    if (force) throw new EngineError('not-found', `endpoint ${reference} not found`, { cause: error });
    throw error;
  }
}
