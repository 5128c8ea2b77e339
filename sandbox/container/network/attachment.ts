import { EngineError } from '../../oci/errors.ts';
import type { ContainerRecord } from '../model.ts';
import type { EndpointSettings, NamespaceOf, PublishedPorts } from '../networking.ts';
import type { Publication, Publisher } from '../ports/publisher.ts';
import { exposedOnly, requestsOf, type PortWishes } from '../ports/requests.ts';
import { routeToNames, type Bridges, type Plug } from './bridges.ts';
import { clearEndpoint, fillEndpoint, idleEndpoint, refuseWishes } from './endpoint.ts';
import type { Leases } from './leases.ts';
import { isPredefined, type NetworkRecord } from './model.ts';
import { Namespace } from './namespace.ts';
import {
  addShortId,
  defaultRoutes,
  gatewayEndpoint,
  inOrder,
  macWish,
  plugOf,
  type LiveEndpoint,
} from './plug.ts';
import { newId, type NetworkRegistry } from './registry.ts';

/** Answers names for the containers of the users' networks. */
export interface NameServers {
  /** Answers from now on. Idempotent. */
  open(): Promise<void>;
}

/** What a container is plugged in with. */
export interface Sockets {
  readonly registry: NetworkRegistry;
  readonly bridges: Bridges;
  readonly leases: Leases;
  readonly names: NameServers;
  readonly publisher: Publisher;
}

/** Tells the engine's events that a container came to a network or left it. */
export type Tell = (action: 'connect' | 'disconnect', networkId: string, record: ContainerRecord) => void;

/** A running container on its networks: the namespace, the endpoints and the published ports that it holds. */
export class Attachment {
  readonly record: ContainerRecord;
  readonly sandbox: { readonly id: string; readonly key: string };
  readonly #sockets: Sockets;
  readonly #tell: Tell;
  readonly #endpoints: LiveEndpoint[] = [];
  #place: NamespaceOf;
  #namespace: Namespace | undefined;
  /** Devices ever made in it: their names are not used twice. */
  #devices = 0;
  #publication: { readonly endpoint: LiveEndpoint; readonly ports: Publication } | undefined;

  /** `namespace` is set when `place` is one of ours, which closes with the attachment. */
  constructor(
    record: ContainerRecord,
    place: NamespaceOf,
    parts: { readonly sockets: Sockets; readonly tell: Tell; readonly namespace?: Namespace | undefined },
  ) {
    const id = newId();
    this.record = record;
    this.sandbox = {
      id,
      key: `/var/run/docker/netns/${place.kind === 'host' ? 'default' : id.slice(0, 12)}`,
    };
    this.#place = place;
    this.#sockets = parts.sockets;
    this.#tell = parts.tell;
    this.#namespace = parts.namespace;
  }

  /** Where the container is. */
  get place(): NamespaceOf {
    return this.#place;
  }

  get endpoints(): readonly LiveEndpoint[] {
    return this.#endpoints;
  }

