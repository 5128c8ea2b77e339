import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { build } from 'esbuild';

import { settings } from '../settings.ts';
import { removeCgroups } from './cgroups.ts';
import type { Engine } from './engine.ts';
import type { OracleTools } from './tools.ts';

const run = promisify(execFile);

const START_LIMIT_MS = 30_000;

export interface DockerdOptions {
  readonly name: string;
  readonly tools: OracleTools;
  /** OCI image layout that the daemon's hub serves as `docker.io`. */
  readonly catalog: string;
  /** A new folder for all that the daemon keeps; removed by `stop`. */
  readonly folder: string;
  readonly shared: string;
}

/**
 * Starts a real dockerd in its own mount, network and process namespaces. It sees its data at /var/lib/docker as an
 * installed one does; the host's folder of that name, its network and its firewall are not touched.
 */
export async function startDockerd(options: DockerdOptions): Promise<Engine> {
  const { folder, name } = options;
  const cgroup = `slipway-oracle-${process.pid}-${name}`;
  await prepare(options);
  const child = spawn(
    'unshare',
    [
      '--mount',
      '--net',
      '--pid',
      '--fork',
      '--mount-proc',
      '--propagation=private',
      '--kill-child',
      'sh',
      'boot.sh',
    ],
    { cwd: folder, stdio: 'ignore', env: environment(options, cgroup) },
  );
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'))
      await once(child, 'exit');
    await removeCgroups(cgroup);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const socket = path.join(folder, 'docker.sock');
  try {
    await answering(options.tools.docker, socket, child);
  } catch (error) {
    const log = await readFile(path.join(folder, 'dockerd.log'), 'utf8').catch(() => '');
    await stop();
    throw new Error(`dockerd did not start: ${String(error)}\n${log.slice(-2000)}`, { cause: error });
  }
  return { name, dockerHost: `unix://${socket}`, shared: options.shared, stop };
}

/**
 * `/var/lib` becomes an overlay, so that /var/lib/docker can appear without being made on the host; the overlay lies
 * on a tmpfs because the data folder itself must be on a file system that can be the upper layer of one. The bridge is
 * there before the daemon, as on every machine whose daemon has been started before: its gateway is shown only then.
 */
const BOOT = `set -e
exec >"$FOLDER/dockerd.log" 2>&1
ip link set lo up
ip link add docker0 type bridge
ip addr add 172.17.0.1/16 dev docker0
mount -t tmpfs tmpfs "$FOLDER/lib"
mkdir "$FOLDER/lib/upper" "$FOLDER/lib/work"
mount -t overlay overlay -o "lowerdir=/var/lib,upperdir=$FOLDER/lib/upper,workdir=$FOLDER/lib/work" /var/lib
mkdir /var/lib/docker
mount --bind "$FOLDER/data" /var/lib/docker
mount -t tmpfs tmpfs /run
mount --bind "$FOLDER/hosts" /etc/hosts
mount --bind "$FOLDER/resolv.conf" /etc/resolv.conf
"$NODE" hub.mjs "$CATALOG" hub.key hub.crt &
export LD_LIBRARY_PATH="$LIBRARIES"
exec "$TINI" -- dockerd --host "unix://$FOLDER/docker.sock" --pidfile /run/docker.pid \\
  --cgroup-parent "/$CGROUP" --init-path "$INIT" --userland-proxy-path "$PROXY" $FLAGS
`;

const HOSTS = '127.0.0.1 localhost registry-1.docker.io index.docker.io auth.docker.io\n';

async function prepare({ folder, tools }: DockerdOptions): Promise<void> {
  for (const each of ['data', 'lib', 'bin']) await mkdir(path.join(folder, each), { recursive: true });
  await writeFile(path.join(folder, 'boot.sh'), BOOT);
  await writeFile(path.join(folder, 'hosts'), HOSTS);
  await writeFile(path.join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n');
  for (const each of tools.iptables === undefined ? [] : ['iptables', 'ip6tables']) {
    await symlink(tools.iptables ?? '', path.join(folder, 'bin', each));
  }
  await build({
    entryPoints: [path.join(settings.project, 'test/oracle/hub.ts')],
    outfile: path.join(folder, 'hub.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  await makeCertificate(folder);
}

/** One certificate is its own authority; the daemon trusts no other one. */
async function makeCertificate(folder: string): Promise<void> {
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ];
  const names = [
    '-subj',
    '/CN=hub',
    '-addext',
    'subjectAltName=DNS:registry-1.docker.io,DNS:index.docker.io',
  ];
  await run('openssl', [...request, ...names, '-keyout', 'hub.key', '-out', 'hub.crt'], { cwd: folder });
}

function environment({ folder, tools, catalog }: DockerdOptions, cgroup: string): NodeJS.ProcessEnv {
  return {
    PATH: [path.join(folder, 'bin'), ...tools.path, '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(':'),
    HOME: folder,
    FOLDER: folder,
    CATALOG: catalog,
    CGROUP: cgroup,
    NODE: process.execPath,
    TINI: tools.tini,
    INIT: tools.dockerInit,
    PROXY: tools.dockerProxy,
    LIBRARIES: tools.libraries.join(':'),
    XTABLES_LIBDIR:
      tools.libraries.map((each) => path.join(each, 'xtables')).find((each) => existsSync(each)) ?? '',
    FLAGS: tools.iptables === undefined ? '--iptables=false --ip6tables=false' : '',
    SSL_CERT_FILE: path.join(folder, 'hub.crt'),
  };
}

async function answering(docker: string, socket: string, child: ChildProcess): Promise<void> {
  const end = Date.now() + START_LIMIT_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    if (existsSync(socket) && (await succeeds(docker, ['--host', `unix://${socket}`, 'version']))) return;
    await sleep(100);
  }
  throw new Error(`no answer within ${START_LIMIT_MS / 1000} s`);
}

async function succeeds(file: string, args: readonly string[]): Promise<boolean> {
  return run(file, args).then(
    () => true,
    () => false,
  );
}
