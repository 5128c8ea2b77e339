import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryError, TransportError } from './errors.ts';

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Told every second, with those that are left. */
  readonly onWait: (seconds: number) => void;
  /** Length of a second; shorter in tests. */
  readonly secondMs?: number;
}

/** Small things are tried again sooner. */
const SHORT_WAIT_MS = 250;

const ATTEMPTS = 5;
/** The first wait; each further one is longer by as much. */
const WAIT_S = 5;

/** Does `work` until it works, with dockerd's patience: after 5, 10, 15 and 20 seconds. */
export async function retry<T>(options: RetryOptions, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      options.signal.throwIfAborted();
      if (attempt === ATTEMPTS || !isTransient(error)) throw withoutAddress(error);
    }
    for (let left = attempt * WAIT_S; left > 0; left--) {
      options.onWait(left);
      await sleep(options.secondMs ?? 1000, undefined, { signal: options.signal });
    }
  }
}

/** As `retry`, for what is small: waits are short and nobody is told. */
export async function retryShortly<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const isLast = attempt === ATTEMPTS;
      if (isLast || !isTransient(error)) {
        throw new RegistryError(
          `download failed after attempts=${isLast ? attempt + 1 : attempt}: ${messageOf(error)}`,
          {
            cause: error,
          },
        );
      }
    }
    await sleep(SHORT_WAIT_MS * 2 ** (attempt - 1), undefined, { signal });
  }
}

function messageOf(error: unknown): string {
  const told = withoutAddress(error);
  return told instanceof Error ? told.message : String(told);
}

function isTransient(error: unknown): boolean {
  return error instanceof RegistryError && error.transient;
}

/** Of a transfer, dockerd tells what happened, not at which address. */
function withoutAddress(error: unknown): unknown {
  if (!(error instanceof TransportError)) return error;
  return new RegistryError(error.reason, {
    cause: error,
    ...(error.code !== undefined && { code: error.code }),
  });
}
