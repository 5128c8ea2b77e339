import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { checkedLimits } from './admission.ts';
import { connectSupervisor, serveSupervisor, type Channel } from './channel.ts';
import { supervisorConformance } from './conformance.ts';
import {
  DEFAULT_LIMITS,
  SupervisorError,
  type CreateSession,
  type HostRoom,
  type SessionEnd,
  type SessionEvent,
  type SessionInfo,
  type SessionState,
  type Supervisor,
} from './supervisor.ts';

/** Keeps sessions in memory and boots nothing. */
class MemorySupervisor implements Supervisor {
  readonly #sessions = new Map<string, SessionInfo>();
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  #next = 0;

  async create({ limits }: CreateSession = {}): Promise<SessionInfo> {
    const id = `session${String(this.#next++).padStart(9, '0')}`;
    const base = {
      id,
      limits: checkedLimits({ ...DEFAULT_LIMITS, ...limits }),
      createdAt: new Date().toISOString(),
    };
    this.#sessions.set(id, { ...base, state: 'stopped', engineSocket: '/nowhere', snapshots: [] });
    return this.#turn(id, ['starting', 'running']);
  }

  async get(id: string): Promise<SessionInfo> {
    const found = this.#sessions.get(id);
    if (found === undefined) throw new SupervisorError('not-found', `There is no session ${id}.`);
    return found;
  }

  async list(): Promise<SessionInfo[]> {
    return [...this.#sessions.values()];
  }

  async room(): Promise<HostRoom> {
    return { memoryBytes: 4e9, diskBytes: 9e9 };
  }

  async stop(id: string): Promise<SessionInfo> {
    const { state } = await this.get(id);
    return this.#turn(id, state === 'running' ? ['stopping', 'stopped'] : [], {
      kind: 'stopped',
      message: 'Stopped.',
    });
  }

  async resume(id: string): Promise<SessionInfo> {
    const { state } = await this.get(id);
    return this.#turn(id, state === 'running' ? [] : ['starting', 'running']);
  }

  async reset(id: string): Promise<SessionInfo> {
    await this.stop(id);
    return this.resume(id);
  }

  async snapshot(id: string): Promise<SessionInfo> {
    const info = await this.get(id);
    if (info.state !== 'running') throw new SupervisorError('conflict', 'It does not run.');
    const taken = {
      id: `snap${String(this.#next++).padStart(4, '0')}`,
      takenAt: new Date().toISOString(),
      bytes: 0,
    };
    this.#sessions.set(id, { ...info, snapshots: [...info.snapshots, taken] });
    return this.get(id);
  }

  async restore(id: string, snapshot: string): Promise<SessionInfo> {
    const { snapshots } = await this.get(id);
    if (!snapshots.some((each) => each.id === snapshot))
      throw new SupervisorError('not-found', 'There is no such snapshot.');
    return this.reset(id);
  }

  async destroy(id: string): Promise<void> {
    await this.get(id);
    this.#sessions.delete(id);
    this.#emit({ type: 'destroyed', id });
  }

  watch(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }

  async #turn(id: string, states: readonly SessionState[], end?: SessionEnd): Promise<SessionInfo> {
    for (const state of states) {
      const { limits, createdAt, engineSocket, snapshots } = await this.get(id);
      const turned = {
        id,
        limits,
        createdAt,
        engineSocket,
        snapshots,
        state,
        ...(end && state === 'stopped' ? { end } : {}),
      };
      this.#sessions.set(id, turned);
      this.#emit({ type: 'state', session: turned });
    }
    return this.get(id);
  }

  #emit(event: SessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** Two ends of one channel, with JSON and a turn of the event loop in between, as Node has it. */
class End extends EventEmitter implements Channel {
  other: End | undefined;

  send(message: unknown): void {
    const text = JSON.stringify(message);
    setImmediate(() => this.other?.emit('message', JSON.parse(text)));
  }
}

