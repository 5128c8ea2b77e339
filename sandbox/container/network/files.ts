import type { ContainerRecord } from '../model.ts';
import type { EndpointSettings } from '../networking.ts';

/** Where containers on a network of the user find their name server, as with dockerd. */
export const NAME_SERVER = '127.0.0.11';

/** What `host-gateway` means in `--add-host`. */
const HOST_GATEWAY = 'host-gateway';

/** `--add-host name:address` as lines of /etc/hosts. */
export function extraHosts(entries: readonly string[] | null, gateway: string): string[] {
  return (entries ?? []).map((entry) => {
    const colon = entry.indexOf(':');
    const address = entry.slice(colon + 1);
    return `${address === HOST_GATEWAY ? gateway : address}\t${entry.slice(0, colon)}`;
  });
}

/** The container's own name, once for each address that it has on a network. */
export function ownHosts(
  record: ContainerRecord,
  { IPAddress, GlobalIPv6Address }: Pick<EndpointSettings, 'IPAddress' | 'GlobalIPv6Address'>,
): string[] {
  return [IPAddress, GlobalIPv6Address]
    .filter((address) => address !== '')
    .map((address) => ownHost(record, address));
}

function ownHost(record: ContainerRecord, address: string): string {
  const { Hostname, Domainname } = record.config;
  const full = Domainname === '' ? Hostname : `${Hostname}.${Domainname}`;
  const short = full.split('.', 1)[0] ?? full;
  return short === full ? `${address}\t${full}` : `${address}\t${full} ${short}`;
}

export interface ResolverWishes {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** /etc/resolv.conf of a container on a network of the user: the engine's own name server answers. */
export function resolverFile(wishes: ResolverWishes, session: string): string {
  const search = wishes.search.length > 0 ? wishes.search : searchOf(session);
  const options = wishes.options.some((each) => each.startsWith('ndots:'))
    ? wishes.options
    : [...wishes.options, 'ndots:0'];
  return [...searchLine(search), `nameserver ${NAME_SERVER}`, `options ${options.join(' ')}`, ''].join('\n');
}

/**
 * /etc/resolv.conf of every other container: the session's without what only the session can reach, and public
 * servers when nothing is left, as with dockerd.
 */
export function copiedResolverFile(wishes: ResolverWishes, session: string): string {
  const { servers, search, options } = wishes;
  if (servers.length + search.length + options.length > 0) {
    return [
      ...searchLine(search.length > 0 ? search : searchOf(session)),
      ...(servers.length > 0 ? servers : serversOf(session)).map((server) => `nameserver ${server}`),
      ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
      '',
    ].join('\n');
  }
  const reachable = session
    .split('\n')
    .filter((line) => !/^\s*nameserver\s+(127\.|::1|fe80:)/.test(line))
    .join('\n');
  if (/^\s*nameserver\s/m.test(reachable)) return reachable;
  return `${reachable.trimEnd()}\nnameserver 8.8.8.8\nnameserver 8.8.4.4\n`;
}

function searchLine(search: readonly string[]): string[] {
  const domains = search.filter((each) => each !== '.');
  return domains.length === 0 ? [] : [`search ${domains.join(' ')}`];
}

function searchOf(text: string): string[] {
  const line = /^\s*search\s+(.+)$/m.exec(text);
  return line?.[1]?.trim().split(/\s+/) ?? [];
}

function serversOf(text: string): string[] {
  const found = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap((each) => each[1] ?? []);
  const reachable = found.filter((each) => !/^(127\.|::1$|fe80:)/.test(each));
  return reachable.length > 0 ? reachable : ['8.8.8.8', '8.8.4.4'];
}
