import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { inside, processWith } from '../registry/inside.ts';
import { startDockerd } from '../oracle/dockerd.ts';
import type { OracleTools } from '../oracle/tools.ts';
import { settings } from '../settings.ts';
import { openWayIn, openWayOut } from './ways.ts';

const run = promisify(execFile);

/** A host that has Docker and docker-compose, and nothing else of what Slipway needs. */
export interface ComposeHost {
  /** Where the page of a container is that publishes port 3000 on this host. */
  readonly url: string;
  /** `docker-compose` in the project's folder, with these variables set; resolves to what it printed. */
  compose(args: readonly string[], variables?: Readonly<Record<string, string>>): Promise<string>;
  docker(...args: readonly string[]): Promise<string>;
  /** The folder of a volume. */
  volume(name: string): string;
  close(): Promise<void>;
}

/** Where those in containers find a way to the mirrors: the address of Docker's first bridge. */
const PROXY_PORT = 3128;
const PROXY = `http://172.17.0.1:${PROXY_PORT}`;
const OUTPUT_BYTES = 64 * 1024 ** 2;

/** `files` are those of docker-compose, relative to the project. */
export async function openComposeHost(
  tools: OracleTools,
  { files, reachesOut }: { readonly files: readonly string[]; readonly reachesOut: boolean },
): Promise<ComposeHost> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-host-'));
  const engine = await startDockerd({
    name: 'host',
    tools,
    catalog: path.join(settings.dataDir, 'catalog'),
    folder: path.join(folder, 'dockerd'),
    shared: folder,
  });
  const within = inside(processWith(path.join(folder, 'dockerd/docker.sock'), 'dockerd', '--host'));
  const way = await openWayIn(within, folder, 3000);
  const out = reachesOut ? await openWayOut(within, folder, PROXY_PORT) : undefined;
  const home = path.join(folder, 'home');
  await mkdir(path.join(home, '.docker'), { recursive: true });
  const proxies = { default: { httpProxy: PROXY, httpsProxy: PROXY } };
  await writeFile(path.join(home, '.docker/config.json'), JSON.stringify(reachesOut ? { proxies } : {}));
  const environment = {
    ...{ HOME: home, DOCKER_HOST: engine.dockerHost, COMPOSE_PROJECT_NAME: 'slipway' },
    PATH: [path.dirname(tools.docker), '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(':'),
    // For override.yml.
    PROJECT: settings.project,
    NODE_FOLDER: path.dirname(process.execPath),
    COMPOSE_FILE: files.map((file) => path.join(settings.project, file)).join(':'),
  };
  return {
    url: `http://127.0.0.1:${way.port}`,
    compose: async (args, variables = {}) => {
      const env = { ...environment, ...variables };
      const options = { env, cwd: settings.project, maxBuffer: OUTPUT_BYTES };
      const { stdout, stderr } = await run('docker-compose', ['--ansi', 'never', ...args], options).catch(
        (error: unknown) => {
          const said = error as { readonly stdout: string; readonly stderr: string };
          throw new Error(`docker-compose ${args.join(' ')} failed:\n${said.stdout}${said.stderr}`);
        },
      );
      return stdout + stderr;
    },
    docker: async (...args) => (await run(tools.docker, args, { env: environment })).stdout,
    volume: (name) => path.join(folder, 'dockerd/data/volumes', name, '_data'),
    close: async () => {
      way.close();
      out?.close();
      await within.stop();
      await engine.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
