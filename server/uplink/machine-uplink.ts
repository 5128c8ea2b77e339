import type { Duplex } from 'node:stream';
import type { UplinkService } from '../../sandbox/engine/routes.ts';
import { EngineClient, EngineRefused } from '../engine/client.ts';

/** Connections left with an engine for what it may want next: a pull takes several at once. */
const PARKED = 2;
/** Connections of one session that may be in use: a browser opens a few, npm fifty. */
const IN_USE_MAX = 64;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;
/** Bytes of a service's name and the newline. */
const NAME_MAX_BYTES = 16;

/** Whose connection it is. The session cannot say: it is where the server left the connection. */
export interface Machine {
  readonly id: string;
  /** The learner; see `sessions/learner.ts`. */
  readonly owner: string;
}

/** What is done with a connection that an engine has taken for a service. */
export type AcceptService = (socket: Duplex, machine: Machine) => void;

export type Services = Readonly<Partial<Record<UplinkService, AcceptService>>>;

/** The connections that are left with one engine (sandbox/engine/uplink.ts has the other end). */
export class MachineUplink {
  readonly #machine: Machine;
  readonly #engine: EngineClient;
  readonly #services: Services;
  readonly #parked = new Set<Duplex>();
  readonly #inUse = new Set<Duplex>();
  #opening = 0;
  #closed = false;
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;

  constructor(machine: Machine, engineSocket: string, services: Services) {
    this.#machine = machine;
    this.#engine = new EngineClient(engineSocket);
    this.#services = services;
  }

  /** Leaves as many connections as there should be. */
  fill(): void {
    if (this.#closed || this.#retry) return;
    while (this.#parked.size + this.#opening < PARKED && this.#inUse.size + this.#opening < IN_USE_MAX) {
      this.#opening += 1;
      void this.#park();
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#engine.close();
    for (const socket of [...this.#parked, ...this.#inUse]) socket.destroy();
  }

  async #park(): Promise<void> {
    try {
      const { socket, head } = await this.#engine.upgrade('/slipway/uplink');
      // Who waits for a connection already speaks at once.
      if (head.byteLength > 0) socket.unshift(head);
      this.#opening -= 1;
      this.#retryMs = FIRST_RETRY_MS;
      if (this.#closed) socket.destroy();
      else this.#wait(socket);
    } catch (error) {
      this.#opening -= 1;
      // An engine from before there were uplinks has none until it boots anew.
      if (error instanceof EngineRefused && error.status === 404) this.#closed = true;
      else this.#retryLater();
    }
  }

  #retryLater(): void {
    if (this.#closed || this.#retry) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.fill();
    }, this.#retryMs);
    this.#retry.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }

  /** Until the engine says what it wants the connection for. */
  #wait(socket: Duplex): void {
    this.#parked.add(socket);
    socket.on('error', () => socket.destroy());
    // An end from the other side, while nobody answers it, would leave half a connection here for ever.
    const end = () => socket.destroy();
    socket.once('end', end);
    socket.once('close', () => {
      const waited = this.#parked.delete(socket);
      this.#inUse.delete(socket);
      // One that was closed without being used: the engine is ending, or nobody's.
      if (waited) this.#retryLater();
      else this.fill();
    });
    let name = '';
    const read = () => {
      name += (socket.read() as Buffer | null)?.toString('latin1') ?? '';
      if (!name.includes('\n') && name.length < NAME_MAX_BYTES) return;
      socket.off('readable', read);
      socket.off('end', end);
      this.#take(socket, name);
    };
    // Not `data`: a stream that flows once does not wait for its next reader.
    socket.on('readable', read);
  }

  #take(socket: Duplex, line: string): void {
    this.#parked.delete(socket);
    this.#inUse.add(socket);
    this.fill();
    // The engine sends nothing more before it has the answer.
    const name = line.endsWith('\n') ? line.slice(0, -1) : '';
    const accept = Object.hasOwn(this.#services, name) ? this.#services[name as UplinkService] : undefined;
    if (!accept) {
      socket.end('no\n');
      return;
    }
    socket.write('ok\n');
    accept(socket, this.#machine);
  }
}
