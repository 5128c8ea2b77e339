import type { Request, Response } from 'express';
import { newLearner, type Learner } from '../sessions/learner.ts';
import { ownerCookie, readLearner } from './cookie.ts';

/** Who asks; a browser that has no cookie yet becomes a new learner. Only for what a page of ours asks (its `Origin`). */
export function identify(request: Request, response: Response): Learner {
  const known = readLearner(request.headers.cookie);
  if (known) return known;
  const { token, learner } = newLearner();
  response.setHeader('Set-Cookie', ownerCookie(token, request.secure));
  return learner;
}
