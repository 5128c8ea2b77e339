import { request as sendRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { EngineClient } from '../engine/client.ts';
import { Refusal } from '../refusal.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { passCookie, readPass, requestHeaders, responseHeaders } from './headers.ts';
import { PreviewKeys } from './keys.ts';
import { previewOrigin, readPreviewHost, type PreviewPlace } from './origin.ts';

export interface PreviewsOptions {
  readonly sessions: Pick<Sessions, 'all'>;
  /** Ports are shown below it, as `<port>-<session>.<domain>`; pages at localhost need none. */
  readonly domain: string | undefined;
}

/** Connections to the ports of one session, at once. */
const CONNECTIONS_MAX = 64;
const ENTER = '/.slipway/enter';

/** Leads browsers to the ports of their own machines, each on an origin of its own. */
export class Previews {
  readonly #options: PreviewsOptions;
  readonly #keys = new PreviewKeys();
  readonly #connections = new Map<string, number>();
  readonly #tunnels = new Set<Duplex>();

  constructor(options: PreviewsOptions) {
    this.#options = options;
  }

  /** An address that opens the port once, for the page at `pageOrigin` of the session's owner. */
  open(place: PreviewPlace, pageOrigin: string): string {
    const origin = previewOrigin(place, pageOrigin, this.#options.domain);
    if (origin === undefined) {
      throw new Refusal(
        'conflict',
        'Ports can be opened when the host of this service has named a domain for them (`--preview-domain`).',
      );
    }
    return `${origin}${ENTER}?ticket=${this.#keys.ticket(place)}`;
  }

  /** Takes what is meant for a preview away from the server's other listeners; call it after they were added. */
  interpose(http: Server): void {
    for (const event of ['request', 'upgrade'] as const) {
      const others = http.listeners(event);
      http.removeAllListeners(event);
      http.on(event, (request: IncomingMessage, other: ServerResponse & Duplex, head: Buffer) => {
        const place = readPreviewHost(request.headers.host, this.#options.domain);
        if (!place) for (const listener of others) listener.call(http, request, other, head);
        else if (event === 'request') void this.#request(place, request, other);
        else void this.#upgrade(place, request, other, head);
      });
    }
  }

  /** Ends what is open: a server does not end by itself while programs speak over it. */
  close(): void {
    for (const tunnel of this.#tunnels) tunnel.destroy();
  }

  async #request(place: PreviewPlace, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/';
    if (url.startsWith(`${ENTER}?`)) {
      this.#enter(place, request, response);
      return;
    }
    if (!this.#admits(place, request)) {
      say(
        response,
        403,
        'This address belongs to somebody’s machine. Open the port from its page in Slipway.',
      );
      return;
    }
    const origin = originOf(request);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const tunnel = await this.#tunnel(place, gone.signal);
      const { method } = request;
      const headers = requestHeaders(request.headers, { port: place.port, origin });
      const outgoing = sendRequest({
        createConnection: () => tunnel,
        method,
        path: url,
        headers,
        signal: gone.signal,
      });
      const broken = () => say(response, 502, `What answers on port ${place.port} broke the connection off.`);
      outgoing.on('response', (answer) => {
        const { statusCode = 0 } = answer;
        answer.on('error', () => response.destroy());
        // Node reads such a status, and throws when it is to write it.
        if (statusCode < 200) {
          answer.destroy();
          broken();
          return;
        }
        response.writeHead(statusCode, responseHeaders(answer.headers, { port: place.port, origin }));
        answer.pipe(response);
      });
      outgoing.on('error', broken);
      // Without a word to anybody when the program switches protocols, which nobody has asked for.
      outgoing.on('close', () => {
        if (!response.headersSent) broken();
      });
      request.pipe(outgoing);
    } catch (error) {
      const reason =
        error instanceof Refusal ? error.message : `Nothing answers on port ${place.port} of this machine.`;
      say(response, 502, reason);
    }
  }

  async #upgrade(place: PreviewPlace, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const origin = originOf(request);
    // A page of another origin would speak with the visitor's cookie.
    const foreign = request.headers.origin !== undefined && request.headers.origin !== origin;
    if (foreign || !this.#admits(place, request)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    try {
      const tunnel = await this.#tunnel(place);
      socket.once('close', () => tunnel.destroy());
      tunnel.once('close', () => socket.destroy());
      const headers = requestHeaders(request.headers, { port: place.port, origin, upgrade: true });
      tunnel.write(head0(`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1`, headers));
      tunnel.write(head);
      tunnel.pipe(socket).pipe(tunnel);
    } catch {
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    }
  }

  /** The one visit with a ticket: the browser gets the cookie of this origin, and goes on to the program's own page. */
  #enter(place: PreviewPlace, request: IncomingMessage, response: ServerResponse): void {
    const ticket = new URL(request.url ?? '/', 'http://preview').searchParams.get('ticket') ?? '';
    if (!this.#keys.redeem(ticket, place)) {
      say(
        response,
        403,
        'This address can be opened once, within a minute. Open the port from its page in Slipway again.',
      );
      return;
    }
    const origin = new URL(originOf(request));
    const framed = origin.protocol === 'https:' || origin.hostname.endsWith('.localhost');
    response.writeHead(303, {
      Location: '/',
      'Set-Cookie': passCookie(this.#keys.pass(place), framed),
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
    });
    response.end();
  }

  #admits(place: PreviewPlace, request: IncomingMessage): boolean {
    return this.#keys.admits(readPass(request.headers.cookie), place);
  }

  async #tunnel({ port, session }: PreviewPlace, signal?: AbortSignal): Promise<Duplex> {
    const running = this.#options.sessions
      .all()
      .find(({ record, info }) => record.id === session && info.state === 'running');
    if (!running) throw new Refusal('not-found', 'This machine is not running.');
    const open = this.#connections.get(session) ?? 0;
    if (open >= CONNECTIONS_MAX)
      throw new Refusal('too-many', 'There are too many connections to this machine.');
    this.#connections.set(session, open + 1);
    const engine = new EngineClient(running.info.engineSocket);
    const close = () => {
      engine.close();
      const left = (this.#connections.get(session) ?? 1) - 1;
      if (left > 0) this.#connections.set(session, left);
      else this.#connections.delete(session);
    };
    try {
      const { socket, head } = await engine.upgrade(`/slipway/tunnel?port=${port}`, signal ? { signal } : {});
      if (head.byteLength > 0) socket.unshift(head);
      socket.on('error', () => socket.destroy());
      this.#tunnels.add(socket);
      socket.once('close', () => {
        this.#tunnels.delete(socket);
        close();
      });
      return socket;
    } catch (error) {
      close();
      throw error;
    }
  }
}

function originOf({ headers, socket }: IncomingMessage): string {
  const forwarded = String(headers['x-forwarded-proto'] ?? '')
    .split(',')[0]
    ?.trim();
  const secure = 'encrypted' in socket || forwarded === 'https';
  return `${secure ? 'https' : 'http'}://${headers.host ?? ''}`;
}

function head0(
  line: string,
  headers: Readonly<Record<string, string | string[] | number | undefined>>,
): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((each) => (each === undefined ? [] : [`${name}: ${String(each)}`])),
  );
  return `${[line, ...lines].join('\r\n')}\r\n\r\n`;
}

function say(response: ServerResponse, status: number, sentence: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(`${sentence}\n`);
}
