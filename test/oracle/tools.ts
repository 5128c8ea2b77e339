import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/**
 * Debian packages that make up the oracle. They are unpacked into one folder and never installed, so the host keeps
 * no daemon: dockerd and its parts, and iptables with the libraries a minimal host lacks.
 */
export const ORACLE_PACKAGES = [
  'docker.io',
  'containerd',
  'runc',
  'tini',
  'iptables',
  'libip4tc2',
  'libip6tc2',
  'libxtables12',
  'libnetfilter-conntrack3',
  'libnfnetlink0',
  'libmnl0',
  'libnftnl11',
  'libdevmapper1.02.1',
] as const;

export interface OracleTools {
  /** The Docker CLI of the same release as the daemon: the one that learners have. */
  readonly docker: string;
  readonly dockerd: string;
  readonly tini: string;
  readonly dockerInit: string;
  readonly dockerProxy: string;
  /** Folders of programs, to be put before the host's. */
  readonly path: readonly string[];
  readonly libraries: readonly string[];
  /** The program that is `iptables` when it is called by that name; absent when the package is not there. */
  readonly iptables?: string;
}

/** The unpacked packages in `folder`, or undefined when the set-up has not put them there. */
export function findOracleTools(folder: string): OracleTools | undefined {
  const at = (name: string): string => path.join(folder, name);
  if (!existsSync(at('usr/sbin/dockerd'))) return undefined;
  const iptables = at('usr/sbin/xtables-nft-multi');
  return {
    docker: at('usr/bin/docker'),
    dockerd: at('usr/sbin/dockerd'),
    tini: at('usr/bin/tini-static'),
    dockerInit: at('usr/bin/tini-static'),
    dockerProxy: at('usr/sbin/docker-proxy'),
    path: [at('usr/sbin'), at('usr/bin')],
    libraries: libraryFolders(at('usr/lib')).concat(libraryFolders(at('lib'))),
    ...(existsSync(iptables) && { iptables }),
  };
}

/** Debian's folders of one architecture, such as `usr/lib/x86_64-linux-gnu`. */
function libraryFolders(parent: string): string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => path.join(parent, name));
}
