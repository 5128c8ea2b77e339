import { createServer as createHttpServer, request as sendRequest } from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';

import type { Inside } from '../registry/inside.ts';

/** A way between this host and a network namespace that has none: over a socket in a folder that both see. */
export interface Way {
  readonly port: number;
  /** Takes no more connections; those that there are end with what is at their other side. */
  close(): void;
}

/** What listens inside: takes connections at its first argument, a port or a path, and passes them on to its second. */
const RELAY = `
const { connect, createServer } = require('node:net');
const [from, to] = process.argv.slice(1).map((each) => (/^\\d+$/.test(each) ? Number(each) : each));
createServer((near) => {
  const far = connect(to);
  near.pipe(far).pipe(near);
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
}).listen(from, () => console.log('ready'));`;

const relay = (within: Inside, from: string, to: string): Promise<void> =>
  within.start([process.execPath, '-e', RELAY, from, to], { untilItPrints: true });

/** A port of this host that leads to `port` inside. */
export async function openWayIn(within: Inside, folder: string, port: number): Promise<Way> {
  const socket = path.join(folder, 'in.sock');
  await relay(within, socket, String(port));
  const server = createServer((near) => {
    const far = connect(socket);
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  return opened(server);
}

/** An HTTP proxy for those inside, at `port` there: what this host reaches, it reaches for them. */
export async function openWayOut(within: Inside, folder: string, port: number): Promise<Way> {
  const socket = path.join(folder, 'out.sock');
  const proxy = createHttpServer((request, response) => {
    const target = new URL(request.url ?? '');
    const sent = sendRequest(target, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    sent.on('error', () => response.destroy());
    request.pipe(sent);
  });
  proxy.on('connect', (request, near) => {
    const [host = '', to = '443'] = (request.url ?? '').split(':');
    const far = connect(Number(to), host, () => near.write('HTTP/1.1 200 OK\r\n\r\n'));
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  proxy.listen(socket);
  await once(proxy, 'listening');
  await relay(within, String(port), socket);
  return { port, close: () => void proxy.close() };
}

async function opened(server: Server): Promise<Way> {
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}
