import { randomInt } from 'node:crypto';
import { mkdir, open, realpath, type FileHandle } from 'node:fs/promises';
import { join, resolve as resolvePath } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { checkedLimits, hostRoom, requireDisk, requireRoom, roomBeside } from './admission.ts';
import { DiskTemplates } from './disk.ts';
import { watchDisks } from './disk-watch.ts';
import { hostLayout, sessionPaths, type HostLayout } from './layout.ts';
import { watchMemory } from './memory.ts';
import { checkedMounts } from './mounts.ts';
import { inNamespaces } from './namespaces.ts';
import { DEFAULT_MAX_SESSIONS, DEFAULT_RESERVE_BYTES, type SupervisorOptions } from './options.ts';
import type { SessionRecord } from './record.ts';
import { Session, type SessionHost } from './session.ts';
import { Spares } from './spares.ts';
import {
  DEFAULT_LIMITS,
  SupervisorError,
  type CreateSession,
  type HostMount,
  type HostRoom,
  type SessionEvent,
  type SessionLimits,
  type SessionInfo,
  type Supervisor,
} from './supervisor.ts';
import { sweep } from './sweep.ts';
import { RANGE_COUNT, UidTable } from './uids.ts';
import { prepareWork, releaseWork, requireFolders, tryLock } from './work.ts';

/** The longest path that a unix socket can have (unix(7)), its final zero left out. */
const SOCKET_PATH_BYTES = 107;

export interface SupervisorHooks {
  /** Tells how long each step of a session's boot took, in milliseconds. */
  readonly onPhase?: (id: string, phase: string, milliseconds: number) => void;
}

/**
 * Opens the supervisor on a data folder. The process must be root and in namespaces of its own (`runInNamespaces`), and
 * be the only one on this folder. What a predecessor left is put in order first.
 */
export async function openSupervisor(
  given: SupervisorOptions,
  hooks: SupervisorHooks = {},
): Promise<Supervisor> {
  const machine = requireHost();
  const layout = hostLayout(await prepareFolders(given));
  const options = await resolveFolders(given);
  const lock = await takeLock(layout);
  try {
    const cgroups = await prepareWork(layout, `${options.runtime}/bin/busybox`);
    const records = await sweep(layout, cgroups);
    return new HostSupervisor({ options, hooks, layout, cgroups, machine, lock }, records);
  } catch (error) {
    await lock.close();
    throw error;
  }
}

/** crun does not map the owners of a mount whose source is a symbolic link. */
async function resolveFolders(options: SupervisorOptions): Promise<SupervisorOptions> {
  const [runtime = '', workbench = '', catalog = ''] = await Promise.all(
    [options.runtime, options.workbench, options.catalog].map((folder) => realpath(folder)),
  );
  return { ...options, runtime, workbench, catalog };
}

function requireHost(): 'x64' | 'arm64' {
  const { arch } = process;
  if (arch !== 'x64' && arch !== 'arm64')
    throw new SupervisorError('failed', `Sessions run on x64 and arm64, not on ${arch}.`);
  if (process.getuid?.() !== 0) throw new SupervisorError('failed', 'The supervisor needs root.');
  if (!inNamespaces())
    throw new SupervisorError('failed', 'The supervisor must run in namespaces of its own.');
  return arch;
}

async function prepareFolders(options: SupervisorOptions): Promise<string> {
  const { runtime, workbench, catalog } = options;
  await requireFolders({ runtime, workbench, catalog });
  await mkdir(options.dataDir, { recursive: true, mode: 0o755 });
  const dataDir = await realpath(resolvePath(options.dataDir));
  const layout = hostLayout(dataDir);
  const longest = `${sessionPaths(layout, 'x'.repeat(16)).engineSocket}.new`;
  if (Buffer.byteLength(longest) > SOCKET_PATH_BYTES) {
    throw new SupervisorError(
      'failed',
      `The data folder ${dataDir} has too long a path for sockets. Choose a shorter one.`,
    );
  }
  await mkdir(layout.sessions, { recursive: true, mode: 0o711 });
  return dataDir;
}

