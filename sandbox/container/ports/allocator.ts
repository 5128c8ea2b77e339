import type { Protocol } from './requests.ts';

/** The kernel's own range for ports that nobody chose, as dockerd uses it. */
const FIRST_RANDOM = 32_768;
const LAST_RANDOM = 60_999;

/** A port that was asked for is taken by another container, or all of them are. */
export class PortTaken extends Error {}

interface Range {
  readonly first: number;
  readonly last: number;
}

const RANDOM: Range = { first: FIRST_RANDOM, last: LAST_RANDOM };

/** Which ports of the session the containers have, for each address. */
export class PortAllocator {
  readonly #taken = new Set<string>();
  /** The last port given out of each range: the search goes on behind it, as dockerd's does. */
  readonly #last = new Map<string, number>();

  /** A free port of the range, or of the kernel's own one. */
  allocate(address: string, protocol: Protocol, range: Range = RANDOM): number {
    const { first, last } = range;
    const counter = `${protocol} ${address} ${first}-${last}`;
    let port = this.#last.get(counter) ?? last;
    for (let tries = first; tries <= last; tries++) {
      port = port === last ? first : port + 1;
      if (this.#taken.has(key(address, protocol, port))) continue;
      this.#last.set(counter, port);
      this.#taken.add(key(address, protocol, port));
      return port;
    }
    if (first !== last) throw new PortTaken('all ports are allocated');
    throw new PortTaken(`Bind for ${address}:${first} failed: port is already allocated`);
  }

  release(address: string, protocol: Protocol, port: number): void {
    this.#taken.delete(key(address, protocol, port));
  }
}

function key(address: string, protocol: Protocol, port: number): string {
  return `${protocol} ${address} ${port}`;
}
