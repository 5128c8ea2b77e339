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
  const standard = connection.wholeHosts ?? lines(LOCALHOST);
  const hosts = standard + lines(connection.hosts);
  const resolvConf = connection.resolvConf ?? (await readFile('/etc/resolv.conf', 'utf8').catch(() => ''));
  await Promise.all([
    writeFile(join(folder, 'hosts'), hosts, { mode: 0o644 }),
    writeFile(join(folder, 'hostname'), `${record.config.Hostname}\n`, { mode: 0o644 }),
    writeFile(join(folder, 'resolv.conf'), resolvConf, { mode: 0o644 }),
  ]);
}

function lines(each: readonly string[]): string {
  return each.map((line) => `${line}\n`).join('');
}
