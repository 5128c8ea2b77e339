import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RegistryErrorCode } from '../store/errors.ts';
import type { RegistryError } from '../store/errors.ts';

/** A new code without a row here does not compile. */
const STATUS: Record<RegistryErrorCode, number> = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  PAGINATION_NUMBER_INVALID: 400,
  RANGE_INVALID: 416,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  TOOMANYREQUESTS: 429,
  UNAUTHORIZED: 401,
  UNAVAILABLE: 503,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
};

/** What a client may still send after it was refused, so that it comes to read the answer; then it is cut off. */
const LINGER_MS = 2000;

export function statusOf(error: RegistryError): number {
  return error.status ?? STATUS[error.code];
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': body.byteLength,
    ...headers,
  });
  response.end(body);
}

export function sendNothing(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  // A length would not be allowed with 204, and is expected with all others.
  response.writeHead(status, status === 204 ? headers : { 'Content-Length': '0', ...headers });
  response.end();
}

/** Answers with what went wrong; once an answer has begun only cutting the connection can tell. */
export function sendError(request: IncomingMessage, response: ServerResponse, error: RegistryError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (!request.complete && hasBody(request)) endSoon(request, response);
  const { code, message, detail } = error;
  const errors = [{ code, message, ...(detail !== undefined && { detail }) }];
  sendJson(response, statusOf(error), { errors }, error.headers);
}

/** The rest of a refused body is not wanted; were it not read at all, the client might never see the answer. */
function endSoon(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Connection', 'close');
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(timer));
  request.on('error', () => undefined);
  request.resume();
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
