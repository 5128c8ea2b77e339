import * as z from 'zod/mini';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { NoCredentials, RegistryError } from './errors.ts';
import { jsonErrorOf } from './go-json.ts';
import type { HttpClient } from './http.ts';
import { bytesOf, failureOf, isSuccess } from './http.ts';

export interface AuthorizerOptions {
  readonly challenges: readonly Challenge[];
  readonly credentials: Credentials;
  /** `repository:team/tool:pull`. */
  readonly scopes: readonly string[];
  /** For what goes to the token server: a client that authorizes nothing. */
  readonly http: HttpClient;
  /** Also asks for a token that lasts (`docker login`). */
  readonly offline?: boolean;
}

const CLIENT_ID = 'docker';
/** A token is taken to last so long, whatever its server says. */
const TOKEN_LIFETIME_S = 60;
const TOKEN_BYTES = 1024 ** 2;

const nothing = z.optional(z.nullable(z.string()));
const tokenSchema = z.looseObject({
  token: nothing,
  access_token: nothing,
  refresh_token: nothing,
  expires_in: z.optional(z.nullable(z.number())),
});

/** Answers the challenges of one registry: a token before a password, as dockerd does. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #tokens = new Map<string, { readonly token: Promise<string>; until: number }>();
  #identityToken: string;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
    this.#identityToken = options.credentials.identityToken;
  }

  /** What the token server gave in place of the password; empty when it did not. */
  get identityToken(): string {
    return this.#identityToken;
  }

  /** The header's value for a request to the registry itself; undefined when it asks for nothing. */
  async header(url: URL, signal: AbortSignal): Promise<string | undefined> {
    const { challenges, credentials } = this.#options;
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (credentials.registryToken !== '') return bearer && `Bearer ${credentials.registryToken}`;
    if (bearer) return `Bearer ${await this.#token(bearer, url, signal)}`;
    if (!challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
    const basic = basicOf(credentials);
    if (basic === undefined) throw new NoCredentials();
    return basic;
  }

  async #token(challenge: Challenge, url: URL, signal: AbortSignal): Promise<string> {
    const from = url.searchParams.get('from');
    const more = from === null || from === '' ? [] : [`repository:${from}:pull`];
    const scopes = [...this.#options.scopes, ...more];
    const key = scopes.join(' ');
    const known = this.#tokens.get(key);
    if (known && known.until > Date.now()) return known.token;
    const entry = {
      token: this.#fetch(challenge, scopes, signal, (until) => (entry.until = until)),
      until: Infinity,
    };
    this.#tokens.set(key, entry);
    entry.token.catch(() => this.#tokens.delete(key));
    return entry.token;
  }

  async #fetch(
    { parameters }: Challenge,
    scopes: readonly string[],
    signal: AbortSignal,
    onExpiry: (until: number) => void,
  ): Promise<string> {
    const realm = parameters.get('realm');
    if (realm === undefined) throw new RegistryError('no realm specified for token auth challenge');
    if (!URL.canParse(realm)) throw new RegistryError(`invalid token auth challenge realm: ${realm}`);
    const service = parameters.get('service') ?? '';
    const asked = Date.now();
    const answer =
      this.#identityToken === ''
        ? await this.#ask(new URL(realm), service, scopes, signal)
        : await this.#renew(new URL(realm), service, scopes, signal);
    if (!isSuccess(answer)) throw await failureOf(answer);
    const { token, access_token, refresh_token, expires_in } = parseToken(
      await bytesOf(answer, TOKEN_BYTES, 'the token'),
    );
    if (refresh_token) this.#identityToken = refresh_token;
    const found = access_token === '' ? token : (access_token ?? token);
    if (!found) {
      throw new RegistryError('authorization server did not include a token in the response', {
        code: 'UNAUTHORIZED',
      });
    }
    onExpiry(asked + Math.max(expires_in ?? 0, TOKEN_LIFETIME_S) * 1000);
    return found;
  }

  #ask(realm: URL, service: string, scopes: readonly string[], signal: AbortSignal) {
    const { credentials, http, offline } = this.#options;
    if (service !== '') realm.searchParams.append('service', service);
    for (const scope of scopes) realm.searchParams.append('scope', scope);
    if (offline === true) {
      realm.searchParams.append('offline_token', 'true');
      realm.searchParams.append('client_id', CLIENT_ID);
    }
    const basic = basicOf(credentials);
    if (basic !== undefined) realm.searchParams.append('account', credentials.username);
    return http.send(realm, { signal, ...(basic !== undefined && { headers: { Authorization: basic } }) });
  }

  #renew(realm: URL, service: string, scopes: readonly string[], signal: AbortSignal) {
    const form = new URLSearchParams({
      client_id: CLIENT_ID,
      grant_type: 'refresh_token',
      refresh_token: this.#identityToken,
      scope: scopes.join(' '),
      service,
    });
    return this.#options.http.send(realm, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(form.toString()),
      signal,
    });
  }
}

function basicOf({ username, password }: Credentials): string | undefined {
  if (username === '' || password === '') return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function parseToken(bytes: Buffer) {
  try {
    return z.parse(tokenSchema, JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    const why = jsonErrorOf(bytes.toString('utf8'));
    throw new RegistryError(`unable to decode token response: ${why}`, { cause });
  }
}
