import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerRecord } from './model.ts';
import type { Connection } from './networking.ts';

const LOCALHOST = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'ff00::0\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

/** hosts, hostname and resolv.conf, which the container sees in /etc in place of the image's. */
export async function writeFiles(
  folder: string,
  record: ContainerRecord,
  connection: Connection,
): Promise<void> {
  const { ExtraHosts, Dns, DnsSearch, DnsOptions } = record.hostConfig;
  const extra = (ExtraHosts ?? []).map((line) => {
    const colon = line.indexOf(':');
    return `${line.slice(colon + 1)}\t${line.slice(0, colon)}`;
  });
  const hosts = [...LOCALHOST, ...extra, ...connection.hosts].map((line) => `${line}\n`).join('');
  const base = connection.resolvConf ?? (await readFile('/etc/resolv.conf', 'utf8').catch(() => ''));
  await Promise.all([
    writeFile(join(folder, 'hosts'), hosts, { mode: 0o644 }),
    writeFile(join(folder, 'hostname'), `${record.config.Hostname}\n`, { mode: 0o644 }),
    writeFile(join(folder, 'resolv.conf'), resolvConf(base, { Dns, DnsSearch, DnsOptions }), { mode: 0o644 }),
  ]);
}

interface DnsWishes {
  readonly Dns: readonly string[];
  readonly DnsSearch: readonly string[];
  readonly DnsOptions: readonly string[];
}

/** The user's servers, search domains and options take the place of the given ones, each kind for itself. */
function resolvConf(base: string, { Dns, DnsSearch, DnsOptions }: DnsWishes): string {
  if (Dns.length + DnsSearch.length + DnsOptions.length === 0) return base;
  const kept = base.split('\n').filter((line) => {
    const [word] = line.trim().split(/\s+/);
    if (word === 'nameserver') return Dns.length === 0;
    if (word === 'search') return DnsSearch.length === 0;
    return word === 'options' ? DnsOptions.length === 0 : false;
  });
  const search = DnsSearch.filter((domain) => domain !== '.');
  return [
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...Dns.map((address) => `nameserver ${address}`),
    ...kept,
    ...(DnsOptions.length > 0 ? [`options ${DnsOptions.join(' ')}`] : []),
    '',
  ].join('\n');
}
