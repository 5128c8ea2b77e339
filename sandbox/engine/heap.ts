import { setFlagsFromString } from 'node:v8';

/**
 * How a session's engine is started (`sandbox/host/spec.ts`): V8 collects its garbage soon rather than let the heap grow.
 * Most of the time an engine waits for its learner, and a machine holds many engines.
 */
const SPARING = '--optimize-for-size';

let working = 0;

/** Lets the heap grow while `work` goes on, which makes many short-lived objects: V8 asks for its flag at each collection. */
export async function withRoom<T>(work: () => Promise<T>): Promise<T> {
  if (!process.execArgv.includes(SPARING)) return work();
  if (working++ === 0) setFlagsFromString('--no-optimize-for-size');
  try {
    return await work();
  } finally {
    if (--working === 0) setFlagsFromString(SPARING);
  }
}
