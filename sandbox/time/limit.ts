/**
 * A signal that aborts with the first of `signals`, or with a `TimeoutError` after so many milliseconds. It does not keep the
 * process alive.
 *
 * Take this and never `AbortSignal.any([signal, AbortSignal.timeout(ms)])`: in Node 20 nothing holds such a timeout, and one
 * that was collected as garbage never fires, so what was to be limited may wait for ever (measured on 20.20).
 */
export function signalWithin(milliseconds: number, ...signals: readonly AbortSignal[]): AbortSignal {
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new DOMException(`It took longer than ${milliseconds} ms.`, 'TimeoutError')),
    milliseconds,
  );
  timer.unref();
  return AbortSignal.any([...signals, limit.signal]);
}
