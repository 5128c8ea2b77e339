import type { SessionSocket } from './socket.ts';

/**
 * A part of the page that speaks with the server for itself over the session's connection, such as the map. `begin` is
 * called whenever the machine can be asked, also after it was away; what it returns is called when it cannot any more.
 */
export interface SessionPart {
  begin(socket: SessionSocket): () => void;
}

/** The parts of one page, and how each ends what it has begun. */
export class SessionParts {
  readonly #parts = new Map<SessionPart, (() => void) | null>();

  /** Lets a part speak from the next `update` on; returns the way to stop. */
  join(part: SessionPart): () => void {
    this.#parts.set(part, null);
    return () => {
      this.#parts.get(part)?.();
      this.#parts.delete(part);
    };
  }

  /** The connection over which the machine can be asked now; `null` when it cannot. */
  update(socket: SessionSocket | null): void {
    for (const [part, end] of this.#parts) {
      if ((end !== null) === (socket !== null)) continue;
      end?.();
      this.#parts.set(part, socket ? part.begin(socket) : null);
    }
  }
}
