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

/** What to tell a learner about `error`: nothing but sentences that were written for people. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof SupervisorError) {
    return new Refusal(SUPERVISOR_KINDS[error.kind], error.message, { cause: error });
  }
  if (GONE.has((error as NodeJS.ErrnoException | undefined)?.code ?? '')) {
    const sentence =
      'The machine does not answer. If it has ended, the page says so in a moment; otherwise try again.';
    return new Refusal('unavailable', sentence, { cause: error });
  }
  return new Refusal('failed', 'Something went wrong on the server. Please try again.', { cause: error });
}
