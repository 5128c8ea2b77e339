import { EngineError } from '../oci/errors.ts';

/**
 * Does `work` with a signal that ends it like `signal`, or after so many minutes (a day at most; fractions are fine); then
 * the error is a sentence of its own, whatever the work made of its end. Undefined: as long as it takes.
 */
export async function withinMinutes<T>(
  minutes: number | undefined,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (minutes === undefined) return work(signal);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), minutes * 60_000);
  try {
    return await work(AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    if (!limit.signal.aborted || signal.aborted) throw error;
    throw new EngineError(
      'internal',
      `The build was ended: it took longer than the ${minutes} minutes that a build may take here. ` +
        'Steps that were done are cached; the next build goes on from there.',
    );
  } finally {
    clearTimeout(timer);
  }
}
