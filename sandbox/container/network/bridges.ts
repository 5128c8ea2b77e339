import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

import { LinkShell } from './link-shell.ts';
import { NAME_SERVER } from './files.ts';
import { Namespace } from './namespace.ts';

export interface Bridge {
  /** Name of the device in the session: `docker0`, `br-` and twelve digits, or what the user chose. */
  readonly device: string;
  /** The bridge's own address with the bits of its mask: the gateway of the containers. */
  readonly address: string;
  /** The same for IPv6, on a network that has it. */
  readonly address6?: string;
  /** Bytes of the longest packet; absent: what the kernel takes. */
  readonly mtu?: number;
}

export interface Plug {
  readonly bridge: Bridge;
  /** Name of the device in the container. */
  readonly device: string;
  /** With the bits of the mask. */
  readonly address: string;
  readonly mac: string;
  readonly address6?: string;
  readonly gateway6?: string;
  /** Further addresses that the user chose. */
  readonly linkLocal: readonly string[];
  /** Absent when another device has the default route. */
  readonly gateway?: string;
  /** Where the name server is reached; absent on a network without names. */
  readonly names?: string;
}

/** A namespace with a cable to the default bridge, made ahead of the container that will use it. */
interface Prepared {
  readonly namespace: Namespace;
  readonly cable: string;
}

/** A prepared namespace is made this long after the last one was taken, when the container has had its start. */
const REFILL_MS = 300;

/**
 * Bridges of the session and the cables (veth pairs) to the containers. A cable disappears with the container's
 * namespace. Packets are never routed: what is not for the session itself is refused at once, so that networks are
 * kept apart and a container that asks for the world outside gets an answer instead of a silence.
 */
export class Bridges {
  readonly #shell = new LinkShell((batch) => ['sh', '-c', batch]);
  readonly #default: Bridge;
  #prepared: Promise<Prepared | undefined> | undefined;
  #refill: NodeJS.Timeout | undefined;

  /** `standard` is the bridge that most containers will be on. */
  constructor(standard: Bridge) {
    this.#default = standard;
  }

  async open(bridges: readonly Bridge[]): Promise<void> {
    // Not every kernel lets a session set these; without them an unreachable address is a matter of patience.
    await Promise.allSettled([
      writeFile('/proc/sys/net/ipv4/ip_forward', '1'),
      writeFile('/proc/sys/net/ipv4/icmp_ratelimit', '0'),
      // So that containers reach the name server at its address on the session's loopback.
      writeFile('/proc/sys/net/ipv4/conf/default/route_localnet', '1'),
    ]);
    await this.#shell.run([
      'link set lo up',
      'rule add pref 100 not iif lo unreachable',
      ...[this.#default, ...bridges].flatMap(creation),
    ]);
    for (const bridge of bridges) await this.#addIPv6(bridge);
  }

  async add(bridge: Bridge): Promise<void> {
    await this.#shell.run(creation(bridge));
    await this.#addIPv6(bridge);
  }

  async #addIPv6({ device, address6 }: Bridge): Promise<void> {
    if (address6 === undefined) return;
    await writeFile(`/proc/sys/net/ipv6/conf/${device}/disable_ipv6`, '0');
    await this.#shell.run([`address add ${address6} dev ${device} nodad`]);
  }

  async remove(bridge: Bridge): Promise<void> {
    await this.#shell.run([`link delete ${bridge.device}`]);
  }

  /** A namespace with one cable in it, set up as `plug` says. */
  async enter(plug: Plug): Promise<Prepared> {
    const ready = await this.#take();
    try {
      if (plug.bridge.device !== this.#default.device) {
        await this.#shell.run([`link set ${ready.cable} master ${plug.bridge.device}`]);
      }
      await ready.namespace.configure([
        ...(plug.device === 'eth0' ? [] : [`link set eth0 name ${plug.device}`]),
        ...setup(plug),
      ]);
      await addIPv6(ready.namespace, plug);
      return ready;
    } catch (error) {
      ready.namespace.close();
      throw error;
    }
  }

  /** Adds a cable to a namespace that is in use, and returns its name in the session. */
  async plug(namespace: Namespace, plug: Plug): Promise<string> {
    const cable = await this.#lay(namespace, plug.bridge, plug.device);
    await namespace.configure(setup(plug));
    await addIPv6(namespace, plug);
    return cable;
  }

  async unplug(cable: string): Promise<void> {
    await this.#shell.run([`link delete ${cable}`]);
  }

  /** Makes a namespace ahead of its use, unless there is one. */
  warm(): void {
    clearTimeout(this.#refill);
    this.#prepared ??= this.#prepare().catch(() => undefined);
  }

  async close(): Promise<void> {
    clearTimeout(this.#refill);
    (await this.#prepared)?.namespace.close();
    this.#shell.close();
  }

  async #take(): Promise<Prepared> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    clearTimeout(this.#refill);
    this.#refill = setTimeout(() => this.warm(), REFILL_MS).unref();
    return (await prepared) ?? (await this.#prepare());
  }

  async #prepare(): Promise<Prepared> {
    const namespace = await Namespace.open();
    try {
      return { namespace, cable: await this.#lay(namespace, this.#default, 'eth0') };
    } catch (error) {
      namespace.close();
      throw error;
    }
  }

  async #lay(namespace: Namespace, bridge: Bridge, device: string): Promise<string> {
    const cable = `veth${randomBytes(4).toString('hex').slice(1)}`;
    await this.#shell.run([
      `link add name ${cable} txqueuelen 0 up master ${bridge.device} type veth peer name ${device} txqueuelen 0 netns ${namespace.path}`,
    ]);
    return cable;
  }
}

/** A bridge would take the lowest address of its cables otherwise, and change it as they come and go. */
function creation({ device, address }: Bridge): string[] {
  const mac = ['02', '42', ...(randomBytes(4).toString('hex').match(/../g) ?? [])].join(':');
  return [
    `link add name ${device} address ${mac} type bridge`,
    `address add ${address} broadcast + dev ${device}`,
    `link set ${device} up`,
  ];
}

/** Where the kernel has no IPv6 the container does not start. */
async function addIPv6(namespace: Namespace, { device, address6, gateway6 }: Plug): Promise<void> {
  if (address6 === undefined) return;
  await namespace.allowIPv6(device);
  await namespace.configure([
    `address add ${address6} dev ${device} nodad`,
    ...(gateway6 === undefined ? [] : [`route replace default via ${gateway6} dev ${device}`]),
  ]);
}

function setup({ bridge, device, address, linkLocal, mac, gateway, names }: Plug): string[] {
  return [
    `link set ${device} address ${mac}`,
    ...(bridge.mtu === undefined ? [] : [`link set ${device} mtu ${bridge.mtu}`]),
    `address add ${address} broadcast + dev ${device}`,
    ...linkLocal.map((each) => `address add ${each}/${each.includes(':') ? 64 : 16} dev ${device}`),
    `link set ${device} up`,
    ...(gateway === undefined ? [] : [`route replace default via ${gateway}`]),
    ...(names === undefined ? [] : [routeToNames(names, address.split('/', 1)[0] ?? '')]),
  ];
}

/**
 * Without `src` the kernel would send from the container's loopback, where no answer finds it. The table is the one of
 * the loopback, which nobody looks at.
 */
export function routeToNames(gateway: string, own: string): string {
  return `route replace ${NAME_SERVER} via ${gateway} src ${own} table local`;
}
