import type { ContainerRecord } from '../model.ts';
import type { EndpointSettings } from '../networking.ts';
import { chooseAddress } from './endpoint.ts';
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

  /** Finds an address and takes it, in one step. */
  take(network: NetworkRecord, lease: Lease): number {
    const taken = this.#networks.get(network.Id) ?? new Map<number, Lease>();
    const address = chooseAddress(network, lease.settings, (each) => taken.has(each));
    this.#networks.set(network.Id, taken.set(address, lease));
    return address;
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
