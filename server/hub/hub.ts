import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import path from 'node:path';
import { createRegistryHandler } from '../../sandbox/registry/server/handler.ts';
import { sendError, sendJson } from '../../sandbox/registry/server/respond.ts';
import { TokenAccess } from '../../sandbox/registry/server/token-access.ts';
import { Tokens } from '../../sandbox/registry/server/tokens.ts';
import { DiskStore } from '../../sandbox/registry/store/disk.ts';
import { RegistryError } from '../../sandbox/registry/store/errors.ts';
import { LayoutSource } from '../../sandbox/registry/store/layout.ts';
import { namespaceOf } from '../../sandbox/registry/store/names.ts';
import type { ImageSource } from '../../sandbox/registry/store/source.ts';
import type { AcceptService, Machine } from '../uplink/machine-uplink.ts';
import { Accounts } from './accounts.ts';
import { watchBuilding } from './building.ts';
import { Pushes } from './pushes.ts';
import { answerSearch } from './search.ts';
import { HubSource, OFFICIAL } from './sources.ts';
import { answerToken, type TokenService } from './token-route.ts';
import { Upstream } from './upstream.ts';

export interface HubOptions {
  /** Writable for the server, and for nobody else. */
  readonly folder: string;
  /** The official images, an OCI image layout; see docs/architecture.md. */
  readonly catalog?: string;
  /** Bytes that each namespace may keep. */
  readonly quotaBytes: number;
  /** A registry that images are fetched from which are not here. */
  readonly upstream?: string;
  /** Bytes of such images that are kept. */
  readonly cacheBytes: number;
  readonly report: (message: string, error?: unknown) => void;
}

export interface Hub {
  readonly store: DiskStore;
  readonly catalog: LayoutSource | undefined;
  readonly catalogFolder: string | undefined;
  readonly source: ImageSource;
  readonly accounts: Accounts;
  readonly pushes: Pushes;
  /** Who is told of pushes and changes. */
  listen(listener: HubListener): void;
  /** A repository has changed other than by a push. */
  changed(repository: string): void;
  /** For the hub itself: what it gives out unless somebody else is asked for. */
  readonly tokens: TokenService;
  /** Requests whose path matches are somebody else's to answer. */
  leave(path: RegExp, handle: Hub['handle']): void;
  /** Gives out tokens for another service too, to those who have a name here. */
  grantTokens(service: string, to: TokenService): void;
  /** Serves HTTP on a connection of a machine. */
  readonly accept: AcceptService;
  /** The same for any other HTTP server, where nobody's machine asks. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  close(): void;
}

/** Takes the names of repositories. */
export interface HubListener {
  pushing(repository: string): void;
  changed(repository: string): void;
}

/** What Docker's hub calls itself where tokens are asked for. */
export const HUB_SERVICE = 'registry.docker.io';

const SWEEP_EVERY_MS = 3_600_000;
/** A connection on which nothing moves for so long is given up; it bears only on the machine that holds it. */
const IDLE_MS = 300_000;
const KEEP_ALIVE_MS = 60_000;

/** The lab's own registry. To machines it is Docker's hub: official images, and a namespace for each name. */
export function openHub(options: HubOptions): Hub {
  const { folder, report } = options;
  const catalog = options.catalog === undefined ? undefined : new LayoutSource(options.catalog);
  const store = new DiskStore({
    folder,
    quotaBytes: options.quotaBytes,
    shared: catalog ? [catalog.blobFolder] : [],
    report,
  });
  const accounts = new Accounts(path.join(folder, 'accounts'), report);
  const machines = new WeakMap<object, Machine>();
  const tokens = new Tokens();
  const access = new TokenAccess({
    tokens,
    service: HUB_SERVICE,
    realm: (request) => `${machines.has(request.socket) ? 'https' : 'http'}://${hostOf(request)}/token`,
    owns: (account, name) => name.includes('/') && namespaceOf(name) === account,
  });
  const hubTokens: TokenService = { tokens, grant: (account, wanted) => access.grant(account, wanted) };
  const services = new Map<string | null, TokenService>();
  const serviceOf = (name: string | null) => services.get(name) ?? hubTokens;
  const taken = (namespace: string) => namespace !== OFFICIAL && accounts.has(namespace);
  const upstream =
    options.upstream === undefined
      ? undefined
      : new Upstream({
          url: options.upstream,
          folder: path.join(folder, 'upstream'),
          cacheBytes: options.cacheBytes,
        });
  const source = new HubSource({ store, catalog, upstream, taken });
  const listeners = new Set<HubListener>();
  const changed = (name: string) => listeners.forEach((each) => each.changed(name));
  const pushing = (name: string) => listeners.forEach((each) => each.pushing(name));
  const pushes = new Pushes({ pushing, changed });
  const answerRegistry = createRegistryHandler({
    access,
    report,
    registry: { source, storeFor: () => store },
    observe: (name, event, caller) => pushes.observe(name, event, caller),
  });
  const ownerOf = (request: IncomingMessage) => machines.get(request.socket)?.owner;
  const searchable = { store, catalog, stars: () => 0, describe: () => '' };
  const answerOther = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(`http://hub${request.url ?? '/'}`);
    if (pathname === '/token') return answerToken({ accounts, serviceOf, ownerOf }, request, response);
    if (pathname === '/v1/search') return answerSearch(searchable, searchParams, response);
    if (pathname === '/v1/_ping') {
      sendJson(response, 200, true, { 'X-Docker-Registry-Standalone': 'false' });
      return;
    }
    throw new RegistryError('NAME_UNKNOWN', { message: 'page not found' });
  };
  const left: (readonly [RegExp, Hub['handle']])[] = [];
  const handle: Hub['handle'] = (request, response) => {
    const other = left.find(([path]) => path.test(request.url ?? ''));
    if (other) {
      other[1](request, response);
      return;
    }
    if (/^\/v2(?:\/|\?|$)/.test(request.url ?? '')) {
      answerRegistry(request, response);
      return;
    }
    response.on('error', () => response.destroy());
    answerOther(request, response).catch((error: unknown) => {
      if (!(error instanceof RegistryError)) report('The hub failed.', error);
      sendError(request, response, error instanceof RegistryError ? error : new RegistryError('UNKNOWN'));
    });
  };
  const http = createServer({ requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS }, handle);
  http.timeout = IDLE_MS;
  const timer = setInterval(() => {
    store.sweep().catch((error: unknown) => report('The hub could not be swept.', error));
  }, SWEEP_EVERY_MS);
  timer.unref();
  const stopWatching =
    options.catalog === undefined ? () => undefined : watchBuilding(options.catalog, () => changed(OFFICIAL));
  return {
    store,
    catalog,
    catalogFolder: options.catalog,
    source,
    accounts,
    pushes,
    listen: (listener) => void listeners.add(listener),
    changed,
    tokens: hubTokens,
    leave: (path, other) => void left.push([path, other]),
    grantTokens: (service, to) => void services.set(service, to),
    handle,
    accept: (socket, machine) => {
      machines.set(socket, machine);
      http.emit('connection', socket);
    },
    close: () => {
      clearInterval(timer);
      stopWatching();
      upstream?.close();
      pushes.close();
    },
  };
}

/** Goes into a header and back to who sent it; a name that is none is not repeated. */
function hostOf(request: IncomingMessage): string {
  const host = request.headers.host ?? '';
  return /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host) ? host : 'localhost';
}
