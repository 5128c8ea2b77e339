import { lstat, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { Failure, hasCode } from '../failure.ts';
import { openChannel } from './channel.ts';

/** unix(7): more would be cut off without a word. */
const PATH_BYTES = 107;

export interface DockerSocket {
  close(): void;
}

/**
 * Serves the Docker API of a machine at `path`: every connection to it becomes one to the engine's Docker API, byte for
 * byte, each direction ending by itself. Root alone may connect.
 */
export async function serveDocker(path: string, engineSocket: string): Promise<DockerSocket> {
  await requireFreeSocket(path);
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    join(client, engineSocket);
  });
  await listen(server, path);
  return {
    close: () => {
      // Removes the file, too.
      server.close();
      for (const client of clients) client.destroy();
    },
  };
}

function join(client: Socket, engineSocket: string): void {
  client.on('error', () => client.destroy());
  openChannel(engineSocket, '/slipway/docker').then(
    (engine) => {
      engine.on('error', () => engine.destroy());
      client.on('close', () => engine.destroy());
      engine.on('close', () => client.destroySoon());
      client.pipe(engine);
      engine.pipe(client);
    },
    () => client.destroy(),
  );
}

async function listen(server: Server, path: string): Promise<void> {
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path, backlog: 511 }, resolve);
    });
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EACCES'))
      throw new Failure(`No socket can be made at ${path}.`, 'Choose a path in a folder that exists.', {
        cause: error,
      });
    throw error;
  } finally {
    process.umask(mask);
  }
}

/**
 * Makes sure that a socket can be made at `path`. One that nobody listens at is what a killed program left, and goes;
 * anything else is not ours to remove.
 */
export async function requireFreeSocket(path: string): Promise<void> {
  if (Buffer.byteLength(path) > PATH_BYTES)
    throw new Failure(
      `${path} is too long for a socket's path.`,
      `Choose one of at most ${PATH_BYTES} bytes.`,
    );
  const state = await probe(path);
  if (state === 'stale') await rm(path);
  if (state === 'live')
    throw new Failure(
      `Another program serves at ${path}.`,
      'Stop it first, or choose another path with --socket.',
    );
  if (state === 'other')
    throw new Failure(`${path} exists, and it is not a socket.`, 'Choose another path with --socket.');
}

async function probe(path: string): Promise<'absent' | 'stale' | 'live' | 'other'> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 'absent';
  if (!found.isSocket()) return 'other';
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve('live');
    });
    socket.once('error', (error) => {
      if (hasCode(error, 'ENOENT')) resolve('absent');
      else if (hasCode(error, 'ECONNREFUSED')) resolve('stale');
      else resolve('other');
    });
  });
}
