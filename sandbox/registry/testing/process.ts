import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

export interface RegistryProcess {
  readonly url: string;
  readonly pid: number;
  /** Ends it at once, as a crash or the kernel would. Idempotent. */
  kill(): Promise<void>;
}

const MAIN = `
import { createServer } from 'node:http';
import { createRegistryHandler } from './sandbox/registry/server/handler.ts';
import { DiskStore } from './sandbox/registry/store/disk.ts';
const store = new DiskStore({ folder: process.argv[2] });
const handler = createRegistryHandler({ registry: { source: store, storeFor: () => store } });
const server = createServer({ requestTimeout: 0 }, handler);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** Our registry as a process of its own, with its store in `folder`/data. `project` is the folder of the sources. */
export async function startRegistryProcess(folder: string, project: string): Promise<RegistryProcess> {
  const program = path.join(folder, 'registry.mjs');
  const data = path.join(folder, 'data');
  await mkdir(data, { recursive: true });
  const { build } = await import('esbuild');
  await build({
    stdin: { contents: MAIN, resolveDir: project, loader: 'ts' },
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const child = spawn(process.execPath, [program, data], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer | number | null];
  if (!Buffer.isBuffer(line)) throw new Error('the registry did not start');
  return {
    url: `http://127.0.0.1:${line.toString().trim()}`,
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await ended;
    },
  };
}
