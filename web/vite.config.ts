import { defineConfig } from 'vite';

/** The server that `vite` and `vite preview` pass requests to: `slipway start`, or its double with fakes. */
const server = 'http://localhost:3000';
const proxy = { '/api': server, '/socket.io': { target: server, ws: true } };

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy of the server allows no inlined data: everything is a file of its own.
    assetsInlineLimit: 0,
    // The terminal is the largest part, and comes lazily.
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
  },
  server: { proxy },
  preview: { proxy },
});
