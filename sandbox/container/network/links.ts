import { EngineError } from '../../oci/errors.ts';
import type { ContainerRecord } from '../model.ts';
import { modeOf, networkNameOf } from './mode.ts';
import { DEFAULT_BRIDGE } from './model.ts';

/** `--link name:alias` on the default bridge: names in /etc/hosts, for containers that run when this one starts. */
export function linkLines(
  record: ContainerRecord,
  containers: { find(reference: string): ContainerRecord },
): string[] {
  return (record.hostConfig.Links ?? []).flatMap((link) => {
    const { target, alias } = parseLink(link);
    const other = networkHolder(containers, target);
    const address = other.networks[DEFAULT_BRIDGE]?.IPAddress ?? '';
    if (address === '') return [];
    const names = new Set([alias, other.config.Hostname, other.name]);
    return [`${address}\t${[...names].join(' ')}`];
  });
}

/** What programs of a container that is linked with others find in their environment, as dockerd writes it. */
export function linkVariables(
  record: ContainerRecord,
  containers: { find(reference: string): ContainerRecord },
): string[] {
  if (modeOf(record.hostConfig.NetworkMode).kind !== 'network') return [];
  if (networkNameOf(modeOf(record.hostConfig.NetworkMode)) !== DEFAULT_BRIDGE) return [];
  return (record.hostConfig.Links ?? []).flatMap((link) => {
    const { target, alias } = parseLink(link);
    const other = networkHolder(containers, target);
    const address = other.networks[DEFAULT_BRIDGE]?.IPAddress ?? '';
    if (other.state.status !== 'running' || address === '') {
      const words = `Cannot link to a non running container: /${other.name} AS /${record.name}/${alias}`;
      throw new EngineError('internal', words);
    }
    return variablesOf(`/${record.name}/${alias}`, other, address);
  });
}

/** The container itself, or the one whose network it shares: linked as that one, and with that one's files. */
export function networkHolder(
  containers: { find(reference: string): ContainerRecord },
  reference: string,
): ContainerRecord {
  const found = containers.find(reference);
  const mode = modeOf(found.hostConfig.NetworkMode);
  return mode.kind === 'container' ? networkHolder(containers, mode.reference) : found;
}

/** At least so many ports in a row are told as a range as well. */
const RANGE_MIN = 3;

function variablesOf(path: string, { config }: ContainerRecord, address: string): string[] {
  const prefix = path
    .slice(path.lastIndexOf('/') + 1)
    .toUpperCase()
    .replaceAll('-', '_');
  const ports = Object.keys(config.ExposedPorts ?? {})
    .map(portOf)
    .sort(inOrderOfPorts);
  const [first] = ports;
  const urlOf = ({ number, protocol }: Port) => `${protocol}://${address}:${number}`;
  const inherited = (config.Env ?? []).filter((line) => /^(?!HOME=|PATH=)[^=]+=/.test(line));
  return [
    ...(first === undefined ? [] : [`${prefix}_PORT=${urlOf(first)}`]),
    ...rangesOf(ports).flatMap(([low, high]) => {
      const name = `${prefix}_PORT_${low.number}_${low.protocol.toUpperCase()}`;
      return [
        `${name}_START=${urlOf(low)}`,
        `${name}_ADDR=${address}`,
        `${name}_PROTO=${low.protocol}`,
        `${name}_PORT_START=${low.number}`,
        `${name}_END=${urlOf(high)}`,
        `${name}_PORT_END=${high.number}`,
      ];
    }),
    ...ports.flatMap((port) => {
      const name = `${prefix}_PORT_${port.number}_${port.protocol.toUpperCase()}`;
      return [
        `${name}=${urlOf(port)}`,
        `${name}_ADDR=${address}`,
        `${name}_PORT=${port.number}`,
        `${name}_PROTO=${port.protocol}`,
      ];
    }),
    `${prefix}_NAME=${path}`,
    ...inherited.map((line) => `${prefix}_ENV_${line}`),
  ];
}

interface Port {
  readonly number: number;
  readonly protocol: string;
}

function portOf(text: string): Port {
  const [number = '', protocol = 'tcp'] = text.split('/');
  return { number: Number(number), protocol };
}

/** Those of TCP first. */
function inOrderOfPorts(one: Port, other: Port): number {
  if (one.protocol === other.protocol) return one.number - other.number;
  return one.protocol === 'tcp' ? -1 : 1;
}

function rangesOf(ports: readonly Port[]): (readonly [Port, Port])[] {
  const found: (readonly [Port, Port])[] = [];
  for (let from = 0, to = 0; from < ports.length; from = ++to) {
    while ((ports[to + 1]?.number ?? Infinity) <= (ports[to]?.number ?? 0) + 1) to++;
    const [low, high] = [ports[from], ports[to]];
    if (low && high && to - from + 1 >= RANGE_MIN) found.push([low, high]);
  }
  return found;
}

/** Refuses links to containers that do not exist, as dockerd does when the container is created. */
export function refuseLinks(
  record: ContainerRecord,
  containers: { find(reference: string): ContainerRecord },
): void {
  for (const { target } of (record.hostConfig.Links ?? []).map(parseLink)) {
    try {
      containers.find(target);
    } catch (error) {
      const words = `could not get container for ${target}: ${(error as Error).message}`;
      throw new EngineError('invalid', words, { cause: error });
    }
  }
}

/** `name:alias`, `name`, or as Docker keeps it: `/name:/container/alias`. */
export function parseLink(link: string): { readonly target: string; readonly alias: string } {
  const [target = '', name = target] = link.split(':');
  return { target: target.replace(/^\//, ''), alias: name.slice(name.lastIndexOf('/') + 1) };
}
