import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { readGreeting } from './client-hello.ts';
import type { EgressProxy } from './proxy.ts';

/** TLS's own way to say no: a fatal alert "access denied" (RFC 8446, section 6.2). */
const ACCESS_DENIED = Buffer.from([21, 3, 3, 0, 2, 2, 49]);
const GREETING_LIMIT_BYTES = 64 * 1024;
const GREETING_MS = 10_000;

/**
 * The way out for programs that know of no proxy: what they send to port 80 or 443 of any name arrives here, and says by
 * itself where it wanted to go, in the header `Host` or in the first message of TLS.
 */
export class EgressGate {
  readonly #proxy: EgressProxy;
  readonly #http: Server;
  readonly #clients = new WeakMap<object, string>();

  constructor(proxy: EgressProxy) {
    this.#proxy = proxy;
    this.#http = createServer((request, response) => {
      void proxy.handle(this.#clients.get(request.socket) ?? '', named(request), response);
    });
  }

  /** A connection to port 80 of some name. */
  acceptHttp(client: string, socket: Duplex): void {
    this.#clients.set(socket, client);
    this.#http.emit('connection', socket);
  }

  /** A connection to port 443 of some name. What `own` has for that name gets it as it came; else it goes out. */
  acceptTls(
    client: string,
    socket: Duplex,
    own: (name: string) => ((socket: Duplex) => void) | undefined = () => undefined,
  ): void {
    socket.on('error', () => socket.destroy());
    let seen = Buffer.alloc(0);
    const timer = setTimeout(() => socket.destroy(), GREETING_MS);
    const done = (): void => {
      clearTimeout(timer);
      socket.off('readable', read);
      socket.off('close', done);
    };
    const read = (): void => {
      for (
        let chunk = socket.read() as Buffer | null;
        chunk !== null;
        chunk = socket.read() as Buffer | null
      ) {
        seen = Buffer.concat([seen, chunk]);
      }
      const greeting = readGreeting(seen);
      if (greeting.kind === 'incomplete' && seen.length < GREETING_LIMIT_BYTES && !socket.readableEnded)
        return;
      done();
      if (greeting.kind !== 'name') {
        socket.destroy();
        return;
      }
      const accept = own(greeting.name.toLowerCase());
      if (accept) {
        socket.unshift(seen);
        accept(socket);
      } else void this.#tunnel(client, greeting.name, socket, seen);
    };
    socket.on('readable', read);
    socket.once('close', done);
  }

  close(): void {
    this.#http.close();
    this.#http.closeAllConnections();
  }

  async #tunnel(client: string, host: string, socket: Duplex, seen: Buffer): Promise<void> {
    try {
      await this.#proxy.tunnel(client, { host, port: 443 }, socket, seen);
    } catch {
      socket.end(ACCESS_DENIED);
    }
  }
}

/** As a proxy would have been asked. */
function named(request: IncomingMessage): IncomingMessage {
  const path = request.url ?? '/';
  if (path.startsWith('/')) request.url = `http://${request.headers.host ?? ''}${path}`;
  return request;
}
