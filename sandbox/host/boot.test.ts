import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineReady } from './boot.ts';

let folder = '';
let server: Server | undefined;
const sockets = new Set<Socket>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-boot-'));
});

afterEach(async () => {
  server?.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await rm(folder, { recursive: true, force: true });
});

/** Something at an engine's socket, which may be a program of the learner. */
async function engine(talk: (socket: Socket) => void): Promise<string> {
  const path = join(folder, 'engine.sock');
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => talk(socket));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(path, resolve));
  return path;
}

const every = (socket: Socket, ms: number, text: string): void => {
  const timer = setInterval(() => socket.write(text), ms);
  socket.on('close', () => clearInterval(timer));
};

describe('engineReady', () => {
  it('resolves at the answer, and leaves no connection', async () => {
    const path = await engine((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    await engineReady(path, 5000);
    await expect.poll(() => [...sockets].every((socket) => socket.closed)).toBe(true);
  });

  it.each([
    ['says nothing', '', ''],
    ['asks for patience without end', '', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['sends its head letter by letter', 'HTTP/1.1 204 ', 'x'],
    ['never ends its head', 'HTTP/1.1 204 Hm\r\n', 'a: b\r\n'],
  ])('gives up an engine that %s', async (_how, first, ever) => {
    const path = await engine((socket) => {
      socket.write(first);
      if (ever !== '') every(socket, 20, ever);
    });
    await expect(engineReady(path, 300)).rejects.toThrow(/did not answer within 0.3 seconds/);
    await expect.poll(() => [...sockets].every((socket) => socket.closed)).toBe(true);
  });

  it.each([
    ['another answer', 'HTTP/1.1 500 No\r\n\r\n', 'The engine answered 500.'],
    [
      'a switch of protocols',
      'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
      /closed the connection/,
    ],
  ])('refuses %s', async (_what, answer, message) => {
    const path = await engine((socket) => socket.write(answer));
    await expect(engineReady(path, 5000)).rejects.toThrow(message);
  });
});
