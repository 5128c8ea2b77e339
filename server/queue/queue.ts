import { Refusal, toRefusal } from '../refusal.ts';
import type { Learner } from '../sessions/learner.ts';
import type { QueueEvents, QueuePlace } from './protocol.ts';

/** How long a place is kept that no page follows, in milliseconds: a reload on a slow line fits in. */
export const ABSENCE_MAX_MS = 30_000;

/** How often the head of the queue tries, in milliseconds: memory becomes free without anybody saying so. */
const TRY_EVERY_MS = 2_000;

/** Pages that may follow one learner's place. */
const FOLLOWERS_MAX = 8;

export interface QueueOptions {
  /** Learners that may wait at once; whoever comes after them is refused. 0: nobody waits, everybody is refused. */
  readonly places: number;
  /** Calls `listener` whenever there may be room that was not there before; returns the way to stop it. */
  readonly watchRoom: (listener: () => void) => () => void;
  readonly report: (message: string, error?: unknown) => void;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
}

export type QueueEvent = {
  readonly [Name in keyof QueueEvents]: { readonly name: Name; readonly data: QueueEvents[Name] };
}[keyof QueueEvents];

export type Follower = (event: QueueEvent) => void;

/** How a wait came to its end. `left`: given up, by a click or by absence. */
export type WaitOutcome = 'admitted' | 'left' | 'refused';

export interface QueueListener {
  ended(outcome: WaitOutcome, waitedMs: number): void;
}

interface Entry {
  readonly address: string;
  readonly sinceMs: number;
  readonly followers: Set<Follower>;
  /** Makes the machine; throws a refusal of kind `full` while there is no room. */
  make: () => Promise<unknown>;
  /** Runs while no page follows. */
  absence: NodeJS.Timeout | undefined;
}

/**
 * Learners who wait for a machine, in the order they came, each once. The first one whose page is open gets the next room;
 * nobody else is let past them. It lives in memory: after a restart of the server, pages come back in the order they connect.
 */
