import { io, type Socket } from 'socket.io-client';
import type { ClientToServer, ConnectRefusal, Reply, ServerToClient } from '../server/protocol.ts';

export type ConnectionState =
  | { readonly name: 'connecting' }
  | { readonly name: 'connected' }
  | { readonly name: 'reconnecting'; readonly attempt: number }
  /** The browser itself says that it has no network. */
  | { readonly name: 'offline' }
  /** The server will not have this page, for the given reason; nobody tries again. */
  | { readonly name: 'refused'; readonly reason: string };

/** Messages that the server answers. */
export type Asked = {
  [E in keyof ClientToServer]: Parameters<ClientToServer[E]> extends [unknown, unknown] ? E : never;
}[keyof ClientToServer];
export type Told = Exclude<keyof ClientToServer, Asked>;
export type Answer<E extends Asked> =
  Parameters<Parameters<ClientToServer[E]>[1]>[0] extends Reply<infer T> ? T : never;

/** The connection of one page to one session. It comes back by itself until it is closed or refused. */
export interface SessionSocket {
  readonly connected: boolean;
  /** Dropped while there is no connection: old keys must not arrive minutes later. */
  tell<E extends Told>(event: E, message: Parameters<ClientToServer[E]>[0]): void;
  /** Rejects with a sentence: the server's own, or that the connection is gone. */
  ask<E extends Asked>(event: E, request: Parameters<ClientToServer[E]>[0]): Promise<Answer<E>>;
  /** Hears an event of a part of the page, such as the map; returns the way to stop. */
  listen<E extends PartEvent>(event: E, listener: ServerToClient[E]): () => void;
  /** Tries again now instead of at the next turn. */
  retry(): void;
  close(): void;
}

export interface SocketListener extends Pick<ServerToClient, (typeof EVENTS)[number]> {
  connection: (state: ConnectionState) => void;
}

/** What the parts of the page hear for themselves. */
export type PartEvent = Exclude<keyof ServerToClient, (typeof EVENTS)[number]>;

export type ConnectSocket = (session: string, listener: SocketListener) => SessionSocket;

const ANSWER_TIMEOUT_MS = 15_000;
/** After `busy` or a disconnect by the server, which socket.io does not mend by itself. */
const RETRY_MS = 3_000;
const EVENTS = [
  'session',
  'terminals',
  'terminal:output',
  'terminal:screen',
  'tasks',
  'usage',
  'notice',
  'ended',
] as const satisfies readonly (keyof ServerToClient)[];

export const connectSocket: ConnectSocket = (session, listener) =>
  new IoSocket(
    io({
      transports: ['websocket'],
      auth: { session },
      reconnectionDelay: 250,
      reconnectionDelayMax: 3_000,
      autoConnect: false,
    }),
    listener,
    browserNetwork,
  );

/** What the browser knows of the network. */
export interface Network {
  readonly online: boolean;
  /** Also tells when a page that nobody looked at is looked at again. Returns the way to stop watching. */
  watch(changed: () => void): () => void;
}

const browserNetwork: Network = {
  get online() {
    return navigator.onLine;
  },
  watch(changed) {
    addEventListener('online', changed);
    addEventListener('offline', changed);
    document.addEventListener('visibilitychange', changed);
    return () => {
      removeEventListener('online', changed);
      removeEventListener('offline', changed);
      document.removeEventListener('visibilitychange', changed);
    };
  },
};

/** `SessionSocket` over socket.io. */
export class IoSocket implements SessionSocket {
  readonly #socket: Socket<ServerToClient, ClientToServer>;
  readonly #listener: SocketListener;
  readonly #network: Network;
  readonly #stopWatching: () => void;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(socket: Socket<ServerToClient, ClientToServer>, listener: SocketListener, network: Network) {
    this.#socket = socket;
    this.#listener = listener;
    this.#network = network;
    this.#stopWatching = network.watch(() => this.#networkChanged());
    for (const event of EVENTS) socket.on(event, listener[event]);
    socket.on('connect', () => this.#connected());
    socket.on('disconnect', (reason) => this.#lost(reason === 'io server disconnect'));
    socket.on('connect_error', (error) => this.#failed(error));
    socket.io.on('reconnect_attempt', (attempt) => this.#trying(attempt));
    listener.connection({ name: 'connecting' });
    socket.connect();
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  tell<E extends Told>(event: E, message: Parameters<ClientToServer[E]>[0]): void {
    if (!this.#socket.connected) return;
    this.#socket.emit(event, ...([message] as unknown as Parameters<ClientToServer[E]>));
  }

  async ask<E extends Asked>(event: E, request: Parameters<ClientToServer[E]>[0]): Promise<Answer<E>> {
    const reply = await this.#ask(event, request);
    if (!reply.ok) throw new Error(reply.error);
    return reply.value;
  }

  listen<E extends PartEvent>(event: E, listener: ServerToClient[E]): () => void {
    // Socket.io's types do not follow a name that is a parameter.
    const socket = this.#socket as unknown as Record<'on' | 'off', (event: E, listener: unknown) => void>;
    socket.on(event, listener);
    return () => socket.off(event, listener);
  }

  retry(): void {
    if (this.#closed || this.#socket.connected) return;
    clearTimeout(this.#timer);
    // A manager that waits for its next turn ignores `connect()`; disconnecting first ends the wait.
    this.#socket.disconnect().connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stopWatching();
    this.#socket.disconnect();
  }

  async #ask<E extends Asked>(event: E, request: unknown): Promise<Reply<Answer<E>>> {
    const lost = new Error('The connection is lost. It comes back by itself.');
    if (!this.#socket.connected) throw lost;
    // One call for both questions: the types of socket.io cannot follow the pairing of `Answer`.
    const asking = this.#socket.timeout(ANSWER_TIMEOUT_MS) as unknown as {
      emitWithAck(event: E, request: unknown): Promise<Reply<Answer<E>>>;
    };
    try {
      return await asking.emitWithAck(event, request);
    } catch {
      throw this.connected ? new Error('The server does not answer. Try again in a moment.') : lost;
    }
  }

  #connected(): void {
    this.#attempt = 0;
    this.#listener.connection({ name: 'connected' });
  }

  #lost(byServer: boolean): void {
    if (this.#closed) return;
    this.#trying(0);
    if (byServer) this.#retryLater();
  }

  #failed(error: Error & { data?: ConnectRefusal }): void {
    if (this.#closed) return;
    if (error.data?.code === 'not-found') {
      this.close();
      this.#listener.connection({ name: 'refused', reason: error.message });
      return;
    }
    this.#trying(this.#attempt);
    if (!this.#socket.active) this.#retryLater();
  }

  #trying(attempt: number): void {
    this.#attempt = Math.max(1, attempt);
    this.#report();
  }

  #report(): void {
    if (this.#closed || this.#socket.connected) return;
    this.#listener.connection(
      this.#network.online ? { name: 'reconnecting', attempt: this.#attempt } : { name: 'offline' },
    );
  }

  #networkChanged(): void {
    if (this.#network.online) this.retry();
    else this.#report();
  }

  #retryLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#trying(this.#attempt + 1);
      this.#socket.connect();
    }, RETRY_MS);
  }
}