function channelPair(): [End, End] {
  const [server, client] = [new End(), new End()];
  [server.other, client.other] = [client, server];
  return [server, client];
}

supervisorConformance('a supervisor in memory', async () => {
  const supervisor = new MemorySupervisor();
  return { supervisor, close: () => supervisor.close() };
});

supervisorConformance('a supervisor over a channel', async () => {
  const [server, client] = channelPair();
  serveSupervisor(new MemorySupervisor(), server);
  const supervisor = connectSupervisor(client);
  return { supervisor, close: () => supervisor.close() };
});

describe('the channel', () => {
  it('drops what it does not understand', async () => {
    const [server, client] = channelPair();
    serveSupervisor(new MemorySupervisor(), server);
    const supervisor = connectSupervisor(client);
    const call = { type: 'call', number: 99, call: { method: 'close' } };
    for (const message of [null, 'x', { slipwaySupervisor: 1 }, { slipwaySupervisor: call }])
      client.send(message);
    for (const message of [null, { slipwaySupervisor: { type: 'result', number: 7 } }]) server.send(message);
    expect(await supervisor.list()).toEqual([]);
  });

  it('leaves other messages to others', async () => {
    const [server, client] = channelPair();
    serveSupervisor(new MemorySupervisor(), server);
    const seen: unknown[] = [];
    server.on('message', (message) => seen.push(message));
    client.send({ hello: 1 });
    await connectSupervisor(client).list();
    expect(seen[0]).toEqual({ hello: 1 });
  });

  it('rejects what waits when the other side is gone, and whatever comes after', async () => {
    const [server, client] = channelPair();
    const supervisor = connectSupervisor(client);
    const waiting = supervisor.list();
    client.emit('disconnect');
    await expect(waiting).rejects.toMatchObject({ kind: 'failed' });
    await expect(supervisor.create()).rejects.toMatchObject({ kind: 'failed' });
    expect(server.listenerCount('message')).toBe(0);
  });

  it('stops to watch when the client is gone', () => {
    const [server, client] = channelPair();
    const memory = new MemorySupervisor();
    let watchers = 0;
    const watched: Supervisor = Object.assign(Object.create(memory) as Supervisor, {
      watch: () => {
        watchers++;
        return () => watchers--;
      },
    });
    serveSupervisor(watched, server);
    server.emit('message', { slipwaySupervisor: { type: 'watch', on: true } });
    expect(watchers).toBe(1);
    server.emit('disconnect');
    expect(watchers).toBe(0);
    client.removeAllListeners();
  });

  it('hides no kind of error', async () => {
    const [server, client] = channelPair();
    const full: Supervisor = Object.assign(new MemorySupervisor(), {
      create: async () => {
        throw new SupervisorError('full', 'No room.');
      },
      list: async () => {
        throw new TypeError('A mistake.');
      },
    });
    serveSupervisor(full, server);
    const supervisor = connectSupervisor(client);
    await expect(supervisor.create()).rejects.toMatchObject({ kind: 'full', message: 'No room.' });
    await expect(supervisor.list()).rejects.toMatchObject({ kind: 'failed', message: 'A mistake.' });
  });

  it('shows no folder of the host to a session for a client that is not root itself', async () => {
    const [server, client] = channelPair();
    const asked: CreateSession[] = [];
    const supervisor = new MemorySupervisor();
    const create = supervisor.create.bind(supervisor);
    supervisor.create = (options) => {
      asked.push(options ?? {});
      return create(options);
    };
    const end = serveSupervisor(supervisor, server);
    const far = connectSupervisor(client);
    const mounts = [{ source: '/', target: '/host', readOnly: false }];
    await expect(far.create({ mounts })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(far.create({ mounts: [] })).rejects.toMatchObject({ kind: 'invalid' });
    expect(asked).toEqual([]);
    end();

    serveSupervisor(supervisor, server, { hostMounts: true });
    await far.create({ mounts });
    expect(asked).toEqual([{ mounts }]);
  });
});
