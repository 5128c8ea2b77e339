import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { PACE, readWhole } from '../../sandbox/registry/server/body.ts';
import { sendJson } from '../../sandbox/registry/server/respond.ts';
import { RegistryError } from '../../sandbox/registry/store/errors.ts';
import type { TrustAccess } from './access.ts';
import type { Ledger } from './ledger.ts';
import { parseTrustPath, signerOf, type TrustPath } from './names.ts';
import type { Notary } from './notary.ts';
import type { OfficialSignatures } from './official.ts';

/** All that one push publishes: some kilobytes, and about 300 bytes for each signed tag. */
const UPDATE_MAX_BYTES = 1024 ** 2;
/** What asking for a key may leave behind: Notary makes one that is not there. */
const KEY_BYTES = 1024;

const PASSED_ON = ['content-type', 'content-length', 'cache-control', 'etag', 'last-modified'] as const;

export interface TrustApiOptions {
  /** Undefined while the lab has none. */
  readonly notary: () => Notary | undefined;
  /** The lab's own signatures; absent where nothing is signed. */
  readonly official: OfficialSignatures | undefined;
  readonly access: TrustAccess;
  readonly ledger: Ledger;
  /** Hears of each name of which something was published or taken back. */
  readonly changed: (name: string) => void;
}

/** Notary's API, for those who may. Throws `RegistryError` for everything else. */
export async function answerTrust(
  options: TrustApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { access } = options;
  const path = (request.url ?? '').replace(/\?.*$/s, '');
  const { official } = options;
  if (!official) throw new RegistryError('UNAVAILABLE', { message: 'this lab has no notary' });
  if (path === '/v2/') {
    access.greet(request);
    sendJson(response, 200, {});
    return;
  }
  const wanted = parseTrustPath(path);
  const account = wanted && signerOf(wanted.name, access.prefixes);
  if (!wanted || account === undefined)
    throw new RegistryError('NAME_UNKNOWN', { status: 404, message: 'page not found' });
  access.authorize(request, wanted.name, isReading(request, wanted) ? 'pull' : 'push');
  if (await official.has(wanted.name)) {
    await sendOfficial(official, wanted, response);
    return;
  }
  const notary = options.notary();
  if (!notary) throw new RegistryError('UNAVAILABLE', { message: 'this lab has no notary yet' });
  const body = await bodyOf(request, wanted);
  const bytes = wanted.kind === 'key' ? KEY_BYTES : (body?.byteLength ?? 0);
  if (bytes > 0 && !(await options.ledger.spend(account, bytes)))
    throw new RegistryError('DENIED', { message: `${account} has published as much as a name may` });
  await passOn(notary, { request, response, path, body });
  if (wanted.kind === 'update') options.changed(wanted.name);
}

async function sendOfficial(
  official: OfficialSignatures,
  { name, file }: TrustPath,
  response: ServerResponse,
): Promise<void> {
  const text = await official.read(name, file);
  if (text === undefined) throw new RegistryError('NAME_UNKNOWN', { status: 404, message: 'page not found' });
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
  response.writeHead(200, { ...headers, 'Cache-Control': 'no-cache' }).end(text);
}

/** Also throws where the method is none of that path's. */
function isReading({ method = '' }: IncomingMessage, { kind }: TrustPath): boolean {
  const methods = { metadata: ['GET'], update: ['POST', 'DELETE'], key: ['GET', 'POST'] }[kind];
  if (!methods.includes(method))
    throw new RegistryError('UNSUPPORTED', { headers: { Allow: methods.join(', ') } });
  return kind === 'metadata';
}

async function bodyOf(request: IncomingMessage, { kind }: TrustPath): Promise<Uint8Array | undefined> {
  if (kind !== 'update' || request.method !== 'POST') return undefined;
  const tooLarge = () => new RegistryError('SIZE_INVALID', { status: 413 });
  return readWhole(request, { max: UPDATE_MAX_BYTES, pace: PACE, tooLarge });
}

interface Passing {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly body: Uint8Array | undefined;
}

async function passOn(notary: Notary, { request, response, path, body }: Passing): Promise<void> {
  const type = request.headers['content-type'];
  const headers = {
    'Content-Length': body?.byteLength ?? 0,
    ...(body !== undefined && type !== undefined && { 'Content-Type': type }),
  };
  const answer = await notary
    .ask({ method: request.method ?? '', path, headers, ...(body && { body }) })
    .catch((error: unknown) => {
      throw new RegistryError('UNAVAILABLE', { message: 'the lab’s notary does not answer', cause: error });
    });
  for (const name of PASSED_ON) {
    const value = answer.headers[name];
    if (value !== undefined) response.setHeader(name, value);
  }
  response.writeHead(answer.statusCode ?? 500);
  await pipeline(answer, response);
}
