import { readFileSync, writeFileSync } from 'node:fs';
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
export function writeFiles(folder: string, record: ContainerRecord, connection: Connection): void {
  const standard = connection.wholeHosts ?? lines(LOCALHOST);
  const hosts = standard + lines(connection.hosts);
  const write = (name: string, text: string): void =>
    writeFileSync(join(folder, name), text, { mode: 0o644 });
  write('hosts', hosts);
  write('hostname', `${record.config.Hostname}\n`);
  write('resolv.conf', connection.resolvConf ?? sessionResolvConf());
}

function sessionResolvConf(): string {
  try {
    return readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return '';
  }
}

function lines(each: readonly string[]): string {
  return each.map((line) => `${line}\n`).join('');
}
