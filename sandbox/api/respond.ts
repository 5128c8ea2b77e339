import type { ServerResponse } from 'node:http';
import type { ErrorKind } from '../oci/errors.ts';
import { EngineError } from '../oci/errors.ts';
import { messageOf } from '../oci/system-error.ts';

/** A new kind without a row here does not compile. */
const STATUS: Record<ErrorKind, number> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'not-modified': 304,
  'not-implemented': 501,
  unavailable: 503,
  internal: 500,
};

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.byteLength });
  response.end(body);
}

export function sendNothing(response: ServerResponse, status = 204): void {
  // Where there could be a body it has to be said that there is none.
  response.writeHead(status, status === 204 || status === 304 ? {} : { 'Content-Length': 0 });
  response.end();
}

/** Once the first byte of an answer is out an error can only travel in the stream; then this ends the connection. */
export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const kind = error instanceof EngineError ? error.kind : 'internal';
  if (kind === 'not-modified') {
    sendNothing(response, STATUS[kind]);
    return;
  }
  sendJson(response, STATUS[kind], { message: messageOf(error) });
}

/** For clients of old versions of the API: the sentence alone. */
export function sendPlainError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(STATUS[error instanceof EngineError ? error.kind : 'internal'], {
    'Content-Type': 'text/plain; charset=utf-8',
  });
  response.end(`${messageOf(error)}\n`);
}

export const RAW_STREAM = 'application/vnd.docker.raw-stream';

/** How attach fails: in the form in which it would have gone on, so that the CLI prints it as the container's output. */
export function sendRawError(response: ServerResponse, error: unknown): void {
  response.shouldKeepAlive = false;
  for (const name of ['Connection', 'Content-Length', 'Date', 'Transfer-Encoding'])
    response.removeHeader(name);
  response.writeHead(STATUS[error instanceof EngineError ? error.kind : 'internal'], {
    'Content-Type': RAW_STREAM,
  });
  response.end(`${messageOf(error)}\r\n`);
}

export { messageOf } from '../oci/system-error.ts';
