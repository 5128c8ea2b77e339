import { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

/**
 * A request with `Connection: Upgrade`: Node's parser stops after its head, so its body (exec sends one) has to be
 * taken from the connection by hand. What comes after the body is the client's side of the stream.
 */
export async function openUpgrade(
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<{ readonly request: IncomingMessage; readonly response: ServerResponse }> {
  socket.on('error', () => socket.destroy());
  if (head.byteLength > 0) socket.unshift(head);
  const length = Number(request.headers['content-length'] ?? 0);
  const body = length > 0 ? await readExactly(socket, length) : undefined;
  const whole = withBody(request, socket, body);
  const response = new ServerResponse(whole);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => socket.end());
  return { request: whole, response };
}

/** Node has already ended the first one. */
function withBody(request: IncomingMessage, socket: Socket, body: Buffer | undefined): IncomingMessage {
  const whole = new IncomingMessage(socket);
  whole.method = request.method ?? 'GET';
  whole.url = request.url ?? '/';
  whole.headers = request.headers;
  whole.httpVersionMajor = request.httpVersionMajor;
  whole.httpVersionMinor = request.httpVersionMinor;
  whole.httpVersion = request.httpVersion;
  if (body !== undefined) whole.push(body);
  whole.push(null);
  // Else its end is taken for a client that broke off, and the connection is cut.
  whole.complete = true;
  return whole;
}

/** Ends the HTTP part of a connection and hands it over. A client that asked for no upgrade is told of none. */
export function switchProtocols(
  request: IncomingMessage,
  response: ServerResponse,
  socket: Socket,
  contentType: string,
): Duplex {
  response.detachSocket(socket);
  const own = Object.entries(response.getHeaders()).map(
    ([name, value]) => `${name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())}: ${String(value)}`,
  );
  const type = `Content-Type: ${contentType}`;
  const head =
    request.headers.upgrade === undefined
      ? ['HTTP/1.1 200 OK', type, ...own]
      : ['HTTP/1.1 101 UPGRADED', type, 'Connection: Upgrade', 'Upgrade: tcp', ...own];
  socket.write([...head, '', ''].join('\r\n'));
  return socket;
}

const BODY_LIMIT_BYTES = 1024 ** 2;

async function readExactly(socket: Socket, length: number): Promise<Buffer | undefined> {
  if (length > BODY_LIMIT_BYTES) {
    socket.destroy();
    return undefined;
  }
  for (;;) {
    const chunk = socket.read(length) as Buffer | null;
    if (chunk !== null) return chunk;
    if (socket.readableEnded || socket.destroyed) return undefined;
    await new Promise<void>((resolve) => {
      const done = () => {
        for (const name of ['readable', 'end', 'close']) socket.off(name, done);
        resolve();
      };
      for (const name of ['readable', 'end', 'close']) socket.once(name, done);
    });
  }
}
