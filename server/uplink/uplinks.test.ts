import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createApiServer } from '../../sandbox/api/server.ts';
import { Uplink } from '../../sandbox/engine/uplink.ts';
import { signalWithin } from '../../sandbox/time/limit.ts';
import type { OwnedSession, Sessions, SessionsListener } from '../sessions/sessions.ts';
import type { AcceptService } from './machine-uplink.ts';
import { Uplinks } from './uplinks.ts';

let folder: string;
let path: string;
let uplink: Uplink;
let engine: Server;
let uplinks: Uplinks | undefined;
let listener: SessionsListener | undefined;
const sockets: Duplex[] = [];

const session = (state: string): OwnedSession =>
  ({
    record: { id: 'a'.repeat(16), owner: 'anna' },
    info: { state, engineSocket: path },
  }) as unknown as OwnedSession;

/** Sessions with one machine, which runs. */
const sessions = {
  all: () => [session('running')],
  listen: (told: SessionsListener) => {
    listener = told;
    return () => undefined;
  },
} as unknown as Sessions;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-uplink-'));
  path = join(folder, 'engine.sock');
  await startEngine();
});

afterEach(async () => {
  uplinks?.close();
  uplinks = undefined;
  await stopEngine();
  await rm(folder, { recursive: true });
});

async function startEngine(): Promise<void> {
  uplink = new Uplink();
  engine = createApiServer(uplink.routes);
  await new Promise<void>((resolve) => engine.listen(path, resolve));
}

async function stopEngine(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.destroy();
  uplink.close();
  engine.closeAllConnections();
  await new Promise((resolve) => engine.close(resolve));
}

async function openHub(): Promise<Duplex> {
  const socket = await uplink.openHub();
  sockets.push(socket);
  return socket;
}

/** A hub that says whose machine asks. */
function connect(accept?: AcceptService): void {
  const owners = new WeakMap<object, string>();
  const hub = createServer((request_, response) =>
    response.end(`${owners.get(request_.socket) ?? ''} ${request_.url ?? ''}`),
  );
  const serve: AcceptService = (socket, machine) => {
    owners.set(socket, machine.owner);
    hub.emit('connection', socket);
  };
  uplinks = new Uplinks({ sessions, services: { hub: accept ?? serve } });
}

function get(socket: Duplex, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ path: url, createConnection: () => socket });
    outgoing.on('response', (answer) => void text(answer).then(resolve, reject));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('the way from a machine to the server', () => {
  test('is HTTP, by a connection whose owner the server knows', async () => {
    connect();
    expect(await get(await openHub(), '/v2/')).toBe('anna /v2/');
  });

  test('has room for many at once', async () => {
    connect();
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => get(await openHub(), `/${index}`)),
    );
    expect(answers).toEqual(Array.from({ length: 40 }, (_, index) => `anna /${index}`));
  });

  test('ends with a sentence where there is no server', async () => {
    await expect(openHub()).rejects.toThrow('the hub cannot be reached: this engine runs without the server');
  });

  test('ends with a sentence where the server has no such service', async () => {
    connect();
    await expect(uplink.open('https')).rejects.toThrow('the server of this machine has no https');
  });

  test('can be given up while it is waited for', async () => {
    await expect(uplink.openHub(signalWithin(20))).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('has a bound for each machine, and goes on when one is done', async () => {
    const held: Duplex[] = [];
    connect((socket) => void held.push(socket));
    for (let count = 0; count < 64; count += 1) await openHub();
    const more = Array.from({ length: 4 }, () => openHub());
    await vi.waitFor(() => expect(held.length).toBeGreaterThanOrEqual(64));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(held.length).toBeLessThanOrEqual(66);
    for (const socket of held.splice(0)) socket.destroy();
    await Promise.all(more);
  });

  test('comes back when the engine or the server does', async () => {
    connect();
    await openHub();
    await stopEngine();
    await startEngine();
    await vi.waitFor(async () => expect(await get(await openHub(), '/again')).toBe('anna /again'), 5000);
    uplinks?.close();
    connect();
    expect(await get(await openHub(), '/anew')).toBe('anna /anew');
  });

  test('is gone with the machine', async () => {
    const held: Duplex[] = [];
    connect((socket) => void held.push(socket));
    const socket = await openHub();
    const closed = new Promise((resolve) => socket.resume().once('close', resolve));
    listener?.changed(session('stopped'));
    await closed;
    expect(held[0]?.destroyed).toBe(true);
  });
});
