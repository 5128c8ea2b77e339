import { randomInt } from 'node:crypto';
import { mkdir, open, realpath, type FileHandle } from 'node:fs/promises';
import { join, posix, resolve as resolvePath } from 'node:path';
import { checkedLimits, hostRoom, requireRoom } from './admission.ts';
import { MAX_HOST_MOUNTS } from './bootstrap.ts';
import { DiskTemplates } from './disk.ts';
import { hostLayout, sessionPaths, type HostLayout } from './layout.ts';
import { watchMemory } from './memory.ts';
import { inNamespaces } from './namespaces.ts';
import { DEFAULT_MAX_SESSIONS, DEFAULT_RESERVE_BYTES, type SupervisorOptions } from './options.ts';
import type { SessionRecord } from './record.ts';
import { Session, type SessionHost } from './session.ts';
import {
  DEFAULT_LIMITS,
  SupervisorError,
  type CreateSession,
  type HostMount,
  type SessionEvent,
  type SessionLimits,
  type SessionInfo,
  type Supervisor,
} from './supervisor.ts';
import { isFolder, sweep } from './sweep.ts';
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

interface Parts extends Omit<SessionHost, 'templates' | 'onState' | 'onPhase'> {
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
  #closing: Promise<void> | undefined;

  constructor(parts: Parts, records: readonly SessionRecord[]) {
    this.#parts = parts;
    this.#uids = new UidTable({ first: parts.layout.seed % RANGE_COUNT });
    this.#limits = { ...DEFAULT_LIMITS, ...parts.options.limits };
    this.#host = {
      ...parts,
      templates: new DiskTemplates(parts.options.disksDir ?? join(parts.layout.dataDir, 'disks')),
      onState: (session) => this.#emit({ type: 'state', session }),
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
  }

  async create({ limits, mounts = [] }: CreateSession = {}): Promise<SessionInfo> {
    this.#requireOpen();
    const wanted = checkedLimits({ ...this.#limits, ...limits });
    const shown = await checkedMounts(mounts);
    const session = await this.#admit(wanted, shown);
    try {
      return await session.create();
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
    await Promise.allSettled([...this.#sessions.values()].map((session) => session.stop(end)));
    this.#endMemoryWatch();
    this.#listeners.clear();
    await this.#parts.cgroups.sweep();
    await releaseWork(this.#parts.layout);
    await this.#parts.lock.close();
  }

  /** Checks and enters a new session without a pause in between, so that two at once cannot both take the last place. */
  async #admit(limits: SessionLimits, mounts: readonly HostMount[]): Promise<Session> {
    await this.#requireRoom(limits);
    const most = this.#parts.options.maxSessions ?? DEFAULT_MAX_SESSIONS;
    if (this.#sessions.size >= most) {
      throw new SupervisorError('full', `This host holds ${most} sessions at most, and it has as many.`);
    }
    const id = newId();
    const range = this.#uids.take(id);
    if (range === undefined)
      throw new SupervisorError('full', 'This host has no more user ids for another session.');
    const session = new Session(this.#host, {
      ...{ version: 1, id, range, limits, mounts: [...mounts], state: 'creating' },
      ...{ createdAt: new Date().toISOString(), workbench: this.#parts.options.workbench },
    });
    this.#sessions.set(id, session);
    return session;
  }

  async #requireRoom(limits: SessionLimits): Promise<void> {
    const { reserveDiskBytes, reserveMemoryBytes } = this.#parts.options;
    requireRoom(await hostRoom(this.#parts.layout.sessions), limits, {
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

  #emit(event: SessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

const newId = (): string => Array.from({ length: 16 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/** Places of a session that belong to it and that nothing may be put over. */
const OWN_PLACES = ['/proc', '/sys', '/dev', '/run', '/var/run', '/var/lib/docker', '/opt/slipway'];

async function checkedMounts(mounts: readonly HostMount[]): Promise<HostMount[]> {
  if (mounts.length > MAX_HOST_MOUNTS)
    throw new SupervisorError('invalid', `A session can be shown ${MAX_HOST_MOUNTS} folders at most.`);
  return Promise.all(mounts.map(checkedMount));
}

async function checkedMount({ source, target, readOnly }: HostMount): Promise<HostMount> {
  if (!source.startsWith('/') || !(await isFolder(source))) {
    throw new SupervisorError('invalid', `${source} is not a folder of this host, named by its full path.`);
  }
  const place = posix.normalize(target);
  const taken = OWN_PLACES.some((own) => place === own || place.startsWith(`${own}/`));
  if (!place.startsWith('/') || place === '/' || taken || /[\0\n]/.test(place)) {
    throw new SupervisorError(
      'invalid',
      `${target} is not a place in a session where a folder can be shown.`,
    );
  }
  return { source: await realpath(source), target: place, readOnly };
}
