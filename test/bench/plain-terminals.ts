import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Server } from 'socket.io';

import { loadPty } from '../pty.ts';

/**
 * The peer of our terminals, a process of its own: the least that shows a shell in a browser. A shell of this host for each
 * connection of socket.io, events `input` and `output`; tells its parent the port.
 */
const server = createServer();
const sockets = new Server(server, { transports: ['websocket'] });
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
