import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** The server that `vite` and `vite preview` pass requests to: `slipway start`, or its double with fakes. */
const server = 'http://localhost:3000';
const proxy = { '/api': server, '/socket.io': { target: server, ws: true } };

/** The smallest there is; but of the editor, for which that takes many seconds of each build and saves little. */
const brotliOf = (bytes: Buffer) => ({
  params: { [constants.BROTLI_PARAM_QUALITY]: bytes.length > 500_000 ? 9 : constants.BROTLI_MAX_QUALITY },
});

/** Lays compressed copies beside each asset, which the server sends to whoever takes them. */
function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed',
    apply: 'build',
    configResolved: ({ root, build }) => void (folder = resolve(root, build.outDir, build.assetsDir)),
    closeBundle: async () => {
      for (const name of await readdir(folder)) {
        if (!/\.(?:js|css|svg|ttf)$/.test(name)) continue;
        const file = join(folder, name);
        const bytes = await readFile(file);
        const [br, gz] = await Promise.all([
          promisify(brotliCompress)(bytes, brotliOf(bytes)),
          promisify(gzip)(bytes, { level: 9 }),
        ]);
        await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
      }
    },
  };
}

export default defineConfig({
  plugins: [compressed()],
  root: import.meta.dirname,
  // The Dockerfile service has a client for registries that the page never uses.
  resolve: {
    alias: {
      https: `${import.meta.dirname}/editor/dockerfile/no-https.ts`,
      ...Object.fromEntries(
        ['standalone', 'plugins/yaml', 'plugins/estree'].map((part) => [
          `prettier/${part}`,
          `${import.meta.dirname}/editor/compose/no-prettier.ts`,
        ]),
      ),
      // What monaco-yaml's worker asks for by a path that Monaco has had.
      'monaco-editor/esm/vs/editor/editor.worker.js': 'monaco-editor/editor/editor.worker.js',
    },
  },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // Where the server learns which files belong to an address.
    manifest: true,
    target: 'es2022',
    // The content security policy of the server allows no inlined data: everything is a file of its own.
    assetsInlineLimit: 0,
    // The editor is the largest part, and comes lazily.
    chunkSizeWarningLimit: 3000,
    modulePreload: { polyfill: false },
  },
  server: { proxy },
  preview: { proxy },
});
