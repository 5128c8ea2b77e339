import type { Duplex } from 'node:stream';
import { sendJson } from '../api/respond.ts';
import type { Call, Route } from '../api/router.ts';
import { EngineError } from '../oci/errors.ts';
import type { UplinkService } from './routes.ts';

/** Connections that the server may leave here for later. */
const PARKED_MAX = 4;
/** Programs that wait for a connection. */
const WAITING_MAX = 64;
/** How long to wait for a connection: all may be in use, or the server starts anew. */
const WAIT_MS = 10_000;
/** How long to wait when no server has ever been here. */
const FIRST_WAIT_MS = 1000;
const ANSWER_MAX_BYTES = 64;

interface Parked {
  readonly socket: Duplex;
  /** Takes off what watches it while nobody uses it. */
  stop(): void;
}

interface Waiting {
  give(socket: Duplex): void;
}

/**
 * The way from the session to the server. The session has no network, and no socket of the server is in it: the server,
 * which speaks to the engine anyway, leaves connections here (`POST /slipway/uplink`), and the engine takes one when it
 * has something to ask. So the server knows without asking whose connection each one is.
 */
export class Uplink {
  readonly #parked = new Set<Parked>();
  readonly #waiting = new Set<Waiting>();
  #everParked = false;
  readonly #onServer: () => void;

  /** `onServer` is called once, when the first connection is here. */
  constructor(onServer: () => void = () => undefined) {
    this.#onServer = onServer;
  }

  readonly routes: Route[] = [
    { method: 'POST', path: '/slipway/uplink', handle: (call) => this.#park(call) },
  ];

  /** A connection to the hub's HTTP server. Throws `EngineError('unavailable')` when there is none. */
  readonly openHub = async (signal?: AbortSignal): Promise<Duplex> => {
    const socket = await this.open('hub', signal);
    // HTTP has no use for half a connection; kept for a next request, it would fail that one.
    socket.allowHalfOpen = false;
    return socket;
  };

  /** A connection to one of the server's services; what is sent on it is the service's own protocol. */
  async open(service: UplinkService, signal?: AbortSignal): Promise<Duplex> {
    for (;;) {
      const socket = await this.#take(signal);
      const answer = await ask(socket, service, signal);
      if (answer === 'ok') return socket;
      socket.destroy();
      if (answer !== undefined) throw unreachable(`the server of this machine has no ${service}`);
      // The server has closed it in the meantime; it leaves others.
      signal?.throwIfAborted();
    }
  }

  close(): void {
    for (const { socket } of this.#parked) socket.destroy();
    this.#parked.clear();
  }

  async #park(call: Call): Promise<void> {
    if (this.#parked.size >= PARKED_MAX) {
      sendJson(call.response, 409, { message: 'There are enough connections already.' });
      return;
    }
    const socket = call.hijack('application/octet-stream');
    if (!this.#everParked) this.#onServer();
    this.#everParked = true;
    socket.on('error', () => socket.destroy());
    const [first] = this.#waiting;
    if (first) {
      first.give(socket);
      return;
    }
    const parked: Parked = { socket, stop: () => socket.off('readable', read).off('end', end) };
    // The server says nothing before it is asked: what comes is its end. It shows only to who reads.
    const read = () => socket.read() !== null && socket.destroy();
    const end = () => socket.destroy();
    this.#parked.add(parked);
    socket.once('close', () => this.#parked.delete(parked));
    socket.on('readable', read).once('end', end);
  }

  #take(signal: AbortSignal | undefined): Promise<Duplex> {
    for (const parked of this.#parked) {
      const { socket } = parked;
      this.#parked.delete(parked);
      parked.stop();
      if (!socket.destroyed && socket.readable) return Promise.resolve(socket);
    }
    if (this.#waiting.size >= WAITING_MAX)
      return Promise.reject(unreachable('too much is asked of it at once'));
    return this.#wait(signal);
  }

  #wait(signal: AbortSignal | undefined): Promise<Duplex> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting = {
        give: (socket) => {
          end();
          resolve(socket);
        },
      };
      const fail = (error: unknown) => {
        end();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const onAbort = () => fail(signal?.reason);
      const timer = setTimeout(
        () =>
          fail(
            unreachable(
              this.#everParked
                ? 'the server does not answer'
                : 'this engine runs without the server that has it',
            ),
          ),
        this.#everParked ? WAIT_MS : FIRST_WAIT_MS,
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiting);
    });
  }
}

/** Says which service is wanted: `ok`, another word for no, or undefined when the connection is gone. */
function ask(
  socket: Duplex,
  service: UplinkService,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const end = () => {
      socket.off('readable', onReadable);
      socket.off('close', onClose);
      socket.off('end', onClose);
      signal?.removeEventListener('abort', onAbort);
    };
    const onReadable = () => {
      seen += (socket.read() as Buffer | null)?.toString('latin1') ?? '';
      if (!seen.includes('\n') && seen.length < ANSWER_MAX_BYTES) return;
      end();
      const length = Math.max(0, seen.indexOf('\n'));
      // What follows is not ours.
      if (seen.length > length + 1) socket.unshift(Buffer.from(seen.slice(length + 1), 'latin1'));
      resolve(seen.slice(0, length));
    };
    const onClose = () => {
      end();
      resolve(undefined);
    };
    const onAbort = () => {
      end();
      socket.destroy();
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.on('readable', onReadable);
    socket.once('close', onClose);
    socket.once('end', onClose);
    socket.write(`${service}\n`);
  });
}

function unreachable(why: string): EngineError {
  return new EngineError('unavailable', `the hub cannot be reached: ${why}`);
}
