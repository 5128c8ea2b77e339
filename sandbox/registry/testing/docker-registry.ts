import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface DockerRegistry {
  readonly url: string;
  readonly host: string;
  readonly pid: number;
  close(): Promise<void>;
}

const READY_MS = 10_000;

/** Debian's `docker-registry` in the folder that the set-up unpacked it to; undefined when it is not there. */
export function findDockerRegistry(dataDir: string): string | undefined {
  const program = path.join(dataDir, 'tools/registry/usr/bin/docker-registry');
  return existsSync(program) ? program : undefined;
}

/** The reference implementation on a free port of the loopback, with a store of its own. */
export async function startDockerRegistry(program: string): Promise<DockerRegistry> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-docker-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  const config = path.join(folder, 'config.yml');
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: path.join(folder, 'data') }, delete: { enabled: true } },
      http: { addr: host },
    }),
  );
  const child = spawn(program, ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://${host}`;
  const deadline = Date.now() + READY_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await close();
      throw new Error(`docker-registry did not start: ${errors}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return { url, host, pid: child.pid ?? 0, close };
}

function answers(url: string): Promise<boolean> {
  return fetch(`${url}/v2/`).then(
    (response) => response.ok,
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
