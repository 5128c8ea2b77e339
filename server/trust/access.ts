import type { IncomingMessage } from 'node:http';
import type { Action } from '../../sandbox/registry/server/access.ts';
import type { Grant, Scope, Tokens } from '../../sandbox/registry/server/tokens.ts';
import { RegistryError } from '../../sandbox/registry/store/errors.ts';
import { signerOf } from './names.ts';

/** What a request wants of a signed repository: `push` is to sign. */
export type TrustAction = Extract<Action, 'pull' | 'push'>;

export interface TrustAccessOptions {
  readonly tokens: Tokens;
  /** Where tokens are had, and for which service. */
  readonly realm: string;
  readonly service: string;
  /** What names of signed repositories begin with; see `names.ts`. */
  readonly prefixes: readonly string[];
}

/**
 * Everybody may ask what is signed; who owns a name signs under it. A token says which repository it is for, and how that
 * is called: one for an image on the hub says nothing of its signatures. Where the hub answers 403, Notary answers 401
 * (distribution, registry/auth/token), which its client can explain.
 */
export class TrustAccess {
  readonly #options: TrustAccessOptions;

  constructor(options: TrustAccessOptions) {
    this.#options = options;
  }

  get tokens(): Tokens {
    return this.#options.tokens;
  }

  get prefixes(): readonly string[] {
    return this.#options.prefixes;
  }

  /** What of `wanted` the account is given. */
  grant(account: string | undefined, wanted: readonly Scope[]): Grant {
    const scopes = wanted.map(({ name, actions }) => ({
      name,
      actions: actions.filter((each) => each === 'pull' || this.#owns(account, name)),
    }));
    return { ...(account !== undefined && { account }), scopes };
  }

  /** The first question of every client: by the answer it finds out how to prove who it is. */
  greet(request: IncomingMessage): void {
    if (!this.#read(request)) throw this.#challenge();
  }

  /** Throws what the client is to be told. */
  authorize(request: IncomingMessage, name: string, action: TrustAction): void {
    const scope = { name, actions: action === 'push' ? (['pull', 'push'] as const) : (['pull'] as const) };
    const grant = this.#read(request);
    if (!grant) throw this.#challenge(scope);
    const granted = grant.scopes.some((each) => each.name === name && each.actions.includes(action));
    // The hub gives out such a token, too, to whoever has a name there that is that of a registry: for an image.
    const may = action === 'pull' || this.#owns(grant.account, name);
    if (!granted || !may) throw this.#challenge(scope, 'insufficient_scope');
  }

  #owns(account: string | undefined, name: string): boolean {
    return account !== undefined && signerOf(name, this.prefixes) === account;
  }

  #read(request: IncomingMessage): Grant | undefined {
    const token = /^bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    return token === undefined ? undefined : this.tokens.read(token);
  }

  #challenge(scope?: Scope, error?: string): RegistryError {
    const { realm, service } = this.#options;
    const parts = [`realm="${realm}"`, `service="${service}"`];
    if (scope) parts.push(`scope="repository:${scope.name}:${scope.actions.join(',')}"`);
    if (error !== undefined) parts.push(`error="${error}"`);
    return new RegistryError('UNAUTHORIZED', {
      headers: { 'WWW-Authenticate': `Bearer ${parts.join(',')}` },
    });
  }
}
