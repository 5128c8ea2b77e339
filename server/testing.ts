import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { Log } from './operations/log.ts';
import { ServerOptions } from './options.ts';
import { openServer, type RunningServer } from './server.ts';
import { MemorySupervisor } from './testing/supervisor.ts';

export interface TestServer {
  readonly url: string;
  readonly supervisor: MemorySupervisor;
  readonly folder: string;
  /** What the server reported. */
  readonly reports: string[];
  /** What the server logged, at the level `debug`. */
  readonly log: string[];
  /** Ends the web server and starts it anew on the same records; machines go on. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface TestServerOptions extends Partial<ServerOptions> {
  /** Supervisor to use instead of a new one in memory. */
  readonly supervisor?: MemorySupervisor;
}

/** As Vite writes it. */
const MANIFEST = {
  'index.html': { file: 'assets/main-0123abcd.js', imports: ['_shared.js'] },
  '_shared.js': { file: 'assets/shared-0123abcd.js' },
  '_screen.js': { file: 'assets/screen-0123abcd.js', css: ['assets/screen-0123abcd.css'] },
  'views/workspace.ts': { file: 'assets/workspace-0123abcd.js', imports: ['_shared.js', 'index.html'] },
  'views/terminals.ts': { file: 'assets/terminals-0123abcd.js', imports: ['_shared.js', '_screen.js'] },
};

/** The real web server on a free port of the loopback, over a supervisor and engines that live in this process. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-server-'));
  const { supervisor = new MemorySupervisor(join(folder, 'engines')), ...given } = options;
  const webDir = join(folder, 'web');
  await mkdir(join(webDir, 'assets'), { recursive: true });
  await writeFile(join(webDir, 'index.html'), '<!doctype html><head><title>Slipway</title></head>');
  await mkdir(join(webDir, '.vite'));
  await writeFile(join(webDir, '.vite/manifest.json'), JSON.stringify(MANIFEST));
  await writeFile(join(webDir, 'assets', 'main-0123abcd.js'), 'export {};');
  await writeFile(join(webDir, 'assets', 'main-0123abcd.js.br'), brotliCompressSync('export {};'));
  await writeFile(join(webDir, 'assets', 'main-0123abcd.js.gz'), gzipSync('export {};'));
  const lessonsDir = join(import.meta.dirname, '..', 'lessons');
  const settings = ServerOptions.parse({
    port: 0,
    stateDir: join(folder, 'state'),
    webDir,
    lessonsDir,
    ...given,
  });
  const reports: string[] = [];
  const report = (message: string, error?: unknown) =>
    void reports.push(error instanceof Error ? `${message} ${error.message}` : message);
  const lines: string[] = [];
  const log = new Log({ format: 'json', level: 'debug', write: (line) => lines.push(line) });
  let server: RunningServer = await openServer(settings, supervisor, report, log);
  const { url } = server;
  const port = Number(new URL(url).port);
  return {
    url,
    supervisor,
    folder,
    reports,
    log: lines,
    restart: async () => {
      await server.close();
      server = await openServer({ ...settings, port }, supervisor, report, log);
    },
    close: async () => {
      await server.close();
      await supervisor.close();
      // What was being written when the server closed may still be on its way.
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
