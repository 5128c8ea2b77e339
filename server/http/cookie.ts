import { parseCookie, stringifySetCookie } from 'cookie';
import { learnerOf, type Learner } from '../sessions/learner.ts';

const NAME = 'slipway';
const MAX_AGE_SECONDS = 365 * 24 * 3600;

export function readLearner(cookieHeader: string | undefined): Learner | undefined {
  return learnerOf(parseCookie(cookieHeader ?? '')[NAME]);
}

/** The `Set-Cookie` that makes a browser the owner of what `token` stands for. */
export function ownerCookie(token: string, secure: boolean): string {
  return stringifySetCookie({
    name: NAME,
    value: token,
    httpOnly: true,
    sameSite: 'strict',
    secure,
    path: '/',
    maxAge: MAX_AGE_SECONDS,
  });
}
