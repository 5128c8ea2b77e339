import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { EngineError } from '../oci/errors.ts';
import { allowPlainHijack } from './hijack.ts';
import { sendError, sendPlainError } from './respond.ts';
import type { Call, Route } from './router.ts';
import { openUpgrade, switchProtocols } from './upgrade.ts';
import { isDecodable, parseQuery, splitUrl } from './url.ts';
import { openWebSocket } from './websocket.ts';
import { API_VERSION, checkVersion, compareVersions, ENGINE_VERSION, splitVersion } from './version.ts';

interface CompiledRoute {
  readonly route: Route;
  readonly pattern: RegExp;
}

/** An HTTP server that answers `routes`, the first that matches. It does not listen yet. */
export function createApiServer(routes: readonly Route[]): Server {
  const compiled = routes.map((route) => ({ route, pattern: compile(route.path) }));
  // Uploads and followed logs may take as long as they like.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 30_000 });
  allowPlainHijack(server);
  server.on('request', (request, response) => {
    void dispatch(compiled, request, response, {
      hijack: (contentType) => streamAnswer(request, response, contentType),
      webSocket: async () => {
        throw new EngineError('invalid', 'not websocket protocol');
      },
    });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    void (async () => {
      const { request: whole, response } = await openUpgrade(request, socket, head);
      await dispatch(compiled, whole, response, {
        hijack: (type, protocol) => switchProtocols(whole, response, socket, { type, protocol }),
        webSocket: async (options) => {
          response.detachSocket(socket);
          return openWebSocket(whole, socket, options);
        },
      });
    })();
  });
  return server;
}

async function dispatch(
  routes: readonly CompiledRoute[],
  request: IncomingMessage,
  response: ServerResponse,
  takeOver: Pick<Call, 'hijack' | 'webSocket'>,
): Promise<void> {
  response.on('error', () => response.destroy());
  const gone = new AbortController();
  const socket = request.socket;
  const onClose = () => gone.abort();
  socket.once('close', onClose);
  response.once('finish', () => socket.off('close', onClose));
  try {
    const { path, query } = splitUrl(request.url ?? '/');
    if (!isDecodable(path)) {
      refuseRequest(response);
      return;
    }
    const { version, rest } = splitVersion(path);
    const found = match(routes, request.method ?? 'GET', rest);
    if (!found) throw new EngineError('not-found', 'page not found');
    setVersionHeaders(response);
    checkVersion(version);
    response.setHeader('Docker-Experimental', 'false');
    const { route, params } = found;
    await route.handle({
      request,
      response,
      params,
      query: parseQuery(query),
      version,
      signal: gone.signal,
      ...takeOver,
    });
  } catch (error) {
    logUnexpected(error);
    if (readsPlainErrors(request.url ?? '')) sendPlainError(response, error);
    else sendError(response, error);
  }
}

/** The first version of the API whose errors are JSON. */
const JSON_ERRORS_SINCE = '1.24';

function readsPlainErrors(url: string): boolean {
  const version = /^\/v(\d+(?:\.\d+)*)\//.exec(url)?.[1];
  return version !== undefined && compareVersions(version, JSON_ERRORS_SINCE) < 0;
}

function setVersionHeaders(response: ServerResponse): void {
  response.setHeader('Api-Version', API_VERSION);
  response.setHeader('Ostype', 'linux');
  response.setHeader('Server', `Docker/${ENGINE_VERSION} (linux)`);
}

/** What Go's HTTP server says by itself of a request line that it cannot read. */
function refuseRequest(response: ServerResponse): void {
  response.shouldKeepAlive = false;
  response.writeHead(400, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end('400 Bad Request');
}

function match(routes: readonly CompiledRoute[], method: string, path: string) {
  for (const { route, pattern } of routes) {
    if (route.method !== method) continue;
    const result = pattern.exec(path);
    if (result) return { route, params: decodeParams(result.groups ?? {}) };
  }
  return undefined;
}

function decodeParams(groups: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
}

/** `/images/:name` → a pattern with one named group for each parameter. */
function compile(path: string): RegExp {
  const source = path
    .split('/')
    .map((segment) => {
      if (!segment.startsWith(':')) return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return segment.endsWith('*') ? `(?<${segment.slice(1, -1)}>.*)` : `(?<${segment.slice(1)}>[^/]+)`;
    })
    .join('/');
  return new RegExp(`^${source}$`);
}

/**
 * Attach and exec for a client that did not ask to upgrade: the answer's body is the stream, until it ends. What the
 * container shall read is then the request's body.
 */
function streamAnswer(request: IncomingMessage, response: ServerResponse, contentType: string): Duplex {
  response.removeHeader('Transfer-Encoding');
  response.useChunkedEncodingByDefault = false;
  response.shouldKeepAlive = false;
  response.writeHead(200, { 'Content-Type': contentType });
  response.flushHeaders();
  return Duplex.from({ readable: request, writable: response });
}

function logUnexpected(error: unknown): void {
  // An EngineError says to the user what there is to say; what an `internal` one was caused by is for us.
  if (error instanceof EngineError && (error.kind !== 'internal' || error.cause === undefined)) return;
  process.stderr.write(
    `engine: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
}
