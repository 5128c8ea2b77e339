import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { Authorizer } from './authorizer.ts';
import { readCertificates } from './certificates.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import type { Dial } from './dial.ts';
import { dialTcp } from './dial.ts';
import type { Endpoint, RegistryOptions } from './endpoints.ts';
import { endpointsOf } from './endpoints.ts';
import { RegistryError, TransportError } from './errors.ts';
import { HUB } from './hub.ts';
import type { HttpClient } from './http.ts';
import { createHttpClient, discard } from './http.ts';

/** A registry that has answered, and what it takes to be heard by it. */
export interface Connection {
  readonly endpoint: Endpoint;
  readonly http: HttpClient;
  readonly authorizer: Authorizer;
}

export interface ConnectOptions {
  readonly credentials: Credentials;
  readonly scopes: readonly string[];
  readonly signal: AbortSignal;
  readonly offline?: boolean;
}

const PING_MS = 15_000;
/** All of them are at the end of the hub's link. */
const HUB_HOSTS = ['registry-1.docker.io', 'index.docker.io', 'auth.docker.io'];

/**
 * Calls `work` with the first address of the registry `domain` that answers. HTTP is tried only where dockerd does, and
 * not where HTTPS was answered; after a mirror's error the registry itself is asked.
 */
export async function withRegistry<T>(
  options: RegistryOptions,
  domain: string,
  connect: ConnectOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  let failure: unknown = new RegistryError(`no endpoints found for ${domain}`);
  for (const endpoint of await endpointsOf(options, domain)) {
    let reached = false;
    try {
      const connection = await open(options, endpoint, connect);
      reached = true;
      return await work(connection);
    } catch (error) {
      connect.signal.throwIfAborted();
      failure = error;
      if (reached ? !endpoint.mirror : !(error instanceof TransportError)) throw error;
    }
  }
  throw failure;
}

/** Asks what the registry wants to be shown. Throws `TransportError` when none answers. */
async function open(
  options: RegistryOptions,
  endpoint: Endpoint,
  { credentials, scopes, signal, offline }: ConnectOptions,
): Promise<Connection> {
  const connectors = connectorsOf(options, endpoint);
  const plain = createHttpClient(connectors);
  const challenges = await ping(plain, endpoint, signal);
  const authorizer = new Authorizer({
    challenges,
    credentials,
    scopes,
    http: plain,
    ...(offline !== undefined && { offline }),
  });
  const { origin } = endpoint.url;
  const http = createHttpClient({
    ...connectors,
    // What is meant for this registry must reach no other one, wherever it sends us.
    authorize: async (url, cancel) =>
      url.origin === origin && url.pathname.includes('/v2/') ? authorizer.header(url, cancel) : undefined,
  });
  return { endpoint, http, authorizer };
}

/** The address of a part of the registry's API: `urlIn(endpoint, 'team/tool/tags/list')`. */
export function urlIn({ url }: Endpoint, path: string): URL {
  return new URL(`${url.pathname.replace(/\/+$/, '')}/v2/${path}`, url);
}

/** How connections are made to the endpoint, and to wherever it redirects. */
export function connectorsOf(options: RegistryOptions, { link, url, domain, insecure }: Endpoint) {
  const certificates = insecure ? { clients: [] } : readCertificates(options.certificates, domain);
  const hosts = domain === HUB ? HUB_HOSTS : [url.hostname];
  const linked = (host: string) => link !== undefined && hosts.includes(host);
  let trust: SecureContext | undefined;
  const dial: Dial = async (address, signal) =>
    link && linked(address.host) ? link.open(signal) : dialTcp(address, signal);
  const secure = async (socket: Duplex, host: string, signal: AbortSignal) => {
    if (linked(host)) return socket;
    // Loaded only when a registry speaks TLS: it costs memory.
    const { startTls, trustIn } = await import('./tls.ts');
    trust ??= trustIn(certificates);
    return startTls(socket, { host, trust, insecure }, signal);
  };
  return { userAgent: options.userAgent, dial, secure };
}

async function ping(
  http: HttpClient,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<readonly Challenge[]> {
  const answer = await http.send(urlIn(endpoint, ''), { signal, limitMs: PING_MS });
  discard(answer);
  return answer.status === 401 ? answer.challenges : [];
}
