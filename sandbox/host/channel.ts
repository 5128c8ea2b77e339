import {
  envelope,
  envelopeSchema,
  replySchema,
  requestSchema,
  type Call,
  type Reply,
  type Request,
  type Result,
} from './messages.ts';
import {
  SupervisorError,
  type CreateSession,
  type HostRoom,
  type SessionEvent,
  type SessionInfo,
  type Supervisor,
} from './supervisor.ts';

/** What is used of a Node process with an IPC channel: `process` in a child, the `ChildProcess` in its parent. */
export interface Channel {
  send?(message: unknown, callback?: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'disconnect', listener: () => void): unknown;
}

export interface ServeOptions {
  /**
   * Lets the client have folders of the host shown in a session: with it the client is as good as root here. Only for a
   * client that is root itself; the web server, which strangers speak to, must not have it.
   */
  readonly hostMounts?: boolean;
}

/** Answers a client's calls until the channel closes or the returned function is called. The client cannot close it. */
export function serveSupervisor(
  supervisor: Supervisor,
  channel: Channel,
  { hostMounts = false }: ServeOptions = {},
): () => void {
  let unwatch: (() => void) | undefined;
  const reply = (message: Reply): void => post(channel, message);
  const onMessage = (raw: unknown): void => {
    const request = read(raw, requestSchema);
    if (request === undefined) return;
    switch (request.type) {
      case 'watch':
        unwatch?.();
        unwatch = request.on ? supervisor.watch((event) => reply({ type: 'event', event })) : undefined;
        return;
      case 'call':
        void permitted(request.call, hostMounts)
          .then((call) => carryOut(supervisor, call))
          .then((result): Reply => ({
            type: 'result',
            number: request.number,
            ...(result === undefined ? {} : { result }),
          }))
          .catch((error: unknown) => failure(request.number, error))
          .then(reply);
    }
  };
  const end = (): void => {
    unwatch?.();
    channel.off('message', onMessage);
    channel.off('disconnect', end);
  };
  channel.on('message', onMessage);
  channel.on('disconnect', end);
  return end;
}

async function permitted(call: Call, hostMounts: boolean): Promise<Call> {
  if (call.method === 'create' && call.options.mounts !== undefined && !hostMounts)
    throw new SupervisorError('invalid', 'Folders of the host are not shown to sessions here.');
  return call;
}

function carryOut(supervisor: Supervisor, call: Call): Promise<Result | undefined> {
  switch (call.method) {
    case 'create':
      return supervisor.create(withoutUndefined(call.options));
    case 'list':
    case 'room':
      return supervisor[call.method]();
    case 'destroy':
      return supervisor.destroy(call.id).then(() => undefined);
    case 'get':
    case 'stop':
    case 'resume':
    case 'reset':
    case 'snapshot':
      return supervisor[call.method](call.id);
    case 'restore':
      return supervisor.restore(call.id, call.snapshot);
  }
}

/** JSON has no `undefined`, and the types tell it from an absent key. */
const withoutUndefined = (options: object): CreateSession =>
  JSON.parse(JSON.stringify(options)) as CreateSession;

function failure(number: number, error: unknown): Reply {
  const kind = error instanceof SupervisorError ? error.kind : 'failed';
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'error', number, kind, message };
}

/** The supervisor at the other end of the channel. */
export function connectSupervisor(channel: Channel): Supervisor {
  return new SupervisorClient(channel);
}

interface Waiting {
  readonly resolve: (result: Result | undefined) => void;
  readonly reject: (error: Error) => void;
}

class SupervisorClient implements Supervisor {
  readonly #channel: Channel;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  #next = 0;
  #closed = false;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.on('message', this.#onMessage);
    channel.on('disconnect', this.#onDisconnect);
  }

  create(options: CreateSession = {}): Promise<SessionInfo> {
    const { limits, mounts } = options;
    const sent = {
      ...(limits === undefined ? {} : { limits }),
      ...(mounts === undefined ? {} : { mounts: [...mounts] }),
    };
    return this.#one({ method: 'create', options: sent });
  }

  get(id: string): Promise<SessionInfo> {
    return this.#one({ method: 'get', id });
  }

  async list(): Promise<SessionInfo[]> {
    const result = await this.#call({ method: 'list' });
    if (!Array.isArray(result)) throw unexpected();
    return result;
  }

  async room(): Promise<HostRoom> {
    const result = await this.#call({ method: 'room' });
    if (result === undefined || !('diskBytes' in result)) throw unexpected();
    return result;
  }

  stop(id: string): Promise<SessionInfo> {
    return this.#one({ method: 'stop', id });
  }

  resume(id: string): Promise<SessionInfo> {
    return this.#one({ method: 'resume', id });
  }

  reset(id: string): Promise<SessionInfo> {
    return this.#one({ method: 'reset', id });
  }

  snapshot(id: string): Promise<SessionInfo> {
    return this.#one({ method: 'snapshot', id });
  }

  restore(id: string, snapshot: string): Promise<SessionInfo> {
    return this.#one({ method: 'restore', id, snapshot });
  }

  async destroy(id: string): Promise<void> {
    await this.#call({ method: 'destroy', id });
  }

  watch(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1 && !this.#closed) post(this.#channel, { type: 'watch', on: true });
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0 || this.#closed) return;
      post(this.#channel, { type: 'watch', on: false });
    };
  }

  /** Ends this client only: the supervisor belongs to the other side. */
  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#listeners.size > 0) post(this.#channel, { type: 'watch', on: false });
    this.#listeners.clear();
    this.#onDisconnect();
  }

  readonly #onMessage = (raw: unknown): void => {
    const reply = read(raw, replySchema) as Reply | undefined;
    if (reply === undefined) return;
    if (reply.type === 'event') {
      for (const listener of this.#listeners) listener(reply.event);
      return;
    }
    const waiting = this.#waiting.get(reply.number);
    this.#waiting.delete(reply.number);
    if (reply.type === 'result') waiting?.resolve(reply.result);
    else waiting?.reject(new SupervisorError(reply.kind, reply.message));
  };

  readonly #onDisconnect = (): void => {
    this.#closed = true;
    this.#channel.off('message', this.#onMessage);
    this.#channel.off('disconnect', this.#onDisconnect);
    for (const { reject } of this.#waiting.values()) reject(gone());
    this.#waiting.clear();
  };

  async #one(call: Call): Promise<SessionInfo> {
    const result = await this.#call(call);
    if (result === undefined || !('id' in result)) throw unexpected();
    return result;
  }

  #call(call: Call): Promise<Result | undefined> {
    if (this.#closed) return Promise.reject(gone());
    const number = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      post(this.#channel, { type: 'call', number, call });
    });
  }
}

const gone = (): SupervisorError =>
  new SupervisorError('failed', 'The supervisor cannot be reached any more.');
const unexpected = (): SupervisorError =>
  new SupervisorError('failed', 'The supervisor gave an answer that does not fit the question.');

function post(channel: Channel, message: Request | Reply): void {
  // A channel that closes meanwhile tells it by `disconnect`.
  channel.send?.(envelope(message), () => undefined);
}

function read<T>(
  raw: unknown,
  schema: { safeParse(value: unknown): { data?: T | undefined } },
): T | undefined {
  const found = envelopeSchema.safeParse(raw).data;
  return found === undefined ? undefined : schema.safeParse(found.slipwaySupervisor).data;
}
