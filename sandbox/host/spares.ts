import type { Session } from './session.ts';

/** After a spare was taken, its taker gets the processors first, in milliseconds. */
const REFILL_AFTER_MS = 1000;

export interface SparesOptions {
  /** How many are kept. */
  readonly size: number;
  /** Boots one; rejects when the host has no room. */
  readonly make: () => Promise<Session>;
  /** Removes all that there is of one. */
  readonly remove: (session: Session) => Promise<void>;
}

/** Sessions that run before anybody asks for one, so that whoever does need not wait for a boot. */
export class Spares {
  readonly #options: SparesOptions;
  readonly #ready = new Map<string, Session>();
  #filling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SparesOptions) {
    this.#options = options;
    this.#fill();
  }

  /** Undefined when there is none now. Others are made a little later either way. */
  take(): Session | undefined {
    const [session] = this.#ready.values();
    if (session) this.#ready.delete(session.id);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fill(), REFILL_AFTER_MS);
    this.#timer.unref();
    return session;
  }

  /** A spare that has ended by itself is of no use to anybody. */
  async drop(id: string): Promise<void> {
    const session = this.#ready.get(id);
    this.#ready.delete(id);
    if (session) await this.#options.remove(session);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#filling;
    await Promise.allSettled([...this.#ready.keys()].map(async (id) => this.drop(id)));
  }

  /** Until there are enough, or the host has no room; the next one who takes brings the next try. */
  #fill(): void {
    this.#filling ??= this.#makeMissing()
      .catch(() => undefined)
      .finally(() => (this.#filling = undefined));
  }

  async #makeMissing(): Promise<void> {
    while (!this.#closed && this.#ready.size < this.#options.size) {
      const session = await this.#options.make();
      this.#ready.set(session.id, session);
    }
  }
}
