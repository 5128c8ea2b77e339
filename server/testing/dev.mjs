import { mkdir } from 'node:fs/promises';
import process from 'node:process';
import { URL } from 'node:url';
import { build } from 'esbuild';

const outfile = new URL('../../dist/dev-server.mjs', import.meta.url);
await mkdir(new URL('.', outfile), { recursive: true });
await build({
  entryPoints: [new URL('dev.ts', import.meta.url).pathname],
  outfile: outfile.pathname,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
});
const { serveForDevelopment } = await import(outfile.href);
await serveForDevelopment(process.argv.slice(2));
