import type { IncomingMessage } from 'node:http';
import { RegistryError } from '../store/errors.ts';
import type { Access, Action } from './access.ts';
import type { Grant, Scope } from './tokens.ts';
import type { Tokens } from './tokens.ts';

export interface TokenAccessOptions {
  readonly tokens: Tokens;
  /** Where tokens are had, seen by who sent the request. */
  readonly realm: (request: IncomingMessage) => string;
  readonly service: string;
  /** Whether a repository belongs to an account, there or not yet. */
  readonly owns: (account: string, name: string) => boolean;
}

interface TokenCaller extends Grant {
  /** Somebody unknown with a token has asked for one; without, they may not know how to. */
  readonly hasToken: boolean;
}

/**
 * Everybody may pull, and owners may push, as on Docker's hub: by a token that is had with name and password
 * (distribution, "Token Authentication Specification").
 */
export class TokenAccess implements Access<TokenCaller> {
  readonly #options: TokenAccessOptions;

  constructor(options: TokenAccessOptions) {
    this.#options = options;
  }

  identify(request: IncomingMessage): TokenCaller {
    const { authorization } = request.headers;
    const token = /^bearer +(.+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return { hasToken: false, scopes: [] };
    const grant = this.#options.tokens.read(token);
    if (!grant) throw this.#challenge(request, undefined, 'invalid_token');
    return { ...grant, hasToken: true };
  }

  greet({ hasToken }: TokenCaller, request: IncomingMessage): void {
    if (!hasToken) throw this.#challenge(request);
  }

  authorize(caller: TokenCaller, name: string, action: Action, request: IncomingMessage): void {
    if (action === 'pull') return;
    const scope = { name, actions: action === 'push' ? (['pull', 'push'] as const) : [action] };
    if (!caller.hasToken) throw this.#challenge(request, scope);
    if (!this.owns(caller, name)) throw denied(scope);
    const granted = caller.scopes.some((each) => each.name === name && each.actions.includes(action));
    if (!granted) throw this.#challenge(request, scope, 'insufficient_scope');
  }

  /** As on Docker's hub: whether a repository is missing or not yours is not said. */
  unknown(caller: TokenCaller, name: string): RegistryError {
    return this.owns(caller, name)
      ? new RegistryError('NAME_UNKNOWN', { detail: { name } })
      : denied({ name, actions: ['pull'] });
  }

  /** What of `wanted` the account is given. */
  grant(account: string | undefined, wanted: readonly Scope[]): Grant {
    const scopes = wanted.map(({ name, actions }) => ({
      name,
      actions: actions.filter((each) => each === 'pull' || this.owns({ account }, name)),
    }));
    return { ...(account !== undefined && { account }), scopes };
  }

  private owns({ account }: { readonly account?: string | undefined }, name: string): boolean {
    return account !== undefined && this.#options.owns(account, name);
  }

  #challenge(request: IncomingMessage, scope?: Scope, error?: string): RegistryError {
    const { realm, service } = this.#options;
    const parts = [`realm="${realm(request)}"`, `service="${service}"`];
    if (scope) parts.push(`scope="repository:${scope.name}:${scope.actions.join(',')}"`);
    if (error !== undefined) parts.push(`error="${error}"`);
    return new RegistryError('UNAUTHORIZED', {
      headers: { 'WWW-Authenticate': `Bearer ${parts.join(',')}` },
      detail: detailOf(scope),
    });
  }
}

function denied(scope: Scope): RegistryError {
  return new RegistryError('DENIED', { detail: detailOf(scope) });
}

function detailOf(scope: Scope | undefined): unknown {
  if (!scope) return null;
  return scope.actions.map((Action) => ({ Type: 'repository', Class: '', Name: scope.name, Action }));
}
