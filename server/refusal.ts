import { SupervisorError, type SupervisorErrorKind } from '../sandbox/host/supervisor.ts';

export type RefusalKind =
  'invalid' | 'foreign-origin' | 'not-found' | 'conflict' | 'too-many' | 'full' | 'unavailable' | 'failed';

/** Something the server does not do, with a sentence for the learner. */
export class Refusal extends Error {
  readonly kind: RefusalKind;
  constructor(kind: RefusalKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

const SUPERVISOR_KINDS: Record<SupervisorErrorKind, RefusalKind> = {
  'not-found': 'not-found',
  invalid: 'invalid',
  conflict: 'conflict',
  full: 'full',
  failed: 'failed',
};

/** What a connection to a machine ends with whose engine has just died, until the supervisor says so. */
const GONE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

/** The server's own disk, or its share of it, is full. */
const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/** What to tell a learner about `error`: nothing but sentences that were written for people. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof SupervisorError) {
    return new Refusal(SUPERVISOR_KINDS[error.kind], error.message, { cause: error });
  }
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (NO_SPACE.has(code)) {
    const sentence =
      'The server’s disk is full: this could not be kept. All that was there before still is; try again when there is room.';
    return new Refusal('unavailable', sentence, { cause: error });
  }
  if (GONE.has(code)) {
    const sentence =
      'The machine does not answer. If it has ended, the page says so in a moment; otherwise try again.';
    return new Refusal('unavailable', sentence, { cause: error });
  }
  return new Refusal('failed', 'Something went wrong on the server. Please try again.', { cause: error });
}
