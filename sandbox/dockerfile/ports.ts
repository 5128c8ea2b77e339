import { isIP } from 'node:net';

import { DockerfileError } from './error.ts';

const HIGHEST_PORT = 65_535;
const PROTOCOLS = ['tcp', 'udp', 'sctp'];

interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * `80`, `53/udp`, `8000-8002/tcp` → `80/tcp`, `53/udp`, and each of the range. An address and a port of the host may stand
 * before it, as in `docker run -p`: they are checked, and mean nothing. Throws `DockerfileError`.
 */
export function parsePorts(text: string): string[] {
  const parts = text.split(':');
  const [port = '', named = ''] = (parts.pop() ?? '').split('/');
  const hostPort = parts.pop() ?? '';
  const address = parts.join(':').replace(/^\[(.*)\]$/u, '$1');
  if (address !== '' && isIP(address) === 0) throw new DockerfileError(`Invalid ip address: ${address}`);
  if (port === '') throw new DockerfileError(`No port specified: ${text}<empty>`);
  const { first, last } = rangeOf(port, 'containerPort');
  if (hostPort !== '') checkHostPort(hostPort, { first, last }, port);
  const protocol = named === '' ? 'tcp' : named.toLowerCase();
  if (!PROTOCOLS.includes(protocol)) throw new DockerfileError(`Invalid proto: ${named}`);
  return Array.from({ length: last - first + 1 }, (_, i) => `${first + i}/${protocol}`);
}

function checkHostPort(hostPort: string, container: PortRange, port: string): void {
  const host = rangeOf(hostPort, 'hostPort');
  const sameLength = host.last - host.first === container.last - container.first;
  if (sameLength || container.first === container.last) return;
  throw new DockerfileError(`Invalid ranges specified for container and host Ports: ${port} and ${hostPort}`);
}

function rangeOf(text: string, what: 'containerPort' | 'hostPort'): PortRange {
  const [first, last = first] = text.split('-').map(portOf);
  if (first === undefined || last === undefined || Number.isNaN(first + last) || last < first) {
    throw new DockerfileError(`Invalid ${what}: ${text}`);
  }
  return { first, last };
}

/** NaN for what is no port. */
function portOf(text: string): number {
  const port = /^\d+$/u.test(text) ? Number(text) : Number.NaN;
  return port <= HIGHEST_PORT ? port : Number.NaN;
}
