import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { boundedLines, paced } from '../engine/bounded.ts';
import type { EngineClient } from '../engine/client.ts';
import { ActivityLine, EngineEvent } from '../engine/schemas.ts';

const LINE_MAX_BYTES = 256 * 1024;

/** An engine that does its work sends some hundred bytes an event; one that floods is read no faster than this. */
const PACE = { bytes: 64 * 1024, restMs: 200 };
const RETRY_FIRST_MS = 100;
const RETRY_LAST_MS = 5000;

export interface LineListener<T> {
  /** The stream has begun: whatever happened before may have been missed. */
  connected(): void;
  line(line: T): void;
}

export interface EventListener {
  /** The stream has begun: whatever happened before may have been missed. */
  connected(): void;
  event(event: EngineEvent): void;
}

/** Follows the engine's events, through lost connections, until `signal` aborts; with `past`, those it still knows come first. */
export function followEvents(
  engine: EngineClient,
  listener: EventListener,
  signal: AbortSignal,
  { past = false }: { readonly past?: boolean } = {},
): Promise<void> {
  const path = `/v1.41/events${past ? '?since=1' : ''}`;
  const connected = () => listener.connected();
  const line = (event: EngineEvent) => listener.event(event);
  return followLines({ engine, path, schema: EngineEvent }, { connected, line }, signal);
}

/** Follows what the engine builds, pulls and pushes; the last ones come first, and each again when it changes. */
export function followActivity(
  engine: EngineClient,
  listener: LineListener<ActivityLine>,
  signal: AbortSignal,
): Promise<void> {
  return followLines({ engine, path: '/slipway/map/activity', schema: ActivityLine }, listener, signal);
}

interface Source<T> {
  readonly engine: EngineClient;
  readonly path: string;
  /** A line that is not like this is left out. */
  readonly schema: z.ZodType<T>;
}

async function followLines<T>(
  { engine, path, schema }: Source<T>,
  listener: LineListener<T>,
  signal: AbortSignal,
): Promise<void> {
  let delayMs = RETRY_FIRST_MS;
  while (!signal.aborted) {
    try {
      const stream = await engine.stream(path, signal);
      delayMs = RETRY_FIRST_MS;
      listener.connected();
      for await (const line of boundedLines(paced(stream, PACE), LINE_MAX_BYTES)) {
        const parsed = schema.safeParse(parseJson(line));
        if (parsed.success) listener.line(parsed.data);
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
