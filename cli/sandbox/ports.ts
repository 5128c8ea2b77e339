import { request } from 'node:http';
import { createServer, type Server } from 'node:net';
import * as z from 'zod';

import { openChannel } from './channel.ts';

/** The part of Docker's `GET /containers/json` that is read; it comes out of a machine, so it is checked. */
const containersSchema = z.array(
  z.object({
    Ports: z
      .array(z.object({ PublicPort: z.number().int().min(1).max(65_535).optional(), Type: z.string() }))
      .nullish(),
  }),
);

/** Bytes of an answer that are read at most. */
const ANSWER_LIMIT = 4 * 1024 ** 2;

/** How long to wait before the engine's events are followed anew. */
const RETRY_MS = 500;

/** The host's loopback, and nothing else: what is published for a test is not published to a network. */
const LOOPBACK = '127.0.0.1';

export interface PortFollower {
  close(): void;
}

/** Keeps a listener on the host's loopback for every TCP port that a container of the machine publishes. */
export function followPorts(engineSocket: string, warn: (sentence: string) => void): PortFollower {
  const open = new Map<number, Server>();
  const gone = new AbortController();
  let work: Promise<void> = Promise.resolve();
  const update = (): void => {
    work = work
      .then(async () => {
        if (!gone.signal.aborted) adjust(open, await publishedPorts(engineSocket), engineSocket, warn);
      })
      .catch(() => undefined);
  };
  void followEvents(engineSocket, gone.signal, update);
  return {
    close: () => {
      gone.abort();
      for (const server of open.values()) server.close();
      open.clear();
    },
  };
}

function adjust(
  open: Map<number, Server>,
  wanted: ReadonlySet<number>,
  engineSocket: string,
  warn: (sentence: string) => void,
): void {
  for (const [port, server] of open) {
    if (wanted.has(port)) continue;
    server.close();
    open.delete(port);
  }
  for (const port of wanted) {
    if (open.has(port)) continue;
    const server = forward(port, engineSocket);
    open.set(port, server);
    server.on('error', (error) => {
      // Kept in the table, so that it is said once.
      warn(`Port ${port} of a container cannot be published on ${LOOPBACK}: ${error.message}`);
    });
  }
}

/** Each connection to the port becomes a channel to the same port in the machine. */
function forward(port: number, engineSocket: string): Server {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    client.on('error', () => client.destroy());
    openChannel(engineSocket, `/slipway/tunnel?port=${port}`).then(
      (channel) => {
        channel.on('error', () => channel.destroy());
        client.on('close', () => channel.destroy());
        channel.on('close', () => client.destroySoon());
        client.pipe(channel);
        channel.pipe(client);
      },
      // As when nothing listens there: the client sees its connection reset.
      () => client.resetAndDestroy(),
    );
  });
  server.listen({ host: LOOPBACK, port });
  return server;
}

async function publishedPorts(engineSocket: string): Promise<Set<number>> {
  const text = await new Promise<string>((resolve, reject) => {
    const call = request({ socketPath: engineSocket, path: '/containers/json', agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
        if (body.length > ANSWER_LIMIT) call.destroy(new Error('The answer is too long.'));
      });
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end();
  });
  const containers = containersSchema.parse(JSON.parse(text));
  const ports = containers.flatMap(({ Ports }) => Ports ?? []);
  return new Set(ports.flatMap(({ PublicPort, Type }) => (PublicPort && Type === 'tcp' ? [PublicPort] : [])));
}

const EVENTS = `/events?filters=${encodeURIComponent(JSON.stringify({ type: ['container'], event: ['start', 'die', 'destroy'] }))}`;

/** Calls `update` at once and at every event that may change what is published. */
async function followEvents(engineSocket: string, signal: AbortSignal, update: () => void): Promise<void> {
  while (!signal.aborted) {
    await new Promise<void>((resolve) => {
      const call = request({ socketPath: engineSocket, path: EVENTS, agent: false, signal }, (response) => {
        update();
        response.on('data', update);
        response.on('close', resolve);
        response.on('error', () => undefined);
      });
      call.on('error', () => resolve());
      call.end();
    });
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
