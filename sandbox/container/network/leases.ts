import type { ContainerRecord } from '../model.ts';
import type { EndpointSettings } from '../networking.ts';
import { chooseAddress, chooseAddress6 } from './endpoint.ts';
import type { NetworkRecord } from './model.ts';

/** Who has an address of a network. */
export interface Lease {
  readonly record: ContainerRecord;
  readonly settings: EndpointSettings;
}

const NOBODY: ReadonlyMap<number, Lease> = new Map();

/** The addresses that running containers have. */
export class Leases {
  readonly #networks = new Map<string, Map<number, Lease>>();

  /** Finds addresses and takes them, in one step: the lease's settings are to have them before anybody else asks. */
  take(network: NetworkRecord, lease: Lease): { readonly address: number; readonly address6?: string } {
    const taken = this.#networks.get(network.Id) ?? new Map<number, Lease>();
    const address = chooseAddress(network, lease.settings, (each) => taken.has(each));
    const others = new Set([...taken.values()].map(({ settings }) => settings.GlobalIPv6Address));
    const address6 = chooseAddress6(network, lease.settings, (each) => others.has(each));
    this.#networks.set(network.Id, taken.set(address, lease));
    return { address, ...(address6 !== undefined && { address6 }) };
  }

  release(network: NetworkRecord, address: number): void {
    const taken = this.#networks.get(network.Id);
    taken?.delete(address);
    if (taken?.size === 0) this.#networks.delete(network.Id);
  }

  on(network: NetworkRecord): ReadonlyMap<number, Lease> {
    return this.#networks.get(network.Id) ?? NOBODY;
  }
}
