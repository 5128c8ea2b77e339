import { spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * An engine by itself on this machine, without a supervisor: in mount, process, network, IPC and UTS namespaces of its
 * own, as root. For tests and for development; everything is gone after `close`.
 */
export interface TestEngine {
  readonly folder: string;
  readonly dockerSocket: string;
  readonly control: string;
  /** Of the engine's first process as this machine sees it. */
  readonly pid: number;
  /** What it has written to standard error. */
  errors(): string;
  /** Ends the process at once, as a crash would; `start` brings it back on the same disk. */
  crash(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface TestEngineOptions {
  /** Folder in the form of a catalog: `oci-layout`, `index.json`, `blobs`, `layers`. */
  readonly catalog: string;
  readonly cgroup?: string;
  /** Folder that the engine's own is made in; the usual one for temporary files unless given. */
  readonly parent?: string;
}

const READY_MS = 10_000;

/** crun refuses to work beside an empty unified hierarchy; loopback is down in a new network namespace. */
const PREPARE = 'umount -l /sys/fs/cgroup/unified 2>/dev/null; ip link set lo up; exec "$@"';

export async function startTestEngine(options: TestEngineOptions): Promise<TestEngine> {
  const folder = await mkdtemp(join(options.parent ?? tmpdir(), 'slipway-engine-'));
  const script = join(folder, 'engine.mjs');
  await bundle(script);
  const place = { folder, dockerSocket: join(folder, 'docker.sock'), control: join(folder, 'control.sock') };
  await mkdir(join(folder, 'state'));
  let running = await launch(script, place, options);
  return {
    ...place,
    get pid() {
      return running.pid;
    },
    errors: () => running.errors(),
    crash: () => running.kill('SIGKILL'),
    start: async () => {
      running = await launch(script, place, options);
    },
    close: async () => {
      await running.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function bundle(script: string): Promise<void> {
  const { build } = await import('esbuild');
  const require = createRequire(import.meta.url);
  const modules = join(require.resolve('node-pty/package.json'), '../..');
  await build({
    entryPoints: [fileURLToPath(new URL('./main.ts', import.meta.url))],
    outdir: join(script, '..'),
    outExtension: { '.js': '.mjs' },
    entryNames: 'engine',
    splitting: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['node-pty', '@lydell/node-pty'],
    // What is CommonJS inside the bundle asks for Node's own modules by `require`.
    banner: {
      js: "import { createRequire as __makeRequire } from 'node:module'; const require = __makeRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  const { symlink } = await import('node:fs/promises');
  await symlink(modules, join(script, '../node_modules'));
}

interface Launched {
  readonly pid: number;
  errors(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

async function launch(
  script: string,
  place: { readonly folder: string; readonly dockerSocket: string; readonly control: string },
  options: TestEngineOptions,
): Promise<Launched> {
  const engine = [
    process.execPath, script, '--state', join(place.folder, 'state'), '--catalog', options.catalog,
    '--docker-socket', place.dockerSocket, '--control', place.control,
    ...(options.cgroup === undefined ? [] : ['--cgroup', options.cgroup]),
  ]; // prettier-ignore
  const unshare = ['--mount', '--pid', '--net', '--ipc', '--uts', '--fork', '--kill-child', '--mount-proc'];
  const child = spawn(
    'unshare',
    [...unshare, '--propagation', 'private', 'sh', '-c', PREPARE, 'sh', ...engine],
    {
      stdio: ['ignore', 'inherit', 'pipe'],
    },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await Promise.race([until(place.control, true), exited]);
  if (child.exitCode !== null) throw new Error(`the engine did not start: ${errors}`);
  return {
    pid: child.pid ?? 0,
    errors: () => errors,
    kill: async (signal) => {
      child.kill(signal);
      await exited;
      // The kernel ends what is inside a moment later; until then a new engine's visitors would meet the old one.
      await until(place.control, false);
    },
  };
}

async function until(path: string, answers: boolean): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if ((await connects(path)) === answers) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const what = answers ? 'no engine answered' : 'an engine still answered';
  throw new Error(`${what} at ${path} after ${READY_MS / 1000} seconds`);
}

function connects(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const done = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
