import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Page } from '../rooms/page.ts';
import { endUnread } from './unread.ts';

// Megabytes through a socket, on a machine that may have much else to do.
vi.setConfig({ testTimeout: 60_000 });

const MOST = 1024 * 1024;
const MESSAGE = 'x'.repeat(64 * 1024);
/** More than the kernel holds between two programs, and `MOST`. */
const FLOOD = 1000;

/** A page's connection, and both of its ends. */
async function connect(): Promise<{ client: WebSocket; page: Page }> {
  const http = createServer();
  const gateway = new Server(http, { transports: ['websocket'], perMessageDeflate: false });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await gateway.close();
  });
  const connection = once(gateway as never, 'connection');
  const { port } = http.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
  onTestFinished(() => client.terminate());
  await once(client, 'open');
  client.send('40');
  const [page] = (await connection) as [Page];
  endUnread(page, MOST);
  return { client, page };
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a page that does not read is cut off before the server keeps much for it', async () => {
  const { client, page } = await connect();
  client.pause();
  const reason = new Promise((resolve) => page.once('disconnect', resolve));
  for (let sent = 0; sent < FLOOD && page.connected; sent++) {
    page.emit('notice', { level: 'info', message: MESSAGE });
    await tick();
  }
  expect(page.connected).toBe(false);
  expect(await reason).toBe('forced close');
});

test('a page that reads is sent as much as there is', async () => {
  const { client, page } = await connect();
  let read = 0;
  client.on('message', (data: Buffer) => (read += data.length));
  for (let sent = 1; sent <= FLOOD; sent++) {
    page.emit('notice', { level: 'info', message: MESSAGE });
    while (sent % 8 === 0 && page.connected && read < sent * MESSAGE.length) await tick();
  }
  expect(page.connected).toBe(true);
  expect(read).toBeGreaterThan(FLOOD * MESSAGE.length);
});
