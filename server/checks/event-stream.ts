import { setTimeout as sleep } from 'node:timers/promises';
import { boundedLines, paced } from '../engine/bounded.ts';
import type { EngineClient } from '../engine/client.ts';
import { EngineEvent } from '../engine/schemas.ts';

const EVENT_MAX_BYTES = 256 * 1024;

/** An engine that does its work sends some hundred bytes an event; one that floods is read no faster than this. */
const PACE = { bytes: 64 * 1024, restMs: 200 };
const RETRY_FIRST_MS = 100;
const RETRY_LAST_MS = 5000;

export interface EventListener {
  /** The stream has begun: whatever happened before may have been missed. */
  connected(): void;
  event(event: EngineEvent): void;
}

/** Follows the engine's events, through lost connections, until `signal` aborts. */
export async function followEvents(
  engine: EngineClient,
  listener: EventListener,
  signal: AbortSignal,
): Promise<void> {
  let delayMs = RETRY_FIRST_MS;
  while (!signal.aborted) {
    try {
      const stream = await engine.stream('/v1.41/events', signal);
      delayMs = RETRY_FIRST_MS;
      listener.connected();
      for await (const line of boundedLines(paced(stream, PACE), EVENT_MAX_BYTES)) {
        const event = parseEvent(line);
        if (event) listener.event(event);
      }
    } catch {
      // The engine is not there, or sent what no engine sends: try again, ever slower.
    }
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    delayMs = Math.min(delayMs * 2, RETRY_LAST_MS);
  }
}

function parseEvent(line: string): EngineEvent | undefined {
  try {
    const parsed = EngineEvent.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
