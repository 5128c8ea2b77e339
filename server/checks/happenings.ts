import type { Build, EngineEvent, Transfer } from '../engine/schemas.ts';

/** Events remembered for checks that ask what has happened, and code units of all of them together. */
const EVENTS_MAX = 1000;
const EVENTS_MAX_LENGTH = 1024 * 1024;
const ACTIVITIES_MAX = 50;

/** A line of the engine's activity. */
export type Activity = { readonly build: Build } | { readonly transfer: Transfer };

/** What has happened in an engine, for checks that ask for it: the last of it, within bounds. */
export class Happenings {
  readonly events: EngineEvent[] = [];
  readonly #builds = new Map<string, Build>();
  readonly #transfers = new Map<string, Transfer>();
  #eventsLength = 0;

  get builds(): Build[] {
    return [...this.#builds.values()];
  }

  get transfers(): Transfer[] {
    return [...this.#transfers.values()];
  }

  remember(event: EngineEvent): void {
    this.events.push(event);
    this.#eventsLength += lengthOf(event);
    while (this.events.length > EVENTS_MAX || this.#eventsLength > EVENTS_MAX_LENGTH)
      this.#eventsLength -= lengthOf(this.events.shift());
  }

  note(line: Activity): void {
    if ('build' in line) keepLast(this.#builds, line.build);
    else keepLast(this.#transfers, line.transfer);
  }

  forgetEvents(): void {
    this.events.length = 0;
    this.#eventsLength = 0;
  }
}

const lengthOf = (event: EngineEvent | undefined): number => JSON.stringify(event ?? '').length;

function keepLast<T extends { readonly id: string }>(all: Map<string, T>, one: T): void {
  all.set(one.id, one);
  const [oldest] = all.keys();
  if (all.size > ACTIVITIES_MAX && oldest !== undefined) all.delete(oldest);
}
