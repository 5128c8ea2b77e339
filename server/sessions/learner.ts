import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const TOKEN_BYTES = 32;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/;

/** SHA-256 of a learner's token, hex: what the server knows a learner by. */
export type Learner = string & { readonly learner: unique symbol };

export function newLearner(): { token: string; learner: Learner } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, learner: hashOf(token) };
}

/** Undefined for what is no token of ours. */
export function learnerOf(token: string | undefined): Learner | undefined {
  if (token === undefined || !TOKEN_PATTERN.test(token)) return undefined;
  return hashOf(token);
}

export function isOwner(learner: Learner | undefined, owner: string): boolean {
  if (learner === undefined) return false;
  return timingSafeEqual(Buffer.from(learner), Buffer.from(owner));
}

function hashOf(token: string): Learner {
  return createHash('sha256').update(token).digest('hex') as Learner;
}
