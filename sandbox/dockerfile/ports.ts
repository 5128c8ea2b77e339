import { DockerfileError } from './error.ts';

const HIGHEST_PORT = 65_535;

/** `80`, `53/udp`, `8000-8002/tcp` → `80/tcp`, `53/udp`, and each of the range. Throws `DockerfileError`. */
export function parsePorts(text: string): string[] {
  const [range = '', protocol = 'tcp', ...more] = text.split('/');
  if (range === '') throw new DockerfileError(`No port specified: ${text}<empty>`);
  if (more.length > 0 || !['tcp', 'udp', 'sctp'].includes(protocol.toLowerCase())) {
    throw new DockerfileError(`Invalid proto: ${[protocol, ...more].join('/')}`);
  }
  const container = range.split(':').pop() ?? '';
  const [first, last = first] = container.split('-');
  const start = portOf(first, container);
  const end = portOf(last, container);
  if (end < start) throw new DockerfileError(`Invalid containerPort: ${container}`);
  return Array.from({ length: end - start + 1 }, (_, i) => `${start + i}/${protocol.toLowerCase()}`);
}

function portOf(text: string | undefined, shown: string): number {
  const port = /^\d+$/u.test(text ?? '') ? Number(text) : Number.NaN;
  if (!(port <= HIGHEST_PORT)) throw new DockerfileError(`Invalid containerPort: ${shown}`);
  return port;
}