async function takeLock(layout: HostLayout): Promise<FileHandle> {
  const file = await open(layout.lock, 'w', 0o600);
  if (await tryLock(file.fd)) return file;
  await file.close();
  throw new SupervisorError(
    'conflict',
    `Another Slipway runs on ${layout.dataDir}. Stop it first, or use another data folder.`,
  );
}

interface Parts extends Omit<SessionHost, 'templates' | 'onState' | 'onPhase' | 'requireDisk'> {
  readonly hooks: SupervisorHooks;
  readonly lock: FileHandle;
}

class HostSupervisor implements Supervisor {
  readonly #sessions = new Map<string, Session>();
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  readonly #uids: UidTable;
  readonly #parts: Parts;
  readonly #host: SessionHost;
  readonly #limits: SessionLimits;
  readonly #endMemoryWatch: () => void;
  readonly #endDiskWatch: () => void;
  readonly #spares: Spares;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts, records: readonly SessionRecord[]) {
    this.#parts = parts;
    this.#uids = new UidTable({ first: parts.layout.seed % RANGE_COUNT });
    this.#limits = { ...DEFAULT_LIMITS, ...parts.options.limits };
    this.#host = {
      ...parts,
      templates: new DiskTemplates(parts.options.disksDir ?? join(parts.layout.dataDir, 'disks')),
      onState: (session) => this.#changed(session),
      requireDisk: (bytes) => this.#requireDisk(bytes),
      ...parts.hooks,
    };
    for (const record of records) this.#adopt(record);
    this.#endMemoryWatch = watchMemory({
      sessions: () => this.#sessions.values(),
      onKill: (id, message) => {
        this.#sessions.get(id)?.noteMemoryKill();
        this.#emit({ type: 'memory-kill', id, message });
      },
    });
    this.#endDiskWatch = watchDisks(() => this.#sessions.values());
    this.#spares = new Spares({
      size: parts.options.spares ?? 0,
      make: () => this.#makeSpare(),
      remove: (session) => this.#discard(session),
    });
  }

  async create({ limits, mounts = [] }: CreateSession = {}): Promise<SessionInfo> {
    this.#requireOpen();
    const wanted = checkedLimits({ ...this.#limits, ...limits });
    const shown = await checkedMounts(mounts);
    const usual = shown.length === 0 && isDeepStrictEqual(wanted, checkedLimits(this.#limits));
    const { session, spare } = await this.#admit(wanted, shown, usual);
    try {
      return await (spare ? session.takeOver() : session.create());
    } catch (error) {
      await this.#remove(session);
      throw error;
    }
  }

  async get(id: string): Promise<SessionInfo> {
    return this.#find(id).info();
  }

  async list(): Promise<SessionInfo[]> {
    return [...this.#sessions.values()].map((session) => session.info());
  }

  room(): Promise<HostRoom> {
    return hostRoom(this.#parts.layout.sessions);
  }

  async stop(id: string): Promise<SessionInfo> {
    return this.#find(id).stop({ kind: 'stopped', message: 'The session was stopped.' });
  }

  async resume(id: string): Promise<SessionInfo> {
    this.#requireOpen();
    const session = this.#find(id);
    const { state, limits } = session.info();
    if (state !== 'running') await this.#requireRoom({ ...limits, diskBytes: 0 });
    return session.resume(this.#parts.options.workbench);
  }

  async reset(id: string): Promise<SessionInfo> {
    this.#requireOpen();
    return this.#find(id).reset(this.#parts.options.workbench);
  }

  async snapshot(id: string): Promise<SessionInfo> {
    this.#requireOpen();
    return this.#find(id).snapshot();
  }

  async restore(id: string, snapshot: string): Promise<SessionInfo> {
    this.#requireOpen();
    const session = this.#find(id);
    const { state, limits } = session.info();
    if (state !== 'running') await this.#requireRoom({ ...limits, diskBytes: 0 });
    return session.restore(snapshot);
  }

  async destroy(id: string): Promise<void> {
    await this.#remove(this.#find(id));
  }

  watch(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const end = {
      kind: 'restart',
      message: 'The host was shut down. The session’s disk is intact.',
    } as const;
    await Promise.allSettled([
      this.#spares.close(),
      ...[...this.#sessions.values()].map((session) => session.stop(end)),
    ]);
    this.#endMemoryWatch();
    this.#endDiskWatch();
    this.#listeners.clear();
    await this.#parts.cgroups.sweep();
    await releaseWork(this.#parts.layout);
    await this.#parts.lock.close();
  }

  /**
   * Checks and enters a new session without a pause in between, so that two at once cannot both take the last place.
   * A `usual` one is a spare when there is one.
   */
  async #admit(
    limits: SessionLimits,
    mounts: readonly HostMount[],
    usual: boolean,
  ): Promise<{ session: Session; spare: boolean }> {
    await this.#requireRoom(limits);
    const most = this.#parts.options.maxSessions ?? DEFAULT_MAX_SESSIONS;
    if (this.#sessions.size >= most) {
      throw new SupervisorError('full', `This host holds ${most} sessions at most, and it has as many.`);
    }
    const spare = usual ? this.#spares.take() : undefined;
    const session = spare ?? this.#newSession(limits, mounts);
    this.#sessions.set(session.id, session);
    return { session, spare: spare !== undefined };
  }

  async #makeSpare(): Promise<Session> {
    const limits = checkedLimits(this.#limits);
    await this.#requireRoom(limits);
    const session = this.#newSession(limits, []);
    try {
      await session.create({ spare: true });
      return session;
    } catch (error) {
      await this.#discard(session);
      throw error;
    }
  }

  #newSession(limits: SessionLimits, mounts: readonly HostMount[]): Session {
    const id = newId();
    const range = this.#uids.take(id);
    if (range === undefined)
      throw new SupervisorError('full', 'This host has no more user ids for another session.');
    return new Session(this.#host, {
      ...{ version: 1, id, range, limits, mounts: [...mounts], state: 'creating', snapshots: [] },
      ...{ createdAt: new Date().toISOString(), workbench: this.#parts.options.workbench },
    });
  }

  async #requireDisk(bytes: number): Promise<void> {
    const { diskBytes } = await this.room();
    requireDisk(diskBytes, bytes, this.#parts.options.reserveDiskBytes ?? DEFAULT_RESERVE_BYTES);
  }

  async #requireRoom(limits: HostRoom): Promise<void> {
    const { reserveDiskBytes, reserveMemoryBytes } = this.#parts.options;
    const room = await this.room();
    // Counted after the wait: those that asked in the same moment are among them.
    const booting = [...this.#sessions.values()].filter(
      (session) => session.info().state === 'starting',
    ).length;
    requireRoom(roomBeside(room, booting), limits, {
      memoryBytes: reserveMemoryBytes ?? DEFAULT_RESERVE_BYTES,
      diskBytes: reserveDiskBytes ?? DEFAULT_RESERVE_BYTES,
    });
  }

  /** A session that a predecessor left. Its range is its own again, or another when that one is taken. */
  #adopt(record: SessionRecord): void {
    const range = this.#uids.claim(record.range, record.id) ? record.range : this.#uids.take(record.id);
    if (range !== undefined) this.#sessions.set(record.id, new Session(this.#host, { ...record, range }));
  }

  async #remove(session: Session): Promise<void> {
    await session.destroy();
    if (!this.#sessions.delete(session.id)) return;
    this.#uids.release(session.range);
    this.#emit({ type: 'destroyed', id: session.id });
  }

  #find(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined)
      throw new SupervisorError('not-found', `There is no session ${id.slice(0, 40)}.`);
    return session;
  }

  #requireOpen(): void {
    if (this.#closing !== undefined)
      throw new SupervisorError('conflict', 'The supervisor is shutting down.');
  }

  /** Removes one that was never anybody's. */
  async #discard(session: Session): Promise<void> {
    await session.destroy();
    this.#uids.release(session.range);
  }

  /** Spares are nobody's: what happens to them is told to nobody. */
  #changed(session: SessionInfo): void {
    if (this.#sessions.has(session.id)) this.#emit({ type: 'state', session });
    else if (session.state === 'failed') void this.#spares.drop(session.id).catch(() => undefined);
  }

  #emit(event: SessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

const newId = (): string => Array.from({ length: 16 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
