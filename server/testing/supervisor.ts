import { randomBytes } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
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
} from '../../sandbox/host/supervisor.ts';
import { EngineDouble } from './engine.ts';

/** A supervisor without machines: each session is an engine double in this process. */
export class MemorySupervisor implements Supervisor {
  /** By session; there while it runs. */
  readonly engines = new Map<string, EngineDouble>();
  /** When set, `create` refuses with this. */
  refusal: SupervisorError | undefined;
  onEngine: (engine: EngineDouble) => void = () => undefined;
  readonly #folder: string;
  readonly #sessions = new Map<string, SessionInfo>();
  readonly #listeners = new Set<(event: SessionEvent) => void>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async create(options: CreateSession = {}): Promise<SessionInfo> {
    if (this.refusal) throw this.refusal;
    const id = randomBytes(8).toString('hex');
    this.#sessions.set(id, {
      id,
      state: 'starting',
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      createdAt: new Date().toISOString(),
      engineSocket: join(this.#folder, `${id}.sock`),
      snapshots: [],
    });
    return this.#boot(id);
  }

  async get(id: string): Promise<SessionInfo> {
    const info = this.#sessions.get(id);
    if (!info) throw new SupervisorError('not-found', 'There is no such session.');
    return info;
  }

  async list(): Promise<SessionInfo[]> {
    return [...this.#sessions.values()];
  }

  async room(): Promise<HostRoom> {
    return { memoryBytes: 4e9, diskBytes: 9e9 };
  }

  async stop(id: string): Promise<SessionInfo> {
    await this.get(id);
    return this.#halt(id, 'stopped', { kind: 'stopped', message: 'The machine was stopped.' });
  }

  async resume(id: string): Promise<SessionInfo> {
    const info = await this.get(id);
    if (info.state === 'running') return info;
    this.#change(id, 'starting');
    return this.#boot(id);
  }

  async reset(id: string): Promise<SessionInfo> {
    await this.get(id);
    await this.#halt(id, 'stopping');
    return this.#boot(id);
  }

  async snapshot(id: string): Promise<SessionInfo> {
    const info = await this.get(id);
    const engine = this.engines.get(id);
    if (!engine) throw new SupervisorError('conflict', 'The machine does not run.');
    if (this.refusal) throw this.refusal;
    const taken = { id: randomBytes(4).toString('hex'), takenAt: new Date().toISOString(), bytes: 0 };
    await cp(engine.home, `${engine.home}.${taken.id}`, { recursive: true });
    const kept = { ...info, snapshots: [...info.snapshots, taken] };
    this.#sessions.set(id, kept);
    return kept;
  }

  async restore(id: string, snapshot: string): Promise<SessionInfo> {
    const { engineSocket } = await this.get(id);
    await this.#halt(id, 'stopping');
    await rm(`${engineSocket}.home`, { recursive: true });
    await cp(`${engineSocket}.home.${snapshot}`, `${engineSocket}.home`, { recursive: true });
    return this.#boot(id);
  }

  async destroy(id: string): Promise<void> {
    await this.get(id);
    await this.engines.get(id)?.close();
    this.engines.delete(id);
    this.#sessions.delete(id);
    this.#tell({ type: 'destroyed', id });
  }

  watch(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    for (const id of this.#sessions.keys()) await this.stop(id);
  }

  /** As if the machine had ended by itself. */
  async fail(id: string, end: SessionEnd): Promise<void> {
    await this.#halt(id, 'failed', end);
  }

  memoryKill(id: string, message: string): void {
    this.#tell({ type: 'memory-kill', id, message });
  }

  async #boot(id: string): Promise<SessionInfo> {
    const { engineSocket } = await this.get(id);
    const engine = await EngineDouble.listen(engineSocket);
    this.onEngine(engine);
    this.engines.set(id, engine);
    return this.#change(id, 'running');
  }

  async #halt(id: string, state: SessionState, end?: SessionEnd): Promise<SessionInfo> {
    await this.engines.get(id)?.close();
    this.engines.delete(id);
    return this.#change(id, state, end);
  }

  #change(id: string, state: SessionState, end?: SessionEnd): SessionInfo {
    const old = this.#sessions.get(id);
    if (!old) throw new SupervisorError('not-found', 'There is no such session.');
    const { id: name, limits, createdAt, engineSocket, snapshots } = old;
    const session: SessionInfo = {
      id: name,
      state,
      limits,
      createdAt,
      engineSocket,
      snapshots,
      ...(end ? { end } : {}),
    };
    this.#sessions.set(id, session);
    this.#tell({ type: 'state', session });
    return session;
  }

  #tell(event: SessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
