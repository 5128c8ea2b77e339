import { lookup } from 'node:dns/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Duplex, Transform } from 'node:stream';
import { pipeline } from 'node:stream';
import { isPublicAddress } from './addresses.ts';
import { Pace, paced } from './pace.ts';
import type { Destination, EgressRule } from './rules.ts';
import { describeRules, findRule, isWildcard } from './rules.ts';

export interface EgressOptions {
  readonly rules: readonly EgressRule[];
  /** Bytes that one client may take and send in all. */
  readonly bytesPerClient: number;
  /** Connections that one client may have open at once. */
  readonly connectionsPerClient: number;
  /** Bytes a second, both ways together, of all connections of one client; as fast as it goes when absent. */
  readonly bytesPerSecond?: number | undefined;
  /** For tests; the system's own unless given. */
  readonly lookUp?: (host: string) => Promise<readonly string[]>;
}

/** What one client has used. */
export interface EgressUse {
  readonly bytes: number;
  readonly open: number;
}

interface Used {
  bytes: number;
  open: number;
  readonly pace: Pace | undefined;
}

const IDLE_MS = 120_000;
const CONNECT_MS = 20_000;

/** Belong to one connection and not to the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer',
  'transfer-encoding', 'upgrade',
]); // prettier-ignore

/**
 * An HTTP proxy for machines that have no other way out: requests for `http://…` and `CONNECT host:443`, to the places
 * that the rules name. Whatever else is asked for gets an answer that says what is allowed.
 */
export class EgressProxy {
  readonly #options: EgressOptions;
  readonly #used = new Map<string, Used>();

  constructor(options: EgressOptions) {
    this.#options = options;
  }

  use(client: string): EgressUse {
    const { bytes = 0, open = 0 } = this.#used.get(client) ?? {};
    return { bytes, open };
  }

  /** Forgets what `client` has used. */
  forget(client: string): void {
    this.#used.delete(client);
  }

  /** Whether a request is for a proxy: its target is a whole URL. */
  static isFor(request: IncomingMessage): boolean {
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(request.url ?? '');
  }