  /** Published ones with where they are reachable, and with null those that are exposed only. */
  ports(): PublishedPorts {
    if (this.#namespace === undefined || this.#endpoints.length === 0) return {};
    const exposed = exposedOnly(wishesOf(this.record)).map((port): [string, null] => [port, null]);
    const all = [...Object.entries(this.#publication?.ports.ports ?? {}), ...exposed];
    return Object.fromEntries(all.sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** Plugs it into all of its record's networks, `first` before the others; a namespace of its own without any. */
  async open(first: string): Promise<void> {
    const { registry } = this.#sockets;
    const { networks } = this.record;
    for (const name of inOrder(Object.keys(networks), first)) {
      const settings = (networks[name] ??= idleEndpoint(undefined));
      // Once joined it is that very network, not another one of the same name.
      await this.#plugIn(registry.find(settings.NetworkID === '' ? name : settings.NetworkID), settings);
    }
    this.#namespace ??= await Namespace.open();
    this.#place = { kind: 'path', path: this.#namespace.path };
    await this.#publish();
  }

  close(): void {
    this.#publication?.ports.close();
    for (const endpoint of this.#endpoints) this.#release(endpoint);
    this.#namespace?.close();
    for (const settings of Object.values(this.record.networks)) {
      if (settings.EndpointID !== '') this.#tell('disconnect', settings.NetworkID, this.record);
      clearEndpoint(settings);
    }
  }

  async join(network: NetworkRecord, settings: EndpointSettings): Promise<LiveEndpoint> {
    if (this.#namespace === undefined) throw new Error(`${this.record.name} has no network namespace`);
    const endpoint = await this.#plugIn(network, settings);
    await this.#publish();
    return endpoint;
  }

  /** Undefined when it is not on the network. */
  async leave(network: NetworkRecord): Promise<LiveEndpoint | undefined> {
    const index = this.#endpoints.findIndex((each) => each.network.Id === network.Id);
    const endpoint = this.#endpoints[index];
    if (endpoint === undefined) return undefined;
    this.#endpoints.splice(index, 1);
    await this.#sockets.bridges.unplug(endpoint.cable);
    this.#release(endpoint);
    this.#tell('disconnect', network.Id, this.record);
    const next = gatewayEndpoint(this.#endpoints);
    if (next !== undefined) await this.#namespace?.configure(defaultRoutes(next));
    const named = this.#endpoints.find((each) => !isPredefined(each.network.Name));
    if (named !== undefined) {
      const { Gateway, IPAddress } = named.settings;
      await this.#namespace?.configure([routeToNames(Gateway, IPAddress)]);
    }
    await this.#publish();
    return endpoint;
  }

  async #plugIn(network: NetworkRecord, settings: EndpointSettings): Promise<LiveEndpoint> {
    const { registry, leases, names } = this.#sockets;
    const { record } = this;
    refuseWishes(network, settings, registry.hasUserSubnet(network));
    if (network.ConfigOnly) {
      throw new EngineError('forbidden', 'cannot create endpoint on configuration-only network');
    }
    const isNamed = !isPredefined(network.Name);
    if (isNamed) addShortId(settings, record);
    const { address, address6 } = leases.take(network, { record, settings });
    const device = `eth${this.#devices}`;
    try {
      const mac = this.#devices === 0 ? macWish(record) : undefined;
      fillEndpoint(settings, network, { address, address6, mac });
      if (isNamed) await names.open();
      const plug = plugOf(network, settings, device, this.#endpoints);
      const former = gatewayEndpoint(this.#endpoints)?.settings.IPv6Gateway ?? '';
      const cable = await this.#lay(plug);
      if (plug.gateway !== undefined && plug.gateway6 === undefined && former !== '') {
        // The container may have taken it away itself.
        await this.#namespace?.configure([`route delete default via ${former}`]).catch(() => undefined);
      }
      const endpoint = { network, settings, address, ...(address6 && { address6 }), device, cable };
      this.#devices++;
      this.#endpoints.push(endpoint);
      this.#tell('connect', network.Id, record);
      return endpoint;
    } catch (error) {
      this.#release({ network, address });
      clearEndpoint(settings);
      throw error;
    }
  }

  async #lay(plug: Plug): Promise<string> {
    const { bridges } = this.#sockets;
    if (this.#namespace !== undefined) return bridges.plug(this.#namespace, plug);
    const { namespace, cable } = await bridges.enter(plug);
    this.#namespace = namespace;
    return cable;
  }

  #release({ network, address }: Pick<LiveEndpoint, 'network' | 'address'>): void {
    this.#sockets.leases.release(network, address);
  }

  /** Published ports lead to the network that has the default route; they move when it changes. */
  async #publish(): Promise<void> {
    const endpoint = gatewayEndpoint(this.#endpoints);
    const current = this.#publication;
    if (current !== undefined && current.endpoint === endpoint) return;
    // A new network leaves the ports where they are; only the loss of theirs moves them.
    if (current !== undefined && this.#endpoints.includes(current.endpoint)) return;
    current?.ports.close();
    this.#publication = undefined;
    const requests = requestsOf(wishesOf(this.record));
    if (endpoint === undefined || requests.length === 0) return;
    try {
      const ports = await this.#sockets.publisher.publish(requests, endpoint.settings.IPAddress);
      this.#publication = { endpoint, ports };
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw new EngineError(
        'internal',
        `driver failed programming external connectivity on endpoint ${this.record.name} (${endpoint.settings.EndpointID}): ${(error as Error).message}`,
        { cause: error },
      );
    }
  }
}

function wishesOf(record: ContainerRecord): PortWishes {
  return {
    bindings: record.hostConfig.PortBindings ?? {},
    exposed: record.config.ExposedPorts ?? {},
    publishAll: record.hostConfig.PublishAllPorts,
  };
}
