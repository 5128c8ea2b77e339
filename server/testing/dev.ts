import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Log } from '../operations/log.ts';
import { ServerOptions } from '../options.ts';
import { openServer } from '../server.ts';
import { MemorySupervisor } from './supervisor.ts';
import { playDocker } from './play-docker.ts';

/**
 * `node server/testing/dev.mjs [port] [web folder]`: the web server for work on the page, without root: machines are
 * shells of this user, with a `docker` that only plays the first lesson.
 */
export async function serveForDevelopment(argv: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-dev-'));
  const supervisor = new MemorySupervisor(join(folder, 'engines'));
  await playDocker(supervisor, join(folder, 'bin'));
  const options = ServerOptions.parse({
    port: Number(argv[0] ?? 3100),
    webDir: resolve(argv[1] ?? 'dist/web'),
    lessonsDir: resolve('lessons'),
    stateDir: join(folder, 'state'),
  });
  const log = new Log({ ...options.log, write: (line) => console.log(line) });
  const report = (message: string, error?: unknown): void => console.error(message, error ?? '');
  const server = await openServer(options, supervisor, report, log);
  console.log(`Serving ${server.url}`);
  const end = async () => {
    await server.close();
    await supervisor.close();
    await rm(folder, { recursive: true, force: true });
    process.exit(0);
  };
  process.once('SIGINT', () => void end());
  process.once('SIGTERM', () => void end());
}
