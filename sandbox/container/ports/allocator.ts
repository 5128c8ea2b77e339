import type { Protocol } from './requests.ts';

/** The kernel's own range for ports that nobody chose, as dockerd uses it. */
const FIRST_RANDOM = 32_768;
const LAST_RANDOM = 60_999;

/** A port that was asked for is taken by another container, or all of them are. */
export class PortTaken extends Error {}

/** Which ports of the session the containers have, for each address. */
export class PortAllocator {
  readonly #taken = new Set<string>();
  readonly #last = new Map<string, number>();

  /** The first free port of the range; without one the next after the last that was given out. */
  allocate(address: string, protocol: Protocol, range?: { first: number; last: number }): number {
    const port = range === undefined ? this.#next(address, protocol) : this.#within(address, protocol, range);
    this.#taken.add(key(address, protocol, port));
    return port;
  }

  release(address: string, protocol: Protocol, port: number): void {
    this.#taken.delete(key(address, protocol, port));
  }

  #within(address: string, protocol: Protocol, { first, last }: { first: number; last: number }): number {
    for (let port = first; port <= last; port++) {
      if (!this.#taken.has(key(address, protocol, port))) return port;
    }
    if (first !== last) throw new PortTaken('all ports are allocated');
    throw new PortTaken(`Bind for ${address}:${first} failed: port is already allocated`);
  }

  #next(address: string, protocol: Protocol): number {
    const counter = `${address}/${protocol}`;
    let port = this.#last.get(counter) ?? LAST_RANDOM;
    for (let tries = FIRST_RANDOM; tries <= LAST_RANDOM; tries++) {
      port = port === LAST_RANDOM ? FIRST_RANDOM : port + 1;
      if (this.#taken.has(key(address, protocol, port))) continue;
      this.#last.set(counter, port);
      return port;
    }
    throw new PortTaken('all ports are allocated');
  }
}

function key(address: string, protocol: Protocol, port: number): string {
  return `${protocol} ${address} ${port}`;
}
