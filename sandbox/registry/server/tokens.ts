import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Action, Caller } from './access.ts';

export interface Scope {
  readonly name: string;
  readonly actions: readonly Action[];
}

/** What a token says: who asks, and what it is for. */
export interface Grant extends Caller {
  readonly scopes: readonly Scope[];
}

/** How long a token is good for; clients ask for a new one by themselves. */
export const TOKEN_LIFETIME_S = 300;

const HEADER = encode({ alg: 'HS256', typ: 'JWT' });
const TOKEN_MAX = 8192;

/** Signed tokens: nothing is kept of them, and those of an earlier process are void. */
export class Tokens {
  readonly #secret: Buffer;

  constructor(secret: Buffer = randomBytes(32)) {
    this.#secret = secret;
  }

  /** `now` in milliseconds. */
  issue({ account, scopes }: Grant, now = Date.now()): string {
    const issued = Math.floor(now / 1000);
    const access = scopes.map(({ name, actions }) => ({ type: 'repository', name, actions }));
    const claims = encode({
      sub: account ?? '',
      iat: issued,
      nbf: issued,
      exp: issued + TOKEN_LIFETIME_S,
      jti: randomBytes(8).toString('hex'),
      access,
    });
    return `${HEADER}.${claims}.${this.#sign(claims).toString('base64url')}`;
  }

  /** Undefined for a token that is not ours, or no longer good. */
  read(token: string, now = Date.now()): Grant | undefined {
    const [header, claims = '', signature = '', ...more] = token.slice(0, TOKEN_MAX).split('.');
    const given = Buffer.from(signature, 'base64url');
    const wanted = this.#sign(claims);
    if (header !== HEADER || more.length > 0 || given.byteLength !== wanted.byteLength) return undefined;
    if (!timingSafeEqual(given, wanted)) return undefined;
    const { sub, exp, access } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
      sub: string;
      exp: number;
      access: Scope[];
    };
    if (exp * 1000 <= now) return undefined;
    const scopes = access.map(({ name, actions }) => ({ name, actions }));
    return { ...(sub !== '' && { account: sub }), scopes };
  }

  #sign(claims: string): Buffer {
    return createHmac('sha256', this.#secret).update(`${HEADER}.${claims}`).digest();
  }
}

const SCOPES_MAX = 32;
const ACTIONS: readonly string[] = ['pull', 'push', 'delete'] satisfies Action[];

/** Docker's scopes, such as `repository:anna/tool:pull,push`; what is of another kind is left out. */
export function parseScopes(texts: readonly string[]): Scope[] {
  return texts
    .flatMap((text) => text.split(' '))
    .slice(0, SCOPES_MAX)
    .flatMap((text) => {
      const found = /^repository(?:\([a-z0-9]+\))?:([^:]+):([a-z*,]*)$/.exec(text);
      if (!found) return [];
      const [, name = '', list = ''] = found;
      const wanted = list === '*' ? ACTIONS : list.split(',');
      return [{ name, actions: ACTIONS.filter((each) => wanted.includes(each)) as Action[] }];
    });
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
