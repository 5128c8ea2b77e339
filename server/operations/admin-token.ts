import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * SHA-256 of the token that opens the admin page, hex. The server is told this alone: what it is told stands in its
 * command line, which everybody on the host can read.
 */
export type AdminTokenHash = string;

export function hashAdminToken(token: string): AdminTokenHash {
  return createHash('sha256').update(token).digest('hex');
}

/** Whether an `Authorization` header carries the token, in a time that says nothing about it. */
export function isAdmin(authorization: string | undefined, hash: AdminTokenHash): boolean {
  const token = /^Bearer (\S{1,512})$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return false;
  return timingSafeEqual(Buffer.from(hashAdminToken(token)), Buffer.from(hash));
}
