import type { Rooms } from '../rooms/rooms.ts';
import type { Sessions } from './sessions.ts';

/** How often machines are looked at that nobody looks at, in milliseconds. */
const LOOK_EVERY_MS = 15_000;

export interface IdleOptions {
  readonly sessions: Sessions;
  readonly rooms: Pick<Rooms, 'pages'>;
  /** How long a machine runs that no page shows. */
  readonly idleMs: number;
  readonly report: (message: string, error?: unknown) => void;
  readonly now?: () => number;
}

/**
 * Puts machines to sleep that no page has shown for a while: their processes end, their disks stay, and the next visit
 * boots them. What a class leaves open in the evening costs no memory.
 */
export class Idle {
  readonly #options: IdleOptions;
  readonly #now: () => number;
  /** Since when nobody looks, in the clock's milliseconds. */
  readonly #alone = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: IdleOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Looks once; resolves when those that were due are asleep. */
  async look(): Promise<void> {
    const { sessions, rooms, idleMs } = this.#options;
    const now = this.#now();
    const running = sessions.all().filter(({ info }) => info.state === 'running');
    const alone = running.map(({ record }) => record.id).filter((id) => rooms.pages(id) === 0);
    for (const id of this.#alone.keys()) if (!alone.includes(id)) this.#alone.delete(id);
    for (const id of alone) if (!this.#alone.has(id)) this.#alone.set(id, now);
    const due = alone.filter((id) => now - (this.#alone.get(id) ?? now) >= idleMs);
    await Promise.all(due.map((id) => this.#sleep(id)));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #sleep(id: string): Promise<void> {
    this.#alone.delete(id);
    try {
      await this.#options.sessions.sleep(id);
    } catch (error) {
      this.#options.report(`The session ${id} could not be put to sleep.`, error);
    }
  }
}
