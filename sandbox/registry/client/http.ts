import { request as sendRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EngineError } from '../../oci/errors.ts';
import type { Challenge } from './challenge.ts';
import { parseChallenges } from './challenge.ts';
import { codeOf, dialTcp } from './dial.ts';
import type { Dial } from './dial.ts';
import { RegistryError, TransportError, errorOf, goQuote } from './errors.ts';
import { tlsWordsOf } from './tls-words.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RequestOptions {
  readonly method?: Method;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** A source without a length is sent in chunks. */
  readonly body?: Uint8Array | { readonly source: AsyncIterable<Uint8Array>; readonly size?: number };
  readonly signal: AbortSignal;
  /** Until the first byte of the answer; `IDLE_MS` unless given. */
  readonly limitMs?: number;
}

/** An answer whose body waits to be read: by `bodyOf`, `textOf` or `discard`. */
export interface Answer {
  readonly status: number;
  /** `404 Not Found`. */
  readonly statusLine: string;
  readonly headers: IncomingMessage['headers'];
  readonly challenges: readonly Challenge[];
  readonly url: URL;
  readonly stream: IncomingMessage;
}

export interface HttpClient {
  /** Goes along with redirects of GET and HEAD. Throws `TransportError` when there is no answer at all. */
  send(url: URL, options: RequestOptions): Promise<Answer>;
}

export interface HttpClientOptions {
  readonly userAgent: string;
  readonly dial?: Dial | undefined;
  /** Makes a connection to an `https:` address a secure one; the address is not secured where it is missing. */
  readonly secure?: ((socket: Duplex, host: string, signal: AbortSignal) => Promise<Duplex>) | undefined;
  /** Credentials for one request; asked again for each redirect, with the address it leads to. */
  readonly authorize?: ((url: URL, signal: AbortSignal) => Promise<string | undefined>) | undefined;
}

/** As many as Go's client follows. */
const REDIRECTS = 10;
/** A registry that says nothing for so long has gone. */
export const IDLE_MS = 60_000;
/** What an error's page is read of. */
const ERROR_BYTES = 64 * 1024;

export function createHttpClient(options: HttpClientOptions): HttpClient {
  return {
    send: async (url, request) => {
      const method = request.method ?? 'GET';
      let at = url;
      for (let redirects = 0; ; redirects++) {
        const answer = await sendOnce(at, at.host === url.host ? request : unnamed(request), options).catch(
          (error: unknown) => {
            request.signal.throwIfAborted();
            // The source of a body that is broken, say.
            if (error instanceof EngineError && !(error instanceof RegistryError)) throw error;
            throw transportError(error, `${verbOf(method)} ${goQuote(at.href)}`);
          },
        );
        const target = redirectOf(answer, method);
        if (target === undefined) return answer;
        discard(answer);
        if (redirects === REDIRECTS - 1) {
          throw new TransportError(`stopped after ${REDIRECTS} redirects`, {
            doing: `${verbOf(method)} ${goQuote(target)}`,
          });
        }
        at = new URL(target, at);
      }
    },
  };
}

