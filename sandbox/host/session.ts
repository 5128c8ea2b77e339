import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bootReady, startBoot, type Boot, type BootExit } from './boot.ts';
import { settleBoth } from './both.ts';
import type { Cgroups, SessionCgroup } from './cgroup/cgroup.ts';
import {
  copyDisk,
  detachDisk,
  diskErrors,
  diskReleased,
  mountDisk,
  syncFile,
  type DiskTemplates,
  type MountedDisk,
} from './disk.ts';
import { DISK_END, ended, engineEnd, MEMORY_END } from './ends.ts';
import { sessionPaths, type HostLayout, type SessionPaths } from './layout.ts';
import { DEFAULT_SNAPSHOTS, type SupervisorOptions } from './options.ts';
import { writeRecord, type SessionRecord } from './record.ts';
import { removeOthers, snapshotFile, takeSnapshot, withinBounds } from './snapshots.ts';
import { SupervisorError, type SessionEnd, type SessionInfo, type SessionState } from './supervisor.ts';
import { firstUid } from './uids.ts';

/** Time for the engine to stop its containers before everything is killed: a little more than Docker's own 10 s. */
const STOP_GRACE_MS = 11_000;

/** Exit status of a process that SIGKILL ended. */
const KILLED = 137;

/** An engine that ends so soon after the kernel ended something for memory was what it ended. */
const MEMORY_KILL_RECENT_MS = 5_000;

/** What a session needs of the supervisor that it belongs to. */
export interface SessionHost {
  readonly options: SupervisorOptions;
  readonly layout: HostLayout;
  readonly templates: DiskTemplates;
  readonly cgroups: Cgroups;
  readonly machine: 'x64' | 'arm64';
  readonly onState: (session: SessionInfo) => void;
  /** Throws `full` when the host has no room for so many bytes more. */
  readonly requireDisk: (bytes: number) => Promise<void>;
  /** Tells how long a step of a boot took, in milliseconds. */
  readonly onPhase?: (id: string, phase: string, milliseconds: number) => void;
}

/** Everything that exists only while a session runs. */
interface Live {
  readonly boot: Boot;
  readonly disk: MountedDisk;
  readonly cgroup: SessionCgroup;
  /** Set before the session is ended on purpose. */
  expected: boolean;
}

/** One session. Its operations are carried out one after another, in the order they were asked for. */
export class Session {
  readonly paths: SessionPaths;
  readonly #host: SessionHost;
  #record: SessionRecord;
  #state: SessionState;
  #live: Live | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #memoryKillAt: number | undefined;

  constructor(host: SessionHost, record: SessionRecord) {
    this.#host = host;
    this.#record = record;
    this.#state = record.state === 'failed' ? 'failed' : record.state === 'creating' ? 'starting' : 'stopped';
    this.paths = sessionPaths(host.layout, record.id);
  }

  get id(): string {
    return this.#record.id;
  }

  get range(): number {
    return this.#record.range;
  }

  /** Name of the session's group in the kernel's messages, while it runs. */
  get memoryPath(): string | undefined {
    return this.#live?.cgroup.memoryPath;
  }

  info(): SessionInfo {
    const { id, limits, createdAt, end, snapshots } = this.#record;
    const { engineSocket } = this.paths;
    const base = { id, state: this.#state, limits, createdAt, engineSocket, snapshots };
    return end === undefined || this.#state === 'running' ? base : { ...base, end };
  }

  /** The kernel has just ended a process of the session at its memory limit. */
  noteMemoryKill(): void {
    this.#memoryKillAt = performance.now();
  }

  /** Ends the session when its file system has stopped to take writes. */
  async endOfDisk(): Promise<void> {
    const live = this.#live;
    if (live === undefined || (await diskErrors(live.disk.loop)) <= live.disk.errors) return;
    await this.#enqueue(async () => {
      if (this.#live !== live) return;
      await this.#halt({ grace: 0 });
      await this.#settle('failed', DISK_END);
    });
  }

