import type { IncomingMessage, ServerResponse } from 'node:http';
import { isFull } from '../../oci/system-error.ts';
import { RegistryError } from '../store/errors.ts';
import { isRepositoryName } from '../store/names.ts';
import type { Access, Action } from './access.ts';
import { openAccess } from './access.ts';
import { deleteBlob, getBlob } from './blobs.ts';
import type { Pace } from './body.ts';
import { PACE } from './body.ts';
import type { PushObserver } from './events.ts';
import type { Exchange, Handle, Registry } from './exchange.ts';
import { listReferrers, listRepositories, listTags } from './listings.ts';
import { deleteManifest, getManifest, putManifest } from './manifests.ts';
import { sendError, sendJson } from './respond.ts';
import { appendUpload, cancelUpload, finishUpload, startUpload, uploadState } from './uploads.ts';

export interface RegistryHandlerOptions {
  readonly registry: Registry;
  readonly access?: Access;
  readonly observe?: PushObserver;
  readonly pace?: Pace;
  /** Errors that are none of the client's. */
  readonly report?: (message: string, error: unknown) => void;
}

interface Route {
  /** What follows the repository's name; one group is the reference. */
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, readonly [Action, Handle]>>;
}

/** The first that matches; a name may have parts that look like one of these, so the longest name wins. */
const ROUTES: readonly Route[] = [
  {
    path: /^(.+)\/blobs\/uploads\/?$/,
    methods: { POST: ['push', startUpload] },
  },
  {
    path: /^(.+)\/blobs\/uploads\/([^/]+)$/,
    methods: {
      GET: ['push', uploadState],
      PATCH: ['push', appendUpload],
      PUT: ['push', finishUpload],
      DELETE: ['push', cancelUpload],
    },
  },
  {
    path: /^(.+)\/blobs\/([^/]+)$/,
    methods: { GET: ['pull', getBlob], HEAD: ['pull', getBlob], DELETE: ['delete', deleteBlob] },
  },
  {
    path: /^(.+)\/manifests\/([^/]+)$/,
    methods: {
      GET: ['pull', getManifest],
      HEAD: ['pull', getManifest],
      PUT: ['push', putManifest],
      DELETE: ['delete', deleteManifest],
    },
  },
  { path: /^(.+)\/tags\/list$/, methods: { GET: ['pull', listTags] } },
  { path: /^(.+)\/referrers\/([^/]+)$/, methods: { GET: ['pull', listReferrers] } },
];

const URL_MAX = 8192;

/** Answers everything below `/v2/` as the OCI distribution specification, version 1.1, says. */
export function createRegistryHandler(
  options: RegistryHandlerOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.on('error', () => response.destroy());
    answer(options, request, response).catch((error: unknown) => {
      if (error instanceof RegistryError) {
        sendError(request, response, error);
        return;
      }
      // Who has gone needs no answer; anything else is ours to mend.
      if (!request.destroyed || request.complete) options.report?.(`${request.method ?? ''} failed`, error);
      sendError(
        request,
        response,
        isFull(error) ? noRoom(error) : new RegistryError('UNKNOWN', { cause: error }),
      );
    });
  };
}

/** As an error of the client's: the Docker CLI shows no more of the server's than their status, and tries them again. */
const noRoom = (cause: unknown): RegistryError =>
  new RegistryError('DENIED', {
    status: 403,
    message: 'the registry has no room left on its disk: tell whoever runs it, and push again later',
    cause,
  });

async function answer(
  options: RegistryHandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { registry, access = openAccess, observe, pace = PACE } = options;
  const { path, query } = parseUrl(request.url ?? '');
  const caller = access.identify(request);
  if (path === '' || path === '_catalog') {
    if (!['GET', 'HEAD'].includes(request.method ?? '')) throw new RegistryError('UNSUPPORTED');
    if (path === '_catalog') return listRepositories({ response, query, registry });
    access.greet(caller, request);
    sendJson(response, 200, {});
    return;
  }
  const { route, name, reference } = match(path);
  const [action, handle] = route.methods[request.method ?? ''] ?? [];
  if (!action || !handle) {
    const headers = { Allow: Object.keys(route.methods).join(', ') };
    throw new RegistryError('UNSUPPORTED', { headers });
  }
  access.authorize(caller, name, action, request);
  const tell: Exchange['tell'] = (event) => observe?.(name, event, caller);
  await handle({ request, response, name, reference, query, caller, access, registry, pace, tell });
}

/**
 * What follows `/v2/`, decoded once. Not by way of `URL`, which would take `..` for a way up: here it is a part of a
 * name, and no valid one.
 */
function parseUrl(url: string): { path: string; query: URLSearchParams } {
  const [raw, query] = splitOnce(url, '?');
  const nothing = () => new RegistryError('NAME_UNKNOWN', { message: 'page not found' });
  if (url.length > URL_MAX) throw new RegistryError('NAME_INVALID', { status: 414 });
  if (raw !== '/v2' && !raw.startsWith('/v2/')) throw nothing();
  try {
    return { path: decodeURIComponent(raw.slice('/v2/'.length)), query: new URLSearchParams(query) };
  } catch {
    throw new RegistryError('NAME_INVALID');
  }
}

function match(path: string): { route: Route; name: string; reference: string } {
  for (const route of ROUTES) {
    const found = route.path.exec(path);
    if (!found) continue;
    const [, name = '', reference = ''] = found;
    if (!isRepositoryName(name))
      throw new RegistryError('NAME_INVALID', { detail: { name: name.slice(0, 300) } });
    return { route, name, reference };
  }
  throw new RegistryError('NAME_UNKNOWN', { message: 'page not found' });
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