  async handle(client: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = parseUrl(request.url ?? '');
      if (url.protocol !== 'http:')
        throw new Refusal(400, `The proxy speaks http and CONNECT; it cannot open ${url.protocol}//.`);
      const to = { host: bareHost(url.hostname), port: Number(url.port || '80'), raw: false };
      if (!['GET', 'HEAD'].includes(request.method ?? '')) {
        throw new Refusal(
          403,
          `${request.method ?? ''} to ${to.host} is not allowed: without encryption machines may only read (GET, HEAD).`,
        );
      }
      const address = await this.#admit(client, to);
      await this.#forward(client, { request, response, url, to, address });
    } catch (error) {
      answer(response, asRefusal(error));
    }
  }

  async connect(client: string, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const greeting = 'HTTP/1.1 200 Connection established\r\n\r\n';
      await this.tunnel(client, parseAuthority(request.url ?? ''), socket, head, greeting);
    } catch (error) {
      const { status, message } = asRefusal(error);
      socket.end(
        `HTTP/1.1 ${status} ${status === 403 ? 'Forbidden' : 'Error'}\r\n${refusalHeaders(message)}\r\n\r\n${message}\n`,
      );
    }
  }

  /**
   * Joins `socket` with `to` until either side ends, once `greeting` was sent back and `head` was sent on. Throws when it
   * may not, or cannot; the socket is the caller's then.
   */
  async tunnel(
    client: string,
    to: { readonly host: string; readonly port: number },
    socket: Duplex,
    head: Buffer,
    greeting = '',
  ): Promise<void> {
    const address = await this.#admit(client, { ...to, raw: true });
    const target = await dial({ host: address, port: to.port }, to.host);
    const leave = this.#enter(client, [socket, target]);
    this.#count(client, head.byteLength, () => target.destroy());
    if (greeting !== '') socket.write(greeting);
    if (head.byteLength > 0) target.write(head);
    target.setTimeout(IDLE_MS, () => target.destroy());
    // Each direction ends by itself; a broken one takes the other with it.
    const ways = [
      [socket, ...this.#pacer(client), target],
      [target, ...this.#pacer(client), socket],
    ];
    for (const way of ways) pipeline(way, () => undefined);
    socket.once('close', () => target.destroy());
    target.on('error', () => socket.destroy());
    target.once('close', leave);
  }

  async #admit(client: string, to: Destination): Promise<string> {
    const { rules, bytesPerClient, connectionsPerClient } = this.#options;
    const rule = findRule(rules, to);
    if (!rule) {
      throw new Refusal(
        403,
        `This machine may not reach ${to.host}:${to.port}. It may reach: ${describeRules(rules)}. The host of the lab can allow more with --egress.`,
      );
    }
    const { bytes, open } = this.use(client);
    if (bytes >= bytesPerClient)
      throw new Refusal(
        403,
        `This machine has used the ${mebibytes(bytesPerClient)} that it may send and receive.`,
      );
    if (open >= connectionsPerClient)
      throw new Refusal(429, `This machine has ${open} connections open, as many as it may.`);
    return this.#resolve(rule, to);
  }

  /** A name that the host listed may lead anywhere, to a mirror in its own network too; any other only to the internet. */
  async #resolve(rule: EgressRule, to: Destination): Promise<string> {
    const addresses = await (this.#options.lookUp ?? lookUp)(to.host).catch((error: unknown) => {
      throw new Refusal(502, `The name ${to.host} could not be found: ${messageOf(error)}.`);
    });
    const [address] = isWildcard(rule) ? addresses.filter(isPublicAddress) : addresses;
    if (address === undefined) throw new Refusal(403, `${to.host} is not on the public internet.`);
    return address;
  }

  #forward(
    client: string,
    call: { request: IncomingMessage; response: ServerResponse; url: URL; to: Destination; address: string },
  ): Promise<void> {
    const { request, response, url, to, address } = call;
    return new Promise((resolve, reject) => {
      const onward = httpRequest({
        host: address,
        port: to.port,
        method: request.method,
        path: `${url.pathname}${url.search}`,
        headers: { ...endToEnd(request.headers), host: url.host },
        setHost: false,
        agent: false,
        timeout: IDLE_MS,
      });
      const leave = this.#enter(client, [onward, response]);
      const finish = (error?: Error | null): void => {
        leave();
        if (error && !response.headersSent)
          reject(new Refusal(502, `${to.host} did not answer: ${messageOf(error)}.`));
        else resolve();
      };
      onward.once('timeout', () => onward.destroy(new Error('it took too long')));
      onward.once('error', finish);
      // Without another word when it switches protocols, which nobody has asked for.
      onward.once('close', () => {
        if (!response.headersSent) finish(new Error('it broke the connection off'));
      });
      onward.once('response', (reply) => {
        const { statusCode = 0 } = reply;
        // Node reads such a status, and throws when it is to write it.
        if (statusCode < 200) {
          onward.destroy(new Error(`its status is ${statusCode}`));
          return;
        }
        response.writeHead(statusCode, endToEnd(reply.headers));
        reply.on('data', (chunk: Buffer) => this.#count(client, chunk.byteLength, () => onward.destroy()));
        pipeline([reply, ...this.#pacer(client), response], finish);
      });
      response.once('close', () => onward.destroy());
      onward.end();
    });
  }

  /** Counts a connection as open until what is returned is called, and raw streams' bytes. */
  #enter(client: string, streams: readonly object[]): () => void {
    const used = this.#usedBy(client);
    used.open++;
    for (const stream of streams) {
      if (!isDuplex(stream)) continue;
      const end = (): void => void stream.destroy();
      stream.on('data', (chunk: Buffer) => this.#count(client, chunk.byteLength, end));
    }
    let left = false;
    return () => {
      if (!left) used.open--;
      left = true;
    };
  }

  #count(client: string, bytes: number, end: () => void): void {
    const used = this.#usedBy(client);
    used.bytes += bytes;
    if (used.bytes > this.#options.bytesPerClient) end();
  }

  /** What bytes of `client` go through on their way; nothing where there is no rate. */
  #pacer(client: string): Transform[] {
    const { pace } = this.#usedBy(client);
    return pace ? [paced(pace)] : [];
  }

  #usedBy(client: string): Used {
    const { bytesPerSecond } = this.#options;
    const used = this.#used.get(client) ?? {
      bytes: 0,
      open: 0,
      pace: bytesPerSecond === undefined ? undefined : new Pace(bytesPerSecond),
    };
    this.#used.set(client, used);
    return used;
  }
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal
    ? error
    : new Refusal(502, `The proxy could not do it: ${messageOf(error)}.`);
}

function answer(response: ServerResponse, { status, message }: Refusal): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Slipway-Egress': 'refused' });
  response.end(`${message}\n`);
}

function refusalHeaders(message: string): string {
  return [
    'Content-Type: text/plain; charset=utf-8',
    'X-Slipway-Egress: refused',
    `Content-Length: ${Buffer.byteLength(message) + 1}`,
    'Connection: close',
  ].join('\r\n');
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new Refusal(400, 'The proxy was asked for something that is no address.');
  }
}

/** What `CONNECT` asks for: `host:port` (RFC 9110, section 9.3.6). */
function parseAuthority(text: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^([^\s/@:]+|\[[0-9a-f:.]+\]):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    throw new Refusal(400, 'The proxy was asked for something that is no address.');
  }
  return { host: bareHost(host), port: Number(port) };
}

/** `[::1]` → `::1`. */
function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

async function lookUp(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function dial(to: { readonly host: string; readonly port: number }, name: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...to, timeout: CONNECT_MS, allowHalfOpen: true });
    const fail = (why: string) => () => {
      socket.destroy();
      reject(new Refusal(502, `${name} did not answer${why}.`));
    };
    socket.once('timeout', fail(' in time'));
    socket.once('error', (error) => fail(`: ${messageOf(error)}`)());
    socket.once('connect', () => {
      socket.removeAllListeners('timeout');
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !HOP_BY_HOP.has(name) && !named.has(name) && !name.startsWith(':'),
    ),
  );
}

function isDuplex(stream: object): stream is Duplex {
  return 'pipe' in stream && 'write' in stream && 'destroy' in stream && !('setHeader' in stream);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