export class Queue {
  readonly #options: QueueOptions;
  readonly #now: () => number;
  readonly #entries = new Map<Learner, Entry>();
  readonly #listeners = new Set<QueueListener>();
  readonly #unwatch: () => void;
  #timer: NodeJS.Timeout | undefined;
  #admitting = false;
  /** Something changed while the head was being admitted. */
  #news = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#unwatch = options.watchRoom(() => void this.#admit());
  }

  get length(): number {
    return this.#entries.size;
  }

  listen(listener: QueueListener): void {
    this.#listeners.add(listener);
  }

  /** Boots what takes room, unless somebody waits for that room; then throws `full`. For those who do not ask for a place. */
  async unlessAwaited<T>(boot: () => Promise<T>): Promise<T> {
    if (this.#entries.size === 0) return boot();
    throw new Refusal(
      'full',
      'Other people wait for a machine. Start yours, and you wait in line with them.',
    );
  }

  /**
   * What `make` gives, at once when there is room and nobody waits; the learner's place otherwise. Throws `full` when the
   * queue itself has no place left. `address`: where the learner comes from.
   */
  async obtain<T>(
    learner: Learner,
    make: () => Promise<T>,
    address: string,
  ): Promise<{ made: T } | { waits: QueuePlace }> {
    const waiting = this.#entries.get(learner);
    if (waiting) {
      waiting.make = make;
      return { waits: this.#placeOf(learner) };
    }
    if (this.#entries.size === 0) {
      try {
        return { made: await make() };
      } catch (error) {
        const refusal = toRefusal(error);
        if (refusal.kind !== 'full' || this.#options.places === 0) throw error;
      }
    }
    this.#join(learner, make, address);
    return { waits: this.#placeOf(learner) };
  }

  /** Tells the learner's place now and on every change, until it ends or the returned function is called. */
  follow(learner: Learner, follower: Follower): (() => void) | undefined {
    const entry = this.#entries.get(learner);
    if (!entry) return undefined;
    if (entry.followers.size >= FOLLOWERS_MAX)
      throw new Refusal('too-many', 'Too many pages wait for this machine. Close some of them.');
    clearTimeout(entry.absence);
    entry.followers.add(follower);
    follower({ name: 'place', data: this.#placeOf(learner) });
    void this.#admit();
    return () => {
      entry.followers.delete(follower);
      if (this.#entries.get(learner) === entry && entry.followers.size === 0)
        this.#awaitReturn(learner, entry);
    };
  }

  leave(learner: Learner): void {
    this.#end(learner, 'left');
  }

  close(): void {
    this.#unwatch();
    clearInterval(this.#timer);
    for (const { absence } of this.#entries.values()) clearTimeout(absence);
    this.#entries.clear();
    this.#listeners.clear();
  }

  #join(learner: Learner, make: () => Promise<unknown>, address: string): void {
    const { places } = this.#options;
    // While the host refused, the learner may have come in on another page.
    const there = this.#entries.get(learner);
    if (there) {
      there.make = make;
      return;
    }
    if (this.#entries.size >= places && !this.#makePlace(address)) {
      throw new Refusal(
        'full',
        `All machines are taken, and ${places} people wait already. Come back in a while; lessons can be read without a machine.`,
      );
    }
    const entry: Entry = { address, sinceMs: this.#now(), followers: new Set(), make, absence: undefined };
    this.#entries.set(learner, entry);
    this.#awaitReturn(learner, entry);
    this.#timer ??= setInterval(() => void this.#admit(), TRY_EVERY_MS).unref();
    this.#tellPlaces();
  }

  /**
   * In a full queue, the last one of the address that most come from makes place for somebody of an address with clearly
   * fewer: nobody can keep others out with many browsers. False when there is no such one.
   */
  #makePlace(address: string): boolean {
    const counts = new Map<string, number>();
    for (const entry of this.#entries.values())
      counts.set(entry.address, (counts.get(entry.address) ?? 0) + 1);
    const most = Math.max(...counts.values());
    if (most < (counts.get(address) ?? 0) + 2) return false;
    const [learner] = [...this.#entries].findLast(([, entry]) => counts.get(entry.address) === most) ?? [];
    if (learner === undefined) return false;
    const error =
      'The queue is full, and most who wait come from your address: your place went to somebody else. Come back in a while.';
    this.#end(learner, 'refused', { name: 'refused', data: { error } });
    return true;
  }

  #awaitReturn(learner: Learner, entry: Entry): void {
    entry.absence = setTimeout(() => this.#end(learner, 'left'), ABSENCE_MAX_MS).unref();
  }

  #placeOf(learner: Learner): QueuePlace {
    return { place: [...this.#entries.keys()].indexOf(learner) + 1, of: this.#entries.size };
  }

  /** Makes machines for those in front until there is no room. One at a time: each takes room from the next. */
  async #admit(): Promise<void> {
    this.#news = true;
    if (this.#admitting) return;
    this.#admitting = true;
    try {
      while (this.#takeNews()) {
        let more = true;
        while (more) more = await this.#admitNext();
      }
    } finally {
      this.#admitting = false;
    }
  }

  #takeNews(): boolean {
    const news = this.#news;
    this.#news = false;
    return news;
  }

  /** False when there is nobody or no room. Nothing is made for somebody whose page is closed. */
  async #admitNext(): Promise<boolean> {
    const next = [...this.#entries].find(([, { followers }]) => followers.size > 0);
    if (!next) return false;
    const [learner, entry] = next;
    try {
      await entry.make();
      this.#end(learner, 'admitted', { name: 'turn', data: {} });
    } catch (error) {
      const refusal = toRefusal(error);
      if (refusal.kind === 'full') return false;
      if (refusal.kind === 'failed')
        this.#options.report('A machine for who was next in the queue failed.', error);
      this.#end(learner, 'refused', { name: 'refused', data: { error: refusal.message } });
    }
    return true;
  }

  #end(learner: Learner, outcome: WaitOutcome, last?: QueueEvent): void {
    const entry = this.#entries.get(learner);
    if (!entry) return;
    this.#entries.delete(learner);
    clearTimeout(entry.absence);
    if (last) for (const follower of entry.followers) follower(last);
    if (this.#entries.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    for (const listener of this.#listeners) listener.ended(outcome, this.#now() - entry.sinceMs);
    this.#tellPlaces();
  }

  #tellPlaces(): void {
    let place = 0;
    for (const { followers } of this.#entries.values()) {
      place += 1;
      for (const follower of followers) follower({ name: 'place', data: { place, of: this.#entries.size } });
    }
  }
}
