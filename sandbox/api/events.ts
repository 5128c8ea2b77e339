import { EngineError } from '../oci/errors.ts';
import type { Filters } from './query.ts';
import { filtersOf } from './query.ts';
import type { Route } from './router.ts';
import { now, parseTime } from './time.ts';

/** One line of `docker events`. */
export interface EngineEvent {
  readonly status?: string;
  readonly id?: string;
  readonly from?: string;
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly scope: 'local';
  /** Seconds. */
  readonly time: number;
  readonly timeNano: number;
}

/** Docker's own number of past events that a late listener can ask for. */
const BACKLOG = 256;

export type NewEvent = Pick<EngineEvent, 'Type' | 'Action' | 'Actor'>;

/** Passes events on to whoever listens, and remembers the last ones. */
export class EventBus {
  readonly #past: { readonly nanos: bigint; readonly line: string; readonly event: EngineEvent }[] = [];
  readonly #listeners = new Set<(entry: { event: EngineEvent; line: string; nanos: bigint }) => void>();

  readonly emit = (event: NewEvent): void => {
    const nanos = now();
    const full = complete(event, nanos);
    const entry = { nanos, line: toLine(full, nanos), event: full };
    this.#past.push(entry);
    if (this.#past.length > BACKLOG) this.#past.shift();
    for (const listener of this.#listeners) listener(entry);
  };

  /** Calls `listener` with every past event since `since` (nanoseconds; none when absent), then with new ones. */
  subscribe(
    listener: (entry: { event: EngineEvent; line: string; nanos: bigint }) => void,
    since?: bigint,
  ): () => void {
    if (since !== undefined) {
      for (const entry of this.#past) if (entry.nanos >= since) listener(entry);
    }
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

export const eventRoutes = (bus: EventBus): Route[] => [
  {
    method: 'GET',
    path: '/events',
    handle: async (call) => {
      // A filter that nobody knows matches everything.
      const filters = filtersOf(call.query);
      const since = parseTime(call.query.get('since'));
      const until = parseTime(call.query.get('until'));
      if (since !== undefined && until !== undefined && since > until) {
        throw new EngineError(
          'invalid',
          `\`since\` time (${seconds(since)}) cannot be after \`until\` time (${seconds(until)})`,
        );
      }
      call.response.writeHead(200, { 'Content-Type': 'application/json' });
      call.response.flushHeaders();
      const past = until !== undefined && until <= now();
      const unsubscribe = bus.subscribe(
        ({ event, line, nanos }) => {
          if (until !== undefined && nanos > until) return;
          if (matches(event, filters)) call.response.write(line);
        },
        since ?? (until === undefined ? undefined : 0n),
      );
      if (!past) await untilTimeOrGone(until, call.signal);
      unsubscribe();
      call.response.end();
    },
  },
];

function complete(event: NewEvent, nanos: bigint): EngineEvent {
  const common = {
    ...event,
    scope: 'local' as const,
    time: Number(nanos / 1_000_000_000n),
    timeNano: Number(nanos),
  };
  const { ID, Attributes } = event.Actor;
  const id = ID === '' ? {} : { id: ID };
  // What clients before 1.22 read, still sent by Docker for these two types.
  if (event.Type === 'container') {
    return {
      status: event.Action,
      ...id,
      ...(Attributes.image ? { from: Attributes.image } : {}),
      ...common,
    };
  }
  if (event.Type === 'image') return { status: event.Action, ...id, ...common };
  return common;
}

/** JavaScript's numbers are too short for nanoseconds: the last key is written by hand. */
function toLine(event: EngineEvent, nanos: bigint): string {
  return `${JSON.stringify({ ...event, timeNano: undefined }).slice(0, -1)},"timeNano":${nanos}}\n`;
}

function matches(event: EngineEvent, filters: Filters): boolean {
  for (const [name, values] of filters) {
    if (values.length > 0 && !matchesOne(event, name, values)) return false;
  }
  return true;
}

/** What an event can be of, and a filter can name. */
const ACTORS = ['config', 'container', 'daemon', 'network', 'node', 'plugin', 'secret', 'service', 'volume'];

function matchesOne(event: EngineEvent, name: string, values: readonly string[]): boolean {
  const { ID, Attributes } = event.Actor;
  switch (name) {
    case 'event':
      // `exec_create: sh` is asked for as `exec_create`, `health_status: healthy` in both ways.
      return values.some((value) => event.Action === value || event.Action.split(':')[0] === value);
    case 'type':
      return values.includes(event.Type);
    case 'scope':
      return values.includes(event.scope);
    case 'label':
      return values.every((value) => {
        const [key, ...rest] = value.split('=');
        const found = Attributes[key ?? ''];
        return found !== undefined && (rest.length === 0 || found === rest.join('='));
      });
    case 'image':
      return ['image', 'container'].includes(event.Type) && matchesImage(event, values);
    default:
      if (!ACTORS.includes(name)) return true;
      return (
        event.Type === name &&
        values.some((value) => [ID, Attributes.name].some((each) => each?.startsWith(value)))
      );
  }
}

function matchesImage(event: EngineEvent, values: readonly string[]): boolean {
  const own =
    event.Type === 'image' ? [event.Actor.ID, event.Actor.Attributes.name] : [event.Actor.Attributes.image];
  const names = own.flatMap((name) => (name === undefined ? [] : [name, withoutTag(name)]));
  return values.some((value) => names.includes(value));
}

function withoutTag(reference: string): string {
  return reference.replace(/:[^:/]*$/, '');
}

function seconds(nanos: bigint): string {
  return String(nanos / 1_000_000_000n);
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

async function untilTimeOrGone(until: bigint | undefined, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const wait = until === undefined ? undefined : Number((until - now()) / 1_000_000n);
    const timer =
      wait === undefined ? undefined : setTimeout(resolve, Math.min(Math.max(wait, 0), LONGEST_TIMER_MS));
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
