import express, { Router, type Response } from 'express';
import { join } from 'node:path';

/** Paths that the page itself routes; anything else gets the page with 404, and the page says so. */
const SHELL_PATHS = ['/', '/machine', '/lessons/:slug', '/hub', '/hub/*name', '/admin'];

/** The built page: hashed files for ever, the shell never from a cache. */
export function pageFiles(webDir: string): Router {
  const router = Router();
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
