import express, { Router, type RequestHandler, type Response } from 'express';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

const WORKSPACE = ['views/workspace.ts', 'views/terminals.ts'];

/**
 * Paths that the page itself routes, and the modules that it fetches by itself there: the shell names them, so that the
 * browser does not find them one after the other. Any other path gets the page with 404, and the page says so.
 */
export const SHELLS: Readonly<Record<string, readonly string[]>> = {
  '/': [],
  '/machine': WORKSPACE,
  '/lessons/:slug': WORKSPACE,
  '/hub': ['views/hub.ts'],
  '/hub/*name': ['views/repository.ts'],
  '/admin': ['views/admin.ts'],
  '/rules': ['views/rules.ts'],
  '/rules/:rule': ['views/rules.ts'],
};

/** The built page: hashed files for ever, the shell never from a cache. */
export function pageFiles(webDir: string): Router {
  const router = Router();
  router.use('/assets', compressedCopies(join(webDir, 'assets')));
  router.use(
    '/assets',
    express.static(join(webDir, 'assets'), { immutable: true, maxAge: '1y', index: false }),
  );
  router.use('/assets', (_request, response) => void response.status(404).type('text').send('Not found.'));
  router.use(express.static(webDir, { index: false, maxAge: '1h' }));
  const manifest = readManifest(webDir);
  for (const [path, modules] of Object.entries(SHELLS)) {
    const links = preloads(manifest, modules);
    router.get(path, (_request, response) => sendShell(response, webDir, 200, links));
  }
  router.get('/*rest', (_request, response) => sendShell(response, webDir, 404));
  return router;
}

async function sendShell(response: Response, webDir: string, status: number, links = ''): Promise<void> {
  const shell = await readFile(join(webDir, 'index.html'), 'utf8');
  response.status(status).type('html').setHeader('Cache-Control', 'no-cache');
  response.send(shell.replace('</head>', () => `${links}</head>`));
}

/** What the build tells of its files, by the path of the source (Vite, `build.manifest`). */
type Manifest = Readonly<Record<string, Chunk>>;

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

/** Empty where there is none: the page then finds its modules by itself. */
function readManifest(webDir: string): Manifest {
  const file = join(webDir, '.vite/manifest.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : {};
}

/** Links to the files of `modules` and to what those import, but for what the shell's own script imports. */
function preloads(manifest: Manifest, modules: readonly string[]): string {
  const own = reach(manifest, ['index.html']);
  const chunks = [...reach(manifest, modules)].filter((chunk) => !own.has(chunk));
  const styles = new Set(chunks.flatMap(({ css = [] }) => css));
  return [
    ...chunks.map(({ file }) => `<link rel="modulepreload" crossorigin href="/${file}">\n`),
    ...[...styles].map((file) => `<link rel="preload" as="style" crossorigin href="/${file}">\n`),
  ].join('');
}

function reach(manifest: Manifest, modules: readonly string[], found = new Set<Chunk>()): Set<Chunk> {
  for (const chunk of modules.map((name) => manifest[name])) {
    if (!chunk || found.has(chunk)) continue;
    found.add(chunk);
    reach(manifest, chunk.imports ?? [], found);
  }
  return found;
}

/** The encodings that the build makes copies in, the smallest first, and how those are called. */
const ENCODINGS = [
  { encoding: 'br', ending: '.br' },
  { encoding: 'gzip', ending: '.gz' },
] as const;

/** Assets that the build has laid compressed copies beside, for browsers that take them. */
function compressedCopies(folder: string): RequestHandler {
  const files = new Set(existsSync(folder) ? readdirSync(folder) : []);
  return (request, response, next) => {
    const name = request.path.slice(1);
    response.vary('Accept-Encoding');
    const copy = ENCODINGS.find(
      ({ encoding, ending }) => files.has(name + ending) && request.acceptsEncodings(encoding) !== false,
    );
    if (copy) {
      response.type(extname(name));
      response.setHeader('Content-Encoding', copy.encoding);
      request.url = `/${name}${copy.ending}`;
    }
    next();
  };
}