/** The whole body as text; more than `limit` bytes are an error. */
export async function bytesOf(answer: Answer, limit: number, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bodyOf(answer)) {
    size += chunk.byteLength;
    if (size > limit) throw new TransportError(`${what} is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The body as it comes. Throws in Go's words when it ends too early or nothing comes any more. */
export async function* bodyOf(answer: Answer): AsyncGenerator<Buffer> {
  const { stream } = answer;
  stream.socket.setTimeout(IDLE_MS, () => stream.destroy(new Error('i/o timeout')));
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    const words = codeOf(error) === 'ECONNRESET' || codeOf(error) === 'ERR_STREAM_PREMATURE_CLOSE';
    throw new TransportError(words ? 'unexpected EOF' : wordsOf(error), { cause: error });
  } finally {
    stream.destroy();
  }
}

export function discard({ stream }: Answer): void {
  stream.on('error', () => undefined);
  stream.destroy();
}

export function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 400;
}

/** The error that a failed answer tells. */
export async function failureOf(answer: Answer): Promise<RegistryError> {
  const { status, statusLine, challenges } = answer;
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer')?.parameters;
  return errorOf({ status, statusLine, body: await startOf(answer), bearer });
}

async function startOf(answer: Answer): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of bodyOf(answer)) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size >= ERROR_BYTES) break;
    }
  } catch {
    // What came until then tells more than how it ended.
  }
  return Buffer.concat(chunks).toString('utf8', 0, ERROR_BYTES);
}

async function sendOnce(url: URL, request: RequestOptions, options: HttpClientOptions): Promise<Answer> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(TIMED_OUT)), request.limitMs ?? IDLE_MS);
  const signal = AbortSignal.any([request.signal, limit.signal]);
  try {
    const authorization = await options.authorize?.(url, request.signal);
    const socket = await connectTo(url, signal, options);
    const { body } = request;
    const sent = sendRequest({
      createConnection: () => socket,
      method: request.method ?? 'GET',
      path: `${url.pathname}${url.search}`,
      headers: {
        Host: url.host,
        'User-Agent': options.userAgent,
        'Accept-Encoding': 'identity',
        Connection: 'close',
        ...(body !== undefined && lengthOf(body)),
        ...request.headers,
        ...(authorization !== undefined && { Authorization: authorization }),
      },
    });
    return await answerTo(sent, url, body, signal, () => clearTimeout(timer));
  } catch (error) {
    throw limit.signal.aborted ? limit.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

const TIMED_OUT = 'net/http: request canceled (Client.Timeout exceeded while awaiting headers)';

async function connectTo(url: URL, signal: AbortSignal, options: HttpClientOptions): Promise<Duplex> {
  const isSecure = url.protocol === 'https:';
  if (!isSecure && url.protocol !== 'http:') {
    throw new Error(`unsupported protocol scheme "${url.protocol.replace(/:$/, '')}"`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  const socket = await (options.dial ?? dialTcp)({ host, port }, signal);
  return isSecure && options.secure ? options.secure(socket, host, signal) : socket;
}

async function answerTo(
  sent: ClientRequest,
  url: URL,
  body: RequestOptions['body'],
  signal: AbortSignal,
  onBody: () => void,
): Promise<Answer> {
  const abort = () => sent.destroy(new Error('context canceled'));
  signal.addEventListener('abort', abort, { once: true });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
    sent.once('close', () => reject(new Error('EOF')));
  });
  // Awaited below, once the body is on its way.
  response.catch(() => undefined);
  try {
    if (signal.aborted) abort();
    await sendBody(sent, body, response, onBody);
    const stream = await response;
    // Whoever reads the body is told; until then nobody is.
    stream.on('error', () => undefined);
    stream.once('close', () => signal.removeEventListener('abort', abort));
    return {
      status: stream.statusCode ?? 0,
      statusLine: `${stream.statusCode ?? 0} ${stream.statusMessage ?? ''}`.trim(),
      headers: stream.headers,
      challenges: parseChallenges(headerValues(stream, 'www-authenticate')),
      url,
      stream,
    };
  } catch (error) {
    signal.removeEventListener('abort', abort);
    sent.on('error', () => undefined);
    sent.destroy();
    throw error;
  }
}

/** Ends when all is sent, or as soon as there is an answer: a registry that refuses need not read to the end. */
async function sendBody(
  sent: ClientRequest,
  body: RequestOptions['body'],
  response: Promise<IncomingMessage>,
  onBody: () => void,
): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    sent.end(body);
    return;
  }
  // An upload takes its time; only then does the wait for the answer begin.
  onBody();
  let failure: unknown;
  const source = Readable.from(
    watched(body.source, (error) => (failure = error)),
    { objectMode: false },
  );
  const all = pipeline(source, sent).catch(async (error: unknown) => {
    if (failure !== undefined) throw failure as Error;
    // The registry hung up: what it said before counts more.
    await response.catch(() => {
      throw error as Error;
    });
  });
  await Promise.race([all, response]);
}

/** An error of the source itself is not one of the connection. */
async function* watched(
  source: AsyncIterable<Uint8Array>,
  onError: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    onError(error);
    throw error;
  }
}

function lengthOf(body: NonNullable<RequestOptions['body']>): Record<string, string> {
  const size = body instanceof Uint8Array ? body.byteLength : body.size;
  return size === undefined ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(size) };
}

function headerValues(message: IncomingMessage, name: string): string[] {
  return message.rawHeaders.filter((_, i, all) => i % 2 === 1 && all[i - 1]?.toLowerCase() === name);
}

const FOLLOWED = new Set([301, 302, 303, 307, 308]);

function redirectOf({ status, headers }: Answer, method: Method): string | undefined {
  if (!FOLLOWED.has(status) || (method !== 'GET' && method !== 'HEAD')) return undefined;
  return headers.location;
}

/** For another host than the request was meant for: it learns nothing of who asks. */
function unnamed(request: RequestOptions): RequestOptions {
  const headers = Object.entries(request.headers ?? {}).filter(
    ([name]) => !['authorization', 'cookie'].includes(name.toLowerCase()),
  );
  return { ...request, headers: Object.fromEntries(headers) };
}

/** As Go names what it was about to do. */
function verbOf(method: Method): string {
  return method.slice(0, 1) + method.slice(1).toLowerCase();
}

function wordsOf(error: unknown): string {
  const code = codeOf(error);
  const tls = tlsWordsOf(error);
  if (tls !== undefined) return tls;
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'EOF';
  if (code.startsWith('HPE_'))
    return 'net/http: HTTP/1.x transport connection broken: malformed HTTP response';
  return error instanceof Error ? error.message : String(error);
}

/** What a token server said, say, stays what it is. */
function transportError(error: unknown, doing: string): TransportError {
  const inner = error instanceof RegistryError ? error : undefined;
  return new TransportError(inner?.message ?? wordsOf(error), {
    doing,
    cause: error,
    transient: inner?.transient ?? true,
    ...(inner?.code !== undefined && { code: inner.code }),
  });
}
