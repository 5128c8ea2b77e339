import express, { Router, type RequestHandler, type Response } from 'express';
import { existsSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

/** Paths that the page itself routes; anything else gets the page with 404, and the page says so. */
const SHELL_PATHS = [
  '/',
  '/machine',
  '/lessons/:slug',
  '/hub',
  '/hub/*name',
  '/admin',
  '/rules',
  '/rules/:rule',
];

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
  router.get(SHELL_PATHS, (_request, response) => sendShell(response, webDir, 200));
  router.get('/*rest', (_request, response) => sendShell(response, webDir, 404));
  return router;
}

function sendShell(response: Response, webDir: string, status: number): void {
  response.status(status).setHeader('Cache-Control', 'no-cache');
  response.sendFile('index.html', { root: webDir, cacheControl: false });
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
