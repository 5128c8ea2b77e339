import type { IncomingMessage, ServerResponse } from 'node:http';
import { readWhole, PACE } from '../../sandbox/registry/server/body.ts';
import { sendJson } from '../../sandbox/registry/server/respond.ts';
import type { Grant, Scope, Tokens } from '../../sandbox/registry/server/tokens.ts';
import { parseScopes, TOKEN_LIFETIME_S } from '../../sandbox/registry/server/tokens.ts';
import { RegistryError } from '../../sandbox/registry/store/errors.ts';
import type { Accounts } from './accounts.ts';
import { LoginRefused } from './accounts.ts';

const FORM_MAX_BYTES = 16 * 1024;

/** Who takes the tokens: each has its own, and says what an account may do there. */
export interface TokenService {
  readonly tokens: Tokens;
  grant(account: string | undefined, wanted: readonly Scope[]): Grant;
}

export interface TokenRouteOptions {
  readonly accounts: Accounts;
  /** By the name that a client gives; the hub's own for every other. */
  readonly serviceOf: (name: string | null) => TokenService;
  /** The learner whose machine asks. */
  readonly ownerOf: (request: IncomingMessage) => string | undefined;
}

interface Credentials {
  readonly name: string;
  readonly password: string;
}

/**
 * Tokens for name and password, and for nobody (distribution, "Token Authentication Specification"; "OAuth2 Token
 * Authentication" for POST). GET answers `docker login` and every pull and push.
 */
export async function answerToken(
  options: TokenRouteOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { accounts, serviceOf, ownerOf } = options;
  response.setHeader('Cache-Control', 'no-store');
  const parameters = await parametersOf(request);
  const credentials = credentialsOf(request, parameters);
  try {
    const account =
      credentials && (await accounts.login(credentials.name, credentials.password, ownerOf(request)));
    const service = serviceOf(parameters.get('service'));
    const token = service.tokens.issue(service.grant(account?.name, parseScopes(parameters.getAll('scope'))));
    const issued_at = new Date().toISOString();
    sendJson(response, 200, { token, access_token: token, expires_in: TOKEN_LIFETIME_S, issued_at });
  } catch (error) {
    if (!(error instanceof LoginRefused)) throw error;
    const code = error.status === 429 ? 'TOOMANYREQUESTS' : 'UNAUTHORIZED';
    // `details` is what Docker's own token server says, and the daemon reads.
    sendJson(response, error.status, { details: error.message, errors: [{ code, message: error.message }] });
  }
}

async function parametersOf(request: IncomingMessage): Promise<URLSearchParams> {
  const { url = '', method } = request;
  if (method === 'GET') return new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  if (method !== 'POST') throw new RegistryError('UNSUPPORTED', { headers: { Allow: 'GET, POST' } });
  const tooLarge = () => new RegistryError('SIZE_INVALID', { status: 413 });
  const form = await readWhole(request, { max: FORM_MAX_BYTES, pace: PACE, tooLarge });
  const parameters = new URLSearchParams(Buffer.from(form).toString());
  // No refresh tokens are given out, so there is none to come back with.
  if (parameters.get('grant_type') !== 'password')
    throw new RegistryError('UNSUPPORTED', { status: 400, message: 'unsupported grant type' });
  return parameters;
}

function credentialsOf(request: IncomingMessage, parameters: URLSearchParams): Credentials | undefined {
  if (request.method === 'POST')
    return { name: parameters.get('username') ?? '', password: parameters.get('password') ?? '' };
  const encoded = /^basic +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) return { name: text, password: '' };
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
