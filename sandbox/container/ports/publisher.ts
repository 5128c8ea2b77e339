import { existsSync } from 'node:fs';

import { EngineError } from '../../oci/errors.ts';
import type { PublishedPorts } from '../networking.ts';
import { PortAllocator } from './allocator.ts';
import { proxyDatagrams } from './datagram-proxy.ts';
import type { PortRequest, Protocol } from './requests.ts';
import { proxyStreams, type Proxy } from './stream-proxy.ts';

/** A random port that another program of the session has is skipped so often. */
const ATTEMPTS = 10;

export interface Publication {
  readonly ports: PublishedPorts;
  /** Stops listening; idempotent. */
  close(): void;
}

interface Binding extends Proxy {
  readonly hostIp: string;
  readonly hostPort: number;
}

/** Publishes ports of containers: listens in the session and forwards, as dockerd's userland proxy does. */
export class Publisher {
  readonly #allocator = new PortAllocator();
  readonly #ipv6 = existsSync('/proc/net/if_inet6');

  /** All of them or none; on failure throws with dockerd's words, without the part that names the container. */
  async publish(requests: readonly PortRequest[], containerIp: string): Promise<Publication> {
    const bindings: Binding[] = [];
    const ports: PublishedPorts = {};
    const close = (): void => {
      for (const binding of bindings.splice(0)) binding.close();
    };
    try {
      for (const request of requests) {
        const made = await this.#bind(request, containerIp);
        bindings.push(...made);
        const shown = made.map(({ hostIp, hostPort }) => ({ HostIp: hostIp, HostPort: String(hostPort) }));
        ports[request.port] = [...(ports[request.port] ?? []), ...shown];
      }
    } catch (error) {
      close();
      throw error;
    }
    return { ports, close };
  }

  /** One binding, or two for a port published on every address: IPv4 and IPv6. */
  async #bind(request: PortRequest, containerIp: string): Promise<Binding[]> {
    const protocol = protocolOf(request);
    const first = request.hostIp === '' ? '0.0.0.0' : request.hostIp;
    const binding = await this.#open(first, request, protocol, containerIp);
    if (request.hostIp !== '' || !this.#ipv6) return [binding];
    try {
      const same = { first: binding.hostPort, last: binding.hostPort };
      return [binding, await this.#open('::', { ...request, hostPorts: same }, protocol, containerIp)];
    } catch (error) {
      binding.close();
      throw error;
    }
  }

  async #open(
    hostIp: string,
    { hostPorts, containerPort }: PortRequest,
    protocol: Protocol,
    containerIp: string,
  ): Promise<Binding> {
    for (let attempt = 1; ; attempt++) {
      const hostPort = this.#allocator.allocate(hostIp, protocol, hostPorts);
      try {
        const listen = protocol === 'tcp' ? proxyStreams : proxyDatagrams;
        const proxy = await listen({ hostIp, hostPort, containerIp, containerPort });
        const close = (): void => {
          proxy.close();
          this.#allocator.release(hostIp, protocol, hostPort);
        };
        return { hostIp, hostPort, close };
      } catch (error) {
        if (hostPorts !== undefined || attempt === ATTEMPTS) {
          this.#allocator.release(hostIp, protocol, hostPort);
          throw new Error(describe(error, protocol, hostIp, hostPort), { cause: error });
        }
      }
    }
  }
}

function protocolOf({ protocol }: PortRequest): Protocol {
  if (protocol === 'tcp' || protocol === 'udp') return protocol;
  throw new EngineError('not-implemented', `Publishing ports of the protocol ${protocol} is not built yet`);
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
};

function describe(error: unknown, protocol: Protocol, hostIp: string, hostPort: number): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const isV6 = hostIp.includes(':');
  const address = isV6 ? `[${hostIp}]` : hostIp;
  return `Error starting userland proxy: listen ${protocol}${isV6 ? 6 : 4} ${address}:${hostPort}: bind: ${REASONS[code] ?? String(error)}`;
}
