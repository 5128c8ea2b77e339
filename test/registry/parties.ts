import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { build } from 'esbuild';

import { startTestEngine, type TestEngine } from '../../sandbox/engine/testing.ts';
import { startDockerd } from '../oracle/dockerd.ts';
import type { Engine } from '../oracle/engine.ts';
import { reset } from '../oracle/state.ts';
import type { OracleTools } from '../oracle/tools.ts';
import { settings } from '../settings.ts';
import { makeCertificates } from './certificates.ts';
import { inside, processWith, type Inside } from './inside.ts';

/** An engine, and the registries that it alone can reach: each under the same address for every engine. */
export interface Party {
  readonly engine: Engine;
  readonly inside: Inside;
}

export interface Parties {
  readonly real: Party;
  readonly ours: Party & { readonly test: TestEngine };
  close(): Promise<void>;
}

/** Where Debian's registry serves what is pushed, with a password, and with a password and TLS. */
export const PORTS = { open: 5000, password: 5001, secure: 5443 } as const;

/** `ann` with the password `secret`, as `htpasswd -B` writes it. */
const HTPASSWD = 'ann:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n';

export async function openParties(tools: OracleTools, registry: string): Promise<Parties> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-registry-'));
  const shared = path.join(folder, 'shared');
  await mkdir(shared);
  await mkdir(path.join(folder, 'certificates'));
  await makeCertificates(path.join(folder, 'certificates'));
  await bundleScripted(folder);
  await cp(registry, path.join(shared, 'docker-registry'));
  const catalog = path.join(settings.dataDir, 'catalog');
  const real = await startDockerd({
    name: 'registry',
    tools,
    catalog,
    folder: path.join(folder, 'dockerd'),
    shared,
  });
  const test = await startTestEngine({ catalog });
  const ours: Engine = {
    name: 'slipway',
    dockerHost: `unix://${test.dockerSocket}`,
    shared,
    stop: async () => test.close(),
  };
  const parties = {
    real: {
      engine: real,
      inside: inside(processWith(path.join(folder, 'dockerd/docker.sock'), 'dockerd', '--host')),
    },
    ours: { engine: ours, test, inside: inside(processWith(test.dockerSocket, 'engine.mjs')) },
  };
  const all = [parties.real, parties.ours];
  await Promise.all(all.map(async (party) => furnish(party, folder, registry)));
  await Promise.all(all.map(async ({ engine }) => reset(engine)));
  return {
    ...parties,
    close: async () => {
      await Promise.all(all.map(async (party) => party.inside.stop()));
      await Promise.all(all.map(async ({ engine }) => engine.stop()));
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function bundleScripted(folder: string): Promise<void> {
  await build({
    entryPoints: [path.join(settings.project, 'test/registry/scripted.ts')],
    outfile: path.join(folder, 'scripted.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
}

/**
 * A layer over /etc that only the engine sees: a name that does not lead to loopback, and Docker's folder of
 * certificates. $1 is a new folder for it, $2 the folder of the certificates.
 */
const FURNISH = `set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work"
cat /etc/hosts >"$1/hosts"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/upper,workdir=$1/work" /etc
{ cat "$1/hosts"; echo; echo 10.99.0.1 reg.test; } >/etc/hosts
mkdir -p /etc/docker/certs.d
for port in 5443 6443 6445 6446 6447 6448 6449; do mkdir "/etc/docker/certs.d/reg.test:$port"; done
cd /etc/docker/certs.d
for port in 5443 6443 6445 6446 6447; do cp "$2/ca.crt" "reg.test:$port"; done
cp "$2/visitor.crt" reg.test:6447/visitor.cert
cp "$2/visitor.key" reg.test:6447/visitor.key
touch reg.test:6448/lonely.key reg.test:6449/lonely.cert
ip addr add 10.99.0.1/32 dev lo
`;

async function furnish({ engine, inside: within }: Party, folder: string, registry: string): Promise<void> {
  const own = path.join(folder, engine.name);
  const certificates = path.join(folder, 'certificates');
  await mkdir(path.join(own, 'etc'), { recursive: true });
  await within.run('sh', '-c', FURNISH, 'sh', path.join(own, 'etc'), certificates);
  await within.start([process.execPath, path.join(folder, 'scripted.mjs'), certificates], {
    untilItPrints: true,
  });
  await writeFile(path.join(own, 'htpasswd'), HTPASSWD);
  const password = `auth: {htpasswd: {realm: registry, path: ${own}/htpasswd}}`;
  const tls = `  tls: {certificate: ${certificates}/trusted.crt, key: ${certificates}/trusted.key}`;
  await serve(PORTS.open, '');
  await serve(PORTS.password, password);
  await serve(PORTS.secure, `${tls}\n${password}`);

  async function serve(port: number, more: string): Promise<void> {
    const file = path.join(own, `${port}.yml`);
    const storage = `storage: {filesystem: {rootdirectory: ${own}/${port}}, delete: {enabled: true}}`;
    await writeFile(
      file,
      `version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n${storage}\nhttp:\n  addr: ':${port}'\n${more}\n`,
    );
    await within.start([registry, 'serve', file]);
    const knock = `for _ in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null && exit; sleep 0.1; done; exit 1`;
    await within.run('bash', '-c', knock);
  }
}
