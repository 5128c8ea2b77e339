import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { boundedLines, paced } from '../engine/bounded.ts';
import type { EngineClient } from '../engine/client.ts';

const LINE_MAX_BYTES = 512 * 1024;
/** Records are told some times a second; an engine that floods is read no faster than this. */
const PACE = { bytes: 512 * 1024, restMs: 200 };
const RETRY_FIRST_MS = 100;
const RETRY_LAST_MS = 5000;

export interface FollowOptions<T> {
  /** Of the lines that are wanted; others are left out. */
  readonly schema: z.ZodType<T>;
  readonly heard: (line: T) => void;
}

/** Follows what the engine builds, pulls and pushes, through lost connections, until `signal` aborts. */
export async function followActivity<T>(
  engine: EngineClient,
  { schema, heard }: FollowOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  let delayMs = RETRY_FIRST_MS;
  while (!signal.aborted) {
    try {
      const stream = await engine.stream('/slipway/map/activity', signal);
      delayMs = RETRY_FIRST_MS;
      for await (const line of boundedLines(paced(stream, PACE), LINE_MAX_BYTES)) {
        const parsed = schema.safeParse(parseJson(line));
        if (parsed.success) heard(parsed.data);
      }
    } catch {
      // The engine is not there, or sent what no engine sends: try again, ever slower.
    }
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    delayMs = Math.min(delayMs * 2, RETRY_LAST_MS);
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
