import type { IncomingMessage } from 'node:http';
import { get } from 'node:http';
import { get as getSecurely } from 'node:https';
import { applyChanges } from '../../image/changes.ts';
import type { ImageEngine } from '../../image/engine.ts';
import { Meter } from '../../image/meter.ts';
import { parsePlatform } from '../../image/platform.ts';
import type { Reference } from '../../oci/reference.ts';
import { parseReference, withDefaultTag, withTag } from '../../oci/reference.ts';
import { EngineError } from '../../oci/errors.ts';
import { messageOf } from '../respond.ts';
import type { Call } from '../router.ts';

/** `POST /images/create?fromSrc=…`: the tree of files in the body, or at a URL. */
export const importFrom =
  (images: ImageEngine) =>
  async (call: Call): Promise<void> => {
    const { request, query, response, signal } = call;
    const reference = referenceOf(query.get('repo') ?? '', query.get('tag') ?? '');
    checkPlatform(query.get('platform') ?? '');
    const config = applyChanges({}, query.getAll('changes'));
    const source = query.get('fromSrc') ?? '';
    const url = source === '-' ? undefined : urlOf(source);
    const content = url ? await fetchArchive(url, signal) : request;
    const send = (line: object): void => {
      if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write(`${JSON.stringify(line)}\r\n`);
    };
    try {
      if (url) send({ status: `Downloading from ${url.href}` });
      const total = Number(content.headers['content-length'] ?? 0);
      const id = await images.import(
        url ? metered(content, new Meter('', 'Importing', total, send)) : content,
        {
          config,
          message: (query.get('message') ?? '') || `Imported from ${url ? url.href : '-'}`,
          os: 'linux',
          signal,
          ...(reference && { reference }),
        },
      );
      send({ status: id });
    } catch (error) {
      if (!response.headersSent || signal.aborted) throw error;
      send({ errorDetail: { message: messageOf(error) }, error: messageOf(error) });
    } finally {
      content.destroy();
    }
    response.end();
  };

/** The archive says nothing of a processor, and dockerd does not ask; of systems there is but one here. */
function checkPlatform(platform: string): void {
  if (platform === '') return;
  const [system = ''] = platform.toLowerCase().split('/');
  const isOther = FOREIGN_SYSTEMS.includes(system) || parsePlatform(platform).os !== 'linux';
  if (isOther) throw new EngineError('invalid', 'operating system is not supported');
}

const FOREIGN_SYSTEMS = ['windows', 'darwin', 'freebsd', 'solaris'];

function referenceOf(repository: string, tag: string): Reference | undefined {
  if (repository === '') return undefined;
  const reference = parseReference(repository);
  if (reference.digest !== undefined) throw new EngineError('invalid', 'cannot import digest reference');
  return tag === '' ? withDefaultTag(reference) : withTag(reference, tag);
}

function urlOf(text: string): URL {
  try {
    return new URL(text.includes('://') ? text : `http://${text}`);
  } catch {
    throw new EngineError('invalid', `parse ${JSON.stringify(text)}: invalid URL`);
  }
}

const REDIRECTS = 10;

async function fetchArchive(url: URL, signal: AbortSignal, redirects = 0): Promise<IncomingMessage> {
  const response = await open(url, signal);
  const { statusCode = 0, headers } = response;
  if (statusCode >= 200 && statusCode < 300) return response;
  response.destroy();
  if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined && redirects < REDIRECTS) {
    return fetchArchive(new URL(headers.location, url), signal, redirects + 1);
  }
  const status = `${statusCode} ${response.statusMessage ?? ''}`.trim();
  throw new EngineError('internal', `failed to GET ${url.href} with status ${status}`);
}

function open(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? getSecurely : get;
  return new Promise((resolve, reject) => {
    if (url.protocol !== 'https:' && url.protocol !== 'http:') {
      reject(
        new EngineError(
          'internal',
          `Get "${url.href}": unsupported protocol scheme "${url.protocol.slice(0, -1)}"`,
        ),
      );
      return;
    }
    request(url, { signal }, resolve).once('error', (error) => {
      reject(new EngineError('internal', `Get "${url.href}": ${wordsOf(error)}`, { cause: error }));
    });
  });
}

/** As Go says it. */
function wordsOf(
  error: NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string },
): string {
  const { code, address = '', port = 0, hostname = '' } = error;
  if (code === 'ECONNREFUSED') return `dial tcp ${address}:${port}: connect: connection refused`;
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${hostname}: no such host`;
  return error.message;
}

async function* metered(source: AsyncIterable<Buffer>, meter: Meter): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    meter.add(chunk.byteLength);
    yield chunk;
  }
  meter.end();
}
