import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IoSocket, type ConnectionState, type Network, type SocketListener } from './socket.ts';

let http: HttpServer;
let server: Server;
let url: string;
let opened: IoSocket[];

beforeEach(async () => {
  http = createServer();
  server = new Server(http, { transports: ['websocket'] });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  opened = [];
});

afterEach(async () => {
  for (const socket of opened) socket.close();
  await server.close();
});

/** A network that goes and comes at the test's word. */
class FakeNetwork implements Network {
  online = true;
  #changed: () => void = () => undefined;

  watch(changed: () => void): () => void {
    this.#changed = changed;
    return () => (this.#changed = () => undefined);
  }

  set(online: boolean): void {
    this.online = online;
    this.#changed();
  }
}

function connect(network = new FakeNetwork()) {
  const states: ConnectionState[] = [];
  const heard: unknown[] = [];
  const hear = (value: unknown) => void heard.push(value);
  const listener: SocketListener = {
    connection: (state) => void states.push(state),
    session: hear,
    terminals: hear,
    'terminal:output': hear,
    'terminal:screen': hear,
    tasks: hear,
    usage: hear,
    notice: hear,
    ended: hear,
  };
  const options = { transports: ['websocket'], autoConnect: false, forceNew: true, reconnectionDelay: 250 };
  const socket = new IoSocket(io(url, options), listener, network);
  opened.push(socket);
  return { socket, states, heard, names: () => states.map(({ name }) => name) };
}

describe('IoSocket', () => {
  it('connects and passes on what the server sends', async () => {
    server.on('connection', (peer) => peer.emit('usage', { memoryBytes: 1, processes: 2, diskBytes: 3 }));
    const { heard, names } = connect();
    await vi.waitFor(() => expect(heard).toEqual([{ memoryBytes: 1, processes: 2, diskBytes: 3 }]));
    expect(names()).toEqual(['connecting', 'connected']);
  });

  it('asks, and rejects with the sentence of a refusal', async () => {
    server.on('connection', (peer) => {
      peer.on('terminal:open', (_size, reply: (answer: unknown) => void) =>
        reply({ ok: true, value: { id: 't1', ended: false } }),
      );
      peer.on('terminal:attach', (_request, reply: (answer: unknown) => void) =>
        reply({ ok: false, error: 'There is no such terminal.' }),
      );
    });
    const { socket, names } = connect();
    await vi.waitFor(() => expect(names()).toContain('connected'));
    expect(await socket.ask('terminal:open', { columns: 80, rows: 24 })).toEqual({ id: 't1', ended: false });
    await expect(socket.ask('terminal:attach', { id: 't2', columns: 80, rows: 24 })).rejects.toThrow(
      'There is no such terminal.',
    );
  });

  it('comes back after the connection broke, and does not send what was typed meanwhile', async () => {
    const typed: unknown[] = [];
    server.on('connection', (peer) => peer.on('terminal:input', (message) => void typed.push(message)));
    const { socket, names } = connect();
    await vi.waitFor(() => expect(names()).toContain('connected'));
    for (const peer of server.sockets.sockets.values()) peer.conn.close();
    await vi.waitFor(() => expect(names()).toContain('reconnecting'));
    socket.tell('terminal:input', { id: 't1', data: 'rm -rf /\r' });
    await expect(socket.ask('terminal:open', { columns: 80, rows: 24 })).rejects.toThrow(
      'connection is lost',
    );
    await vi.waitFor(() => expect(names().at(-1)).toBe('connected'));
    socket.tell('terminal:input', { id: 't1', data: 'ls\r' });
    await vi.waitFor(() => expect(typed).toEqual([{ id: 't1', data: 'ls\r' }]));
  });

  it('rejects a question that the connection did not outlive', async () => {
    server.on('connection', (peer) => peer.on('terminal:open', () => peer.conn.close()));
    const { socket, names } = connect();
    await vi.waitFor(() => expect(names()).toContain('connected'));
    await expect(socket.ask('terminal:open', { columns: 80, rows: 24 })).rejects.toThrow(
      'connection is lost',
    );
  });

  it('gives up when there is no such session', async () => {
    let tries = 0;
    server.use((_peer, next) => {
      tries += 1;
      next(Object.assign(new Error('There is no such machine.'), { data: { code: 'not-found' } }));
    });
    const { states } = connect();
    await vi.waitFor(() =>
      expect(states.at(-1)).toEqual({ name: 'refused', reason: 'There is no such machine.' }),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(tries).toBe(1);
  });

  it('tries again when the server is busy', async () => {
    let tries = 0;
    server.use((_peer, next) => {
      tries += 1;
      next(tries > 1 ? undefined : Object.assign(new Error('Too many.'), { data: { code: 'busy' } }));
    });
    const { socket, names } = connect();
    await vi.waitFor(() => expect(names().at(-1)).toBe('reconnecting'));
    socket.retry();
    await vi.waitFor(() => expect(names().at(-1)).toBe('connected'));
    expect(tries).toBe(2);
  });

  it('says that the browser is offline, and tries at once when it is not any more', async () => {
    const network = new FakeNetwork();
    const { names } = connect(network);
    await vi.waitFor(() => expect(names()).toContain('connected'));
    const port = Number(new URL(url).port);
    network.online = false;
    await server.close();
    await vi.waitFor(() => expect(names().at(-1)).toBe('offline'));
    http = createServer();
    server = new Server(http, { transports: ['websocket'] });
    await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
    network.set(true);
    await vi.waitFor(() => expect(names().at(-1)).toBe('connected'));
  });
});
