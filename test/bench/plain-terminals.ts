import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

import { Server } from 'socket.io';

import { loadPty } from '../pty.ts';

const require = createRequire(import.meta.url);

/** The least page that shows it: xterm.js as it comes, and no style but its own. `readPlain` tells what is on its screen. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>Plain</title>
<link rel="stylesheet" href="/xterm.css"><div id="terminal"></div>
<script src="/xterm.js"></script><script src="/socket.io.js"></script>
<script>
  const terminal = new Terminal({ cols: 100, rows: 30 });
  terminal.open(document.getElementById('terminal'));
  const socket = io({ transports: ['websocket'] });
  socket.on('output', (data) => terminal.write(data));
  terminal.onData((data) => socket.emit('input', data));
  window.readPlain = () => {
    const { active } = terminal.buffer;
    const lines = Array.from({ length: 30 }, (_, row) => active.getLine(active.viewportY + row)?.translateToString(true));
    return lines.join('\\n').trimEnd();
  };
</script>`;

const FILES: Readonly<Record<string, { readonly type: string; readonly body: () => string | Buffer }>> = {
  '/': { type: 'text/html', body: () => PAGE },
  '/xterm.js': { type: 'text/javascript', body: () => readFileSync(require.resolve('@xterm/xterm')) },
  '/xterm.css': { type: 'text/css', body: () => readFileSync(require.resolve('@xterm/xterm/css/xterm.css')) },
  '/socket.io.js': {
    type: 'text/javascript',
    body: () => readFileSync(require.resolve('socket.io-client/dist/socket.io.js')),
  },
};

/**
 * The peer of our terminals, a process of its own: the least that shows a shell in a browser. A shell of this host for each
 * connection of socket.io, events `input` and `output`, and a page for it; tells its parent the port.
 */
const server = createServer(({ url = '' }, response) => {
  const file = FILES[url];
  if (file) response.setHeader('Content-Type', file.type).end(file.body());
  else response.writeHead(404).end();
});
const sockets = new Server(server, { transports: ['websocket'], serveClient: false });
const pty = loadPty();
sockets.on('connection', (socket) => {
  const shell = pty.spawn('/bin/bash', ['--norc'], {
    cols: 100,
    rows: 30,
    name: 'xterm-256color',
    env: { PATH: '/usr/bin:/bin', PS1: '$ ', LANG: 'C.UTF-8' },
  });
  shell.onData((data) => void socket.emit('output', data));
  socket.on('input', (data: string) => shell.write(data));
  socket.on('disconnect', () => shell.kill('SIGKILL'));
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
