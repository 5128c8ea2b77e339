/** What went wrong, as far as a caller can act on it. One file knows the HTTP status of each: `sandbox/api/respond.ts`. */
export type ErrorKind =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'not-modified'
  | 'not-implemented'
  | 'unavailable'
  | 'internal';

/** An error whose message is meant for the user of the Docker CLI, in the real daemon's words. */
export class EngineError extends Error {
  readonly kind: ErrorKind;
  constructor(kind: ErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
