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
  const body = await readBody(request, socket);
  const whole = withBody(request, socket, body);
  const response = new ServerResponse(whole);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => socket.end());
  return { request: whole, response };
}

/** Attach has no body: all that comes is for the container, in whatever form it comes. */
async function readBody({ headers, url = '' }: IncomingMessage, socket: Socket): Promise<Buffer | undefined> {
  if (/\/attach(\?|$)/.test(url)) return undefined;
  if (/chunked/i.test(headers['transfer-encoding'] ?? '')) return readChunks(socket);
  const length = Number(headers['content-length'] ?? 0);
  return length > 0 ? readExactly(socket, length) : undefined;
}

/** A body whose length its sender did not know (RFC 9112, section 7.1). */
async function readChunks(socket: Socket): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const length = Number.parseInt((await readLine(socket)) ?? '', 16);
    size += length;
    if (!(size <= BODY_LIMIT_BYTES)) break;
    if (length > 0) chunks.push((await readExactly(socket, length)) ?? Buffer.alloc(0));
    await readLine(socket);
    if (length === 0) return Buffer.concat(chunks);
  }
  socket.destroy();
  return undefined;
}

const LINE_LIMIT_BYTES = 1024;

async function readLine(socket: Socket): Promise<string | undefined> {
  let line = '';
  while (!line.endsWith('\n') && line.length < LINE_LIMIT_BYTES) {
    const byte = await readExactly(socket, 1);
    if (byte === undefined) return undefined;
    line += byte.toString('latin1');
  }
  return line;
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
  { type, protocol }: { readonly type: string; readonly protocol?: string | undefined },
): Duplex {
  response.detachSocket(socket);
  if (protocol !== undefined) {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
    return socket;
  }
  const own = Object.entries(response.getHeaders()).map(
    ([name, value]) => `${name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())}: ${String(value)}`,
  );
  const content = `Content-Type: ${type}`;
  const head =
    request.headers.upgrade === undefined
      ? ['HTTP/1.1 200 OK', content, ...own]
      : ['HTTP/1.1 101 UPGRADED', content, 'Connection: Upgrade', 'Upgrade: tcp', ...own];
  socket.write([...head, '', ''].join('\r\n'));
  return socket;
}

const BODY_LIMIT_BYTES = 1024 ** 2;

/**
 * Takes what is there, piece by piece: bytes that are left lying make the stream say at once, again and again, that there is
 * something to read, and nothing else of the process would have its turn before the next ones come.
 */
async function readExactly(socket: Socket, length: number): Promise<Buffer | undefined> {
  if (length > BODY_LIMIT_BYTES) {
    socket.destroy();
    return undefined;
  }
  const pieces: Buffer[] = [];
  let missing = length;
  while (missing > 0) {
    const piece = socket.read(Math.min(missing, Math.max(socket.readableLength, 1))) as Buffer | null;
    if (piece !== null) {
      pieces.push(piece);
      missing -= piece.byteLength;
      continue;
    }
    if (socket.readableEnded || socket.destroyed) return undefined;
    await readable(socket);
  }
  return Buffer.concat(pieces);
}

/** Until there is more to read, or never will be. */
async function readable(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const name of ['readable', 'end', 'close']) socket.off(name, done);
      resolve();
    };
    for (const name of ['readable', 'end', 'close']) socket.once(name, done);
  });
}
