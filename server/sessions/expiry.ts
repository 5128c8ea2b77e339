import { Refusal } from '../refusal.ts';

/** How long before its end a learner is told, in milliseconds. */
export const WARNING_MS = 10 * 60_000;

/** The longest wait of one timer; `setTimeout` fires at once beyond 2^31 milliseconds. */
const TIMER_MAX_MS = 24 * 3_600_000;

/** What one click on “Extend” adds, in milliseconds. */
const EXTENSION_MS = 3_600_000;

export interface Lifetime {
  readonly lifetimeMs: number;
  /** How long a machine can be kept at most, by extending it. */
  readonly longestMs: number;
}

/** When a machine ends that begins now, and until when it can be extended; ISO 8601. */
export function lifeFromNow({ lifetimeMs, longestMs }: Lifetime): { expiresAt: string; latestEnd: string } {
  const after = (ms: number): string => new Date(Date.now() + ms).toISOString();
  return { expiresAt: after(lifetimeMs), latestEnd: after(Math.max(lifetimeMs, longestMs)) };
}

/** One more hour, up to the latest end. Refuses when that has come already. */
export function extendedEnd({ expiresAt, latestEnd }: { expiresAt: string; latestEnd: string }): string {
  const end = Math.min(Date.parse(expiresAt) + EXTENSION_MS, Date.parse(latestEnd));
  if (end > Date.parse(expiresAt)) return new Date(end).toISOString();
  throw new Refusal(
    'conflict',
    'This machine cannot be kept any longer. Save what you need; you can start a new one afterwards.',
  );
}

export interface ExpiryActions {
  warn(id: string, message: string): void;
  expire(id: string): void;
}

interface Deadline {
  expiresAtMs: number;
  warned: boolean;
  timer: NodeJS.Timeout;
}

/** The ends of all sessions: a warning, then the end. */
export class Expiry {
  readonly #actions: ExpiryActions;
  readonly #deadlines = new Map<string, Deadline>();

  constructor(actions: ExpiryActions) {
    this.#actions = actions;
  }

  /** Sets or moves the end; an end in the past comes at once. */
  set(id: string, expiresAt: string): void {
    this.delete(id);
    const expiresAtMs = Date.parse(expiresAt);
    // One that begins inside the last minutes needs no warning: its end is on the screen anyway.
    const warned = expiresAtMs - Date.now() <= WARNING_MS;
    const deadline: Deadline = { expiresAtMs, warned, timer: setTimeout(() => undefined, 0) };
    this.#deadlines.set(id, deadline);
    this.#wait(id, deadline);
  }

  delete(id: string): void {
    clearTimeout(this.#deadlines.get(id)?.timer);
    this.#deadlines.delete(id);
  }

  close(): void {
    for (const id of [...this.#deadlines.keys()]) this.delete(id);
  }

  #wait(id: string, deadline: Deadline): void {
    clearTimeout(deadline.timer);
    const next = deadline.expiresAtMs - (deadline.warned ? 0 : WARNING_MS);
    const delayMs = Math.min(Math.max(next - Date.now(), 0), TIMER_MAX_MS);
    deadline.timer = setTimeout(() => this.#due(id, deadline, next), delayMs);
    deadline.timer.unref();
  }

  #due(id: string, deadline: Deadline, nextMs: number): void {
    // The last minutes were waited for whole, whatever the clock says by now.
    if (!deadline.warned && Date.now() < nextMs) {
      this.#wait(id, deadline);
      return;
    }
    if (deadline.warned) {
      this.#deadlines.delete(id);
      this.#actions.expire(id);
      return;
    }
    deadline.warned = true;
    // A clock that was put forward, or a host that slept, takes nobody's ten minutes.
    deadline.expiresAtMs = Math.max(deadline.expiresAtMs, Date.now() + WARNING_MS);
    this.#actions.warn(id, 'This machine ends in 10 minutes, with all that is in it.');
    this.#wait(id, deadline);
  }
}
