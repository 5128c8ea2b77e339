import type { OwnedSession, Sessions } from '../sessions/sessions.ts';
import { MachineUplink, type Services } from './machine-uplink.ts';

export interface UplinksOptions {
  readonly sessions: Sessions;
  readonly services: Services;
  /** Called with the id of a session that is no more. */
  readonly ended?: (id: string) => void;
}

/** The ways from all running machines to the server (sandbox/engine/uplink.ts has the other end). */
export class Uplinks {
  readonly #options: UplinksOptions;
  readonly #uplinks = new Map<string, MachineUplink>();
  readonly #unlisten: () => void;

  constructor(options: UplinksOptions) {
    this.#options = options;
    this.#unlisten = options.sessions.listen({
      changed: (session) => this.#changed(session),
      wasReset: (session) => {
        this.#close(session.record.id);
        this.#changed(session);
      },
      ended: (id) => {
        this.#close(id);
        options.ended?.(id);
      },
      notice: () => undefined,
    });
    for (const session of options.sessions.all()) this.#changed(session);
  }

  close(): void {
    this.#unlisten();
    for (const id of [...this.#uplinks.keys()]) this.#close(id);
  }

  #changed({ record, info }: OwnedSession): void {
    if (info.state !== 'running') this.#close(record.id);
    else if (!this.#uplinks.has(record.id)) {
      const machine = { id: record.id, owner: record.owner };
      const uplink = new MachineUplink(machine, info.engineSocket, this.#options.services);
      this.#uplinks.set(record.id, uplink);
      uplink.fill();
    }
  }

  #close(id: string): void {
    this.#uplinks.get(id)?.close();
    this.#uplinks.delete(id);
  }
}