  /** The first boot, on a new disk. A `spare` stays one half made for the record until it is taken over. */
  create({ spare = false }: { readonly spare?: boolean } = {}): Promise<SessionInfo> {
    return this.#enqueue(async () => {
      await mkdir(this.paths.folder, { mode: 0o711 });
      await writeRecord(this.paths.record, this.#record);
      await this.#start(spare ? 'creating' : 'running');
      return this.info();
    });
  }

  /** Makes a spare the session that somebody has asked for now. */
  takeOver(): Promise<SessionInfo> {
    return this.#enqueue(async () => {
      if (this.#live === undefined)
        throw new SupervisorError('failed', 'The session ended before its start.');
      this.#record = { ...this.#record, state: 'running', createdAt: new Date().toISOString() };
      await writeRecord(this.paths.record, this.#record);
      this.#host.onState(this.info());
      return this.info();
    });
  }

  /** `workbench` is used when the one that the session began with is gone. */
  resume(workbench: string): Promise<SessionInfo> {
    return this.#enqueue(async () => {
      if (this.#live !== undefined) return this.info();
      if (!(await exists(this.#record.workbench))) this.#record = { ...this.#record, workbench };
      await this.#start();
      return this.info();
    });
  }

  stop(end: SessionEnd): Promise<SessionInfo> {
    return this.#enqueue(async () => {
      if (this.#live !== undefined) await this.#halt({ grace: STOP_GRACE_MS });
      if (this.#state !== 'stopped') await this.#settle('stopped', end);
      return this.info();
    });
  }

  reset(workbench: string): Promise<SessionInfo> {
    return this.#enqueue(async () => {
      if (this.#live !== undefined) await this.#halt({ grace: 0 });
      // A snapshot is one of what lies over its workbench.
      const snapshots = workbench === this.#record.workbench ? this.#record.snapshots : [];
      this.#record = { ...this.#record, state: 'resetting', workbench, snapshots };
      await writeRecord(this.paths.record, this.#record);
      await rm(this.paths.disk, { force: true });
      await removeOthers(this.paths.snapshots, snapshots);
      await this.#start();
      return this.info();
    });
  }

  snapshot(): Promise<SessionInfo> {
    return this.#enqueue(async () => {
      if (this.#live === undefined)
        throw new SupervisorError('conflict', 'The machine does not run: there is no state to keep.');
      const { disk, cgroup } = this.#live;
      const bounds = this.#host.options.snapshots ?? DEFAULT_SNAPSHOTS;
      const { requireDisk } = this.#host;
      const folder = this.paths.snapshots;
      const taken = await takeSnapshot({ disk, cgroup, folder, bounds, requireDisk });
      this.#record = {
        ...this.#record,
        snapshots: withinBounds([...this.#record.snapshots, taken], bounds),
      };
      await writeRecord(this.paths.record, this.#record);
      await removeOthers(folder, this.#record.snapshots);
      return this.info();
    });
  }

  restore(id: string): Promise<SessionInfo> {
    return this.#enqueue(async () => {
      const snapshot = this.#record.snapshots.find((each) => each.id === id);
      if (!snapshot)
        throw new SupervisorError('not-found', 'This state of the machine is not kept any more.');
      await this.#host.requireDisk(snapshot.bytes);
      const next = `${this.paths.disk}.new`;
      await copyDisk(snapshotFile(this.paths.snapshots, id), next);
      await syncFile(next);
      if (this.#live !== undefined) await this.#halt({ grace: 0 });
      await rename(next, this.paths.disk);
      await this.#start('running', { goesOn: true });
      return this.info();
    });
  }

  /** Removes all that there is of it. Also the way to clean up after a boot that failed. */
  destroy(): Promise<void> {
    return this.#enqueue(async () => {
      if (await exists(this.paths.folder)) {
        this.#record = { ...this.#record, state: 'destroying' };
        await writeRecord(this.paths.record, this.#record);
      }
      if (this.#live !== undefined) await this.#halt({ grace: 0 });
      await rm(this.paths.folder, { recursive: true, force: true });
      await rm(dirname(this.paths.innerBundle), { recursive: true, force: true });
    });
  }

  #enqueue<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(operation);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #setState(state: SessionState): void {
    if (this.#state === state && state !== 'starting') return;
    this.#state = state;
    this.#host.onState(this.info());
  }

  /** Records how the session stands when nothing of it runs. */
  async #settle(state: 'stopped' | 'failed', end: SessionEnd): Promise<void> {
    this.#record = { ...this.#record, state, end };
    // On a full disk the old record stays: the next supervisor takes the session for one that was cut off.
    await writeRecord(this.paths.record, this.#record).finally(() => this.#setState(state));
  }

  async #start(recorded: 'running' | 'creating' = 'running', { goesOn = false } = {}): Promise<void> {
    this.#setState('starting');
    try {
      this.#live = await this.#boot(goesOn);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await this.#settle('failed', { kind: 'boot', message });
      throw error instanceof SupervisorError ? error : new SupervisorError('failed', message);
    }
    // `end` belongs to a session that does not run.
    this.#record = { ...this.#record, state: recorded, end: undefined };
    await writeRecord(this.paths.record, this.#record);
    this.#setState('running');
    const live = this.#live;
    void live.boot.exited.then((exit) => {
      if (!live.expected) void this.#enqueue(() => this.#died(live, exit)).catch(() => undefined);
    });
  }

  async #boot(goesOn: boolean): Promise<Live> {
    const { cgroups, layout, options, machine } = this.#host;
    const { id, range, limits, mounts, workbench } = this.#record;
    const [disk, cgroup] = await settleBoth(
      this.#phase('disk', this.#mountDisk()),
      this.#phase('cgroup', cgroups.create(id, limits, firstUid(range))),
      (mounted) => this.#release(mounted),
      (group) => group.remove(),
    );
    const plan = {
      ...{ id, range, limits, mounts, workbench, machine, goesOn },
      ...{ runtime: options.runtime, catalog: options.catalog, buildMinutes: options.buildMinutes },
      cgroupProcs: cgroup.joinFiles,
      cgroupMounts: cgroups.sessionMounts,
      ...(cgroup.cgroupsPath === undefined ? {} : { cgroupsPath: cgroup.cgroupsPath }),
    };
    const socketOwner = options.socketOwner ?? { uid: 0, gid: 0 };
    let boot: Boot | undefined;
    try {
      boot = await this.#phase('spawn', startBoot({ plan, layout, paths: this.paths, socketOwner }));
      await this.#phase('engine', bootReady(boot, this.paths.engineSocket));
      await detachDisk(disk);
      return { boot, disk, cgroup, expected: false };
    } catch (error) {
      await cgroup.kill();
      if (boot !== undefined) await ended(boot);
      await this.#cleanUp(disk, cgroup, { attached: true });
      throw error;
    }
  }

  async #phase<T>(name: string, work: Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await work;
    this.#host.onPhase?.(this.id, name, performance.now() - begun);
    return result;
  }

  async #mountDisk(): Promise<MountedDisk> {
    const { disk, mountPoint } = this.paths;
    if (!(await exists(disk))) await this.#host.templates.copy(this.#record.limits.diskBytes, disk);
    return mountDisk(disk, mountPoint);
  }

  async #halt({ grace }: { grace: number }): Promise<void> {
    const live = this.#live;
    if (live === undefined) return;
    live.expected = true;
    this.#setState('stopping');
    if (grace > 0) {
      await live.boot.terminate();
      await Promise.race([live.boot.exited, new Promise((resolve) => setTimeout(resolve, grace).unref())]);
    }
    await live.cgroup.kill();
    await ended(live.boot);
    this.#live = undefined;
    await this.#cleanUp(live.disk, live.cgroup, { attached: false });
  }

  /** The session ended by itself. */
  async #died(live: Live, exit: BootExit): Promise<void> {
    if (this.#live !== live) return;
    const kills = exit.code === KILLED ? await live.cgroup.memoryKills() : 0;
    this.#live = undefined;
    try {
      await live.cgroup.kill();
      await this.#cleanUp(live.disk, live.cgroup, { attached: false });
    } finally {
      await this.#settle('failed', this.#wasMemory(kills) ? MEMORY_END : engineEnd(exit));
    }
  }

  /** The kernel's log tells when; where it cannot be read, the counter alone has to do. */
  #wasMemory(kills: number): boolean {
    if (kills === 0) return false;
    return this.#memoryKillAt === undefined || performance.now() - this.#memoryKillAt < MEMORY_KILL_RECENT_MS;
  }

  async #cleanUp(
    disk: MountedDisk,
    cgroup: SessionCgroup,
    { attached }: { attached: boolean },
  ): Promise<void> {
    await rm(this.paths.engineSocket, { force: true });
    if (attached) await detachDisk(disk);
    await cgroup.remove();
    await diskReleased(disk);
  }

  async #release(disk: MountedDisk): Promise<void> {
    await detachDisk(disk);
    await diskReleased(disk);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
