import type { IncomingMessage } from 'node:http';
import type { Action } from '../../sandbox/registry/server/access.ts';
import type { Grant, Scope } from '../../sandbox/registry/server/tokens.ts';
import { Tokens } from '../../sandbox/registry/server/tokens.ts';
import { RegistryError } from '../../sandbox/registry/store/errors.ts';
import { NOTARY_HOST, signerOf, TOKEN_HOST } from './names.ts';

/** What a request wants of a signed repository: `push` is to sign. */
export type TrustAction = Extract<Action, 'pull' | 'push'>;

/**
 * Everybody may ask what is signed; who owns a name signs under it. By tokens of its own: one for the hub says nothing
 * here. Where the hub answers 403, Notary answers 401 (distribution, registry/auth/token), which its client can explain.
 */
export class TrustAccess {
  readonly tokens = new Tokens();
  readonly #prefixes: readonly string[];

  constructor(prefixes: readonly string[]) {
    this.#prefixes = prefixes;
  }

  /** What of `wanted` the account is given. */
  grant(account: string | undefined, wanted: readonly Scope[]): Grant {
    const owns = (name: string) => account !== undefined && signerOf(name, this.#prefixes) === account;
    const scopes = wanted.map(({ name, actions }) => ({
      name,
      actions: actions.filter((each) => each === 'pull' || owns(name)),
    }));
    return { ...(account !== undefined && { account }), scopes };
  }

  /** The first question of every client: by the answer it finds out how to prove who it is. */
  greet(request: IncomingMessage): void {
    if (!this.#read(request)) throw challenge();
  }

  /** Throws what the client is to be told. */
  authorize(request: IncomingMessage, name: string, action: TrustAction): void {
    const scope = { name, actions: action === 'push' ? (['pull', 'push'] as const) : (['pull'] as const) };
    const grant = this.#read(request);
    if (!grant) throw challenge(scope);
    const granted = grant.scopes.some((each) => each.name === name && each.actions.includes(action));
    if (!granted) throw challenge(scope, 'insufficient_scope');
  }

  #read(request: IncomingMessage): Grant | undefined {
    const token = /^bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    return token === undefined ? undefined : this.tokens.read(token);
  }
}

function challenge(scope?: Scope, error?: string): RegistryError {
  const parts = [`realm="https://${TOKEN_HOST}/token"`, `service="${NOTARY_HOST}"`];
  if (scope) parts.push(`scope="repository:${scope.name}:${scope.actions.join(',')}"`);
  if (error !== undefined) parts.push(`error="${error}"`);
  return new RegistryError('UNAUTHORIZED', { headers: { 'WWW-Authenticate': `Bearer ${parts.join(',')}` } });
}
