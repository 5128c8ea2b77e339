import type { PortBinding } from '../model.ts';

export type Protocol = 'tcp' | 'udp';

/** One port of a container to publish: one of Docker's PortBindings, understood. */
export interface PortRequest {
  /** As Docker writes it: `80/tcp`. */
  readonly port: string;
  readonly containerPort: number;
  readonly protocol: string;
  /** Empty for every address of the session. */
  readonly hostIp: string;
  /** The first free one of these; absent: any. */
  readonly hostPorts?: { readonly first: number; readonly last: number };
}

export interface PortWishes {
  readonly bindings: Readonly<Record<string, readonly PortBinding[] | null>>;
  readonly exposed: Readonly<Record<string, object>>;
  /** `docker run -P`. */
  readonly publishAll: boolean;
}

/**
 * What to publish, in the order dockerd allocates it: ports with a wish for the outside first, then the others, each
 * group from the highest port down. `-P` hands out random ports in this order, which is visible.
 */
export function requestsOf(sent: PortWishes): PortRequest[] {
  const wishes = { ...sent, bindings: withProtocols(sent.bindings), exposed: withProtocols(sent.exposed) };
  const ports = new Set([...Object.keys(wishes.bindings), ...Object.keys(wishes.exposed)]);
  return [...ports].flatMap((port) => requestsFor(port, wishes)).sort(byAllocationOrder);
}

/** Ports that are exposed and not published: `docker inspect` shows them with null. */
export function exposedOnly(wishes: PortWishes): string[] {
  const requested = new Set(requestsOf(wishes).map((each) => each.port));
  return Object.keys(withProtocols(wishes.exposed)).filter((port) => !requested.has(port));
}

/** Client libraries write `80` where the CLI writes `80/tcp`. */
function withProtocols<Value>(ports: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(ports).map(([port, value]) => [port.includes('/') ? port : `${port}/tcp`, value]),
  );
}

function requestsFor(port: string, { bindings, publishAll }: PortWishes): PortRequest[] {
  const asked = bindings[port] ?? [];
  const all = asked.length === 0 && publishAll ? [{ HostIp: '', HostPort: '' }] : asked;
  const [number = '', protocol = 'tcp'] = port.split('/');
  return all.map(({ HostIp, HostPort }) => ({
    port,
    containerPort: Number(number),
    protocol,
    hostIp: HostIp,
    ...rangeOf(HostPort),
  }));
}

function rangeOf(text: string): Pick<PortRequest, 'hostPorts'> {
  const [first = '', last = first] = text.split('-');
  if (first === '' || Number(first) === 0) return {};
  return { hostPorts: { first: Number(first), last: Number(last) } };
}

function byAllocationOrder(one: PortRequest, other: PortRequest): number {
  const wished = Number(other.hostPorts !== undefined) - Number(one.hostPorts !== undefined);
  return wished === 0 ? other.containerPort - one.containerPort : wished;
}
