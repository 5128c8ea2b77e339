import { mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openChannel } from './channel.ts';
import { serveDocker } from './socket.ts';

let folder = '';
let engine: Server;
let socketPath = '';
let publicPath = '';

/** An engine that answers every channel by its path and, at the end of what it reads, by all that it read. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-socket-'));
  socketPath = join(folder, 'engine.sock');
  publicPath = join(folder, 'docker.sock');
  engine = createServer({ allowHalfOpen: true }, (socket) => {
    let read = '';
    let open = false;
    socket.setEncoding('latin1').on('data', (text: string) => {
      read += text;
      const head = /^POST (\S+) HTTP\/1\.1\r\n[^]*?\r\n\r\n/.exec(read);
      if (open || head === null) return;
      open = true;
      read = read.slice(head[0].length);
      const status = head[1] === '/refused' ? '502 Bad Gateway' : '101 UPGRADED';
      socket.write(`HTTP/1.1 ${status}\r\nUpgrade: tcp\r\n\r\nhello from ${head[1] ?? ''};`);
    });
    socket.on('end', () => socket.end(read, 'latin1'));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => engine.listen(socketPath, resolve));
});

afterEach(async () => {
  engine.close();
  await rm(folder, { recursive: true });
});

/** Sends everything, ends its own direction, and reads what comes. */
function exchange(socket: Socket, sent: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('end', () => resolve(Buffer.concat(chunks)));
    socket.resume();
    socket.end(sent);
  });
}

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));

describe('openChannel', () => {
  it('gives every byte after the head, both ways, each end by itself', async () => {
    const got = await exchange(await openChannel(socketPath, '/x'), bytes);
    expect(got.toString('latin1')).toBe(`hello from /x;${bytes.toString('latin1')}`);
  });

  it('says what was answered instead', async () => {
    await expect(openChannel(socketPath, '/refused')).rejects.toThrow(/502 Bad Gateway/);
    await expect(openChannel(join(folder, 'none.sock'), '/x')).rejects.toThrow(/ENOENT/);
  });
});

describe('serveDocker', () => {
  it('is the Docker API alone, byte for byte, for root alone', async () => {
    const served = await serveDocker(publicPath, socketPath);
    expect((await stat(publicPath)).mode & 0o777).toBe(0o600);
    const got = await exchange(connect({ path: publicPath, allowHalfOpen: true }), bytes);
    expect(got.toString('latin1')).toBe(`hello from /slipway/docker;${bytes.toString('latin1')}`);
    served.close();
    await expect(stat(publicPath)).rejects.toThrow(/ENOENT/);
  });

  it('takes the place of a socket that nobody listens at', async () => {
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(`${publicPath}.1`, resolve));
    await rename(`${publicPath}.1`, publicPath);
    await new Promise((resolve) => dead.close(resolve));
    const served = await serveDocker(publicPath, socketPath);
    served.close();
  });

  it('leaves alone what is in use, or no socket', async () => {
    const served = await serveDocker(publicPath, socketPath);
    await expect(serveDocker(publicPath, socketPath)).rejects.toThrow(/Another program serves/);
    served.close();
    await writeFile(join(folder, 'file'), 'mine');
    await expect(serveDocker(join(folder, 'file'), socketPath)).rejects.toThrow(/is not a socket/);
  });

  it('says why there can be none', async () => {
    await expect(serveDocker(join(folder, 'no/such.sock'), socketPath)).rejects.toThrow(
      /No socket can be made/,
    );
    await expect(serveDocker(join(folder, 'x'.repeat(200)), socketPath)).rejects.toThrow(/too long/);
  });
});
