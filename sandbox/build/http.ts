import type { IncomingMessage } from 'node:http';
import { EngineError } from '../oci/errors.ts';

export interface Response {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Bytes; undefined when the server does not say. */
  readonly size: number | undefined;
  readonly body: AsyncIterable<Buffer>;
}

/** As many as Go's client follows. */
const REDIRECTS = 10;

/** What lies behind a URL of http or https. Throws `EngineError` in dockerd's words. */
export async function get(url: string, signal: AbortSignal): Promise<Response> {
  let at = url;
  for (let followed = 0; followed <= REDIRECTS; followed++) {
    const message = await request(at, signal);
    const { statusCode = 0, statusMessage = '', headers } = message;
    const { location } = headers;
    if (statusCode >= 300 && statusCode < 400 && location !== undefined) {
      message.destroy();
      at = new URL(location, at).href;
      continue;
    }
    if (statusCode >= 400) {
      const text = await beginningOf(message);
      throw failed(`failed to GET ${url} with status ${statusCode} ${statusMessage}: ${text}`);
    }
    const length = headers['content-length'];
    return {
      headers: headers as Record<string, string | undefined>,
      size: length === undefined ? undefined : Number(length),
      body: message as AsyncIterable<Buffer>,
    };
  }
  throw failed(`Get "${at}": stopped after 10 redirects`);
}

async function request(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  if (/^\w+:\/\/(?:[^/?#]*@)?(?:[/?#:]|$)/.test(url)) {
    // Go leaves the slashes away where nothing follows them.
    throw failed(`Get "${url.replace(/\/\/$/, '')}": http: no Host in request URL`);
  }
  const { protocol } = new URL(url);
  const { get: send } = protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    const sent = send(url, { signal, headers: { 'User-Agent': 'Docker-Client' } }, resolve);
    sent.once('error', (error: NodeJS.ErrnoException) => {
      reject(failed(`Get "${url}": ${reasonOf(error)}`));
    });
  });
}

function reasonOf({ code, message, syscall }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED')
    return `dial tcp ${/[\d.:]+$/.exec(message)?.[0] ?? ''}: connect: connection refused`;
  if (syscall === 'getaddrinfo') return `dial tcp: lookup ${message.split(' ').pop() ?? ''}: no such host`;
  return message;
}

const SHOWN_BYTES = 1024;

async function beginningOf(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of message as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.length > SHOWN_BYTES) break;
  }
  return text.slice(0, SHOWN_BYTES);
}

function failed(message: string): EngineError {
  return new EngineError('internal', message);
}
