import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { PreviewPlace } from './origin.ts';

/** How long an address that was asked for can be opened, … */
const TICKET_MS = 60_000;
/** … and how long the browser may come back after that. */
const VISIT_MS = 12 * 3_600_000;
/** Tickets that wait for their one use; the oldest goes first. */
const TICKETS_MAX = 1000;

interface Ticket extends PreviewPlace {
  readonly until: number;
}

/** Who may open a port: whoever brings a ticket, once, and then the browser that has the cookie it was given for it. */
export class PreviewKeys {
  /** By the hash of the ticket. */
  readonly #tickets = new Map<string, Ticket>();
  readonly #key = randomBytes(32);
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  ticket(place: PreviewPlace): string {
    const token = randomBytes(24).toString('base64url');
    this.#tickets.set(hash(token), { ...place, until: this.#now() + TICKET_MS });
    const [oldest] = this.#tickets.keys();
    if (this.#tickets.size > TICKETS_MAX && oldest !== undefined) this.#tickets.delete(oldest);
    return token;
  }

  /** Whether the ticket was one for this place; it is none any more. */
  redeem(token: string, { port, session }: PreviewPlace): boolean {
    const id = hash(token);
    const ticket = this.#tickets.get(id);
    if (ticket?.port !== port || ticket.session !== session) return false;
    this.#tickets.delete(id);
    return ticket.until >= this.#now();
  }

  /** For the cookie of the place's own origin. */
  pass(place: PreviewPlace): string {
    const until = this.#now() + VISIT_MS;
    return `${until}.${this.#sign(place, until)}`;
  }

  admits(pass: string | undefined, place: PreviewPlace): boolean {
    const [until = '', signature = ''] = (pass ?? '').split('.');
    if (!/^\d{1,16}$/.test(until) || Number(until) < this.#now()) return false;
    const [given, right] = [Buffer.from(signature), Buffer.from(this.#sign(place, Number(until)))];
    return given.length === right.length && timingSafeEqual(given, right);
  }

  #sign({ port, session }: PreviewPlace, until: number): string {
    return createHmac('sha256', this.#key).update(`${session} ${port} ${until}`).digest('base64url');
  }
}

const hash = (token: string): string => createHash('sha256').update(token).digest('base64url');
