import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emit, ImageSide, ImageUse } from '../image/images.ts';
import { EngineError } from '../oci/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Change } from '../snapshot/snapshots.ts';
import { openCgroups } from './cgroups.ts';
import { formatTime, now, timeOf } from './clock.ts';
import type { Container, WaitCondition, WaitResult } from './container.ts';
import { emitContainer, type Context } from './context.ts';
import type { CreateOptions, Created } from './create.ts';
import { createContainer } from './create.ts';
import type { CreateRequest } from './create-request.ts';
import { Crun } from './crun.ts';
import { inspectContainer } from './describe.ts';
import type { Exec, ExecConfig } from './exec.ts';
import { createExec, startExec } from './exec.ts';
import type { ListOptions } from './list.ts';
import { listContainers } from './list.ts';
import type { HostConfig } from './model.ts';
import { parseLink } from './network/links.ts';
import type { Networking } from './networking.ts';
import { Pipes } from './pipes.ts';
import { resizeTerminalOf } from './pty.ts';
import { Registry } from './registry.ts';
import type { RemoveOptions } from './remove.ts';
import { removeContainer } from './remove.ts';
import { restartsWithEngine } from './restart-policy.ts';
import { startContainer } from './start.ts';
import { endRestarts, killContainer, pauseContainer, stopContainer, unpauseContainer } from './stop.ts';
import { updateContainer } from './update.ts';
import { Volumes } from './volumes.ts';

export interface ContainersOptions {
  /** The engine's folder on the session's disk. */
  readonly state: string;
  /** Root of the session's control groups; absent: no limits, no pause. */
  readonly cgroup?: string | undefined;
  /** The folder is a copy from the middle of a run: what ran is started again. */
  readonly goesOn?: boolean | undefined;
  readonly imageSide: ImageSide;
  /** Bytes of an image's layers. */
  readonly imageSize: (image: Digest) => Promise<number>;
  /** Made from what containers know of each other: their records, by id. */
  readonly networking: (registry: Registry) => Promise<Networking>;
  readonly emit: Emit;
}

/** Exit code that Docker shows for a container whose machine went down with it. */
const LOST_EXIT_CODE = 255;

/** Where Debian's packages put a static init program for `--init`. */
const INIT_PROGRAMS = ['/usr/bin/tini-static', '/usr/bin/docker-init', '/sbin/docker-init'];

/** All that can be done with containers. */
export class Containers {
  readonly context: Context;
  /** Ids of containers that ran when the folder was copied. */
  readonly #ran = new Set<string>();

  private constructor(context: Context) {
    this.context = context;
  }

  /** Reads what is there from an earlier life of the engine; nothing runs after it. */
  static async open(options: ContainersOptions): Promise<Containers> {
    const { state, emit, imageSide } = options;
    const runFolder = join(state, 'run');
    await rm(runFolder, { recursive: true, force: true });
    await mkdir(join(runFolder, 'crun'), { recursive: true, mode: 0o700 });
    const [pipes, registry, volumes, cgroups] = await Promise.all([
      Pipes.open(join(runFolder, 'pipes')),
      Registry.open(join(state, 'containers')),
      Volumes.open(join(state, 'volumes'), emit),
      options.cgroup === undefined ? undefined : openCgroups(options.cgroup),
    ]);
    const containers = new Containers({
      registry,
      images: imageSide.images,
      snapshots: imageSide.snapshots,
      imageSize: options.imageSize,
      networking: await options.networking(registry),
      volumes,
      crun: new Crun({ pipes, root: join(runFolder, 'crun') }),
      cgroups,
      emit,
      state,
      runFolder,
      initProgram: INIT_PROGRAMS.find((path) => existsSync(path)) ?? '/usr/bin/tini-static',
    });
    await containers.#recover(options.goesOn ?? false);
    await imageSide.snapshots.retain(new Set(containers.all().map(({ id }) => id)));
    return containers;
  }

  get volumes(): Volumes {
    return this.context.volumes;
  }

  get(reference: string): Container {
    return this.context.registry.get(reference);
  }

  all(): readonly Container[] {
    return this.context.registry.list();
  }

  create(name: string, request: CreateRequest, options?: CreateOptions): Promise<Created> {
    return createContainer(this.context, name, request, options);
  }

  async start(reference: string): Promise<void> {
    const container = this.get(reference);
    const { state } = container.record;
    await container.tidied();
    if (state.status === 'paused')
      throw new EngineError('conflict', 'cannot start a paused container, try unpause instead');
    await container.lock
      .run(async () => {
        if (container.run) throw new EngineError('not-modified', 'container already started');
        if (state.status === 'removing')
          throw new EngineError('conflict', 'container is marked for removal and cannot be started');
        container.record.restartCount = 0;
        await startContainer(this.context, container);
      })
      .catch(async (error: unknown) => {
        const notStarted = !(error instanceof EngineError && error.kind === 'not-modified');
        if (notStarted && container.record.hostConfig.AutoRemove) {
          await removeContainer(this.context, container, { force: true, volumes: true }).catch(
            () => undefined,
          );
          // The end of its process may have begun to remove it before: whoever hears of the error finds it gone.
          await container.lock.run(() => Promise.resolve());
        }
        throw error;
      });
  }

  async stop(reference: string, seconds?: number): Promise<void> {
    const container = this.get(reference);
    await container.tidied();
    if (await endRestarts(this.context, container)) emitContainer(this.context, container, 'stop');
    else await stopContainer(this.context, container, seconds);
  }

  async kill(reference: string, signal: string): Promise<void> {
    const container = this.get(reference);
    await container.tidied();
    if (await endRestarts(this.context, container)) return;
    await killContainer(this.context, container, signal, reference);
  }

  async restart(reference: string, seconds?: number): Promise<void> {
    const container = this.get(reference);
    const { record } = container;
    // It shall come back, whatever its policy and `--rm` say about an end.
    const { AutoRemove } = record.hostConfig;
    setHostConfig(container, { AutoRemove: false });
    try {
      if (container.run) await stopContainer(this.context, container, seconds);
    } finally {
      setHostConfig(container, { AutoRemove });
    }
    await this.start(record.id);
    emitContainer(this.context, container, 'restart');
  }

  pause(reference: string): Promise<void> {
    return pauseContainer(this.context, this.get(reference));
  }

  unpause(reference: string): Promise<void> {
    return unpauseContainer(this.context, this.get(reference));
  }

  async remove(reference: string, options: RemoveOptions): Promise<void> {
    const container = this.get(reference);
    await container.tidied();
    await removeContainer(this.context, container, options);
  }

  /** `docker rm --link web/db`: `web` is not linked any more with what it calls `db`. */
  async unlink(reference: string): Promise<void> {
    this.get(reference);
    const [holder = '', alias] = reference.replace(/^\//, '').split('/');
    if (alias === undefined) {
      throw new EngineError('invalid', 'Conflict, cannot remove the default link name of the container');
    }
    const container = this.get(holder);
    const links = container.record.hostConfig.Links ?? [];
    setHostConfig(container, { Links: links.filter((link) => parseLink(link).alias !== alias) });
    await this.context.registry.save(container);
  }

  wait(reference: string, condition: WaitCondition): Promise<WaitResult> {
    return this.get(reference).wait(condition);
  }

  async rename(reference: string, name: string): Promise<void> {
    const container = this.get(reference);
    const oldName = container.record.name;
    if (name === '') throw new EngineError('invalid', 'Neither old nor new names may be empty');
    if (name.replace(/^\//, '') === oldName) {
      throw new EngineError('invalid', 'Renaming a container with the same name as its current name');
    }
    try {
      await this.context.registry.rename(container, name.startsWith('/') ? name : `/${name}`);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new EngineError(error.kind, `Error when allocating new name: ${error.message}`);
    }
    emitContainer(this.context, container, 'rename', { oldName: `/${oldName}` });
  }

  async resize(reference: string, columns: number, rows: number): Promise<void> {
    const container = this.get(reference);
    container.size = { columns, rows };
    await container.tidied();
    if (!container.run) throw new EngineError('conflict', `Container ${container.id} is not running`);
    await resizeTerminalOf(container.run.process.pid, columns, rows);
    emitContainer(this.context, container, 'resize', { height: String(rows), width: String(columns) });
  }

  /** Returns warnings. */
  update(reference: string, changes: Partial<HostConfig>): Promise<string[]> {
    return updateContainer(this.context, this.get(reference), changes);
  }

  list(options: ListOptions): Promise<object[]> {
    return listContainers(this.context, options);
  }

  inspect(reference: string, withSize: boolean): Promise<object> {
    return inspectContainer(this.context, this.get(reference), withSize);
  }

  changes(reference: string): Promise<Change[]> {
    return this.context.snapshots.changes(this.get(reference).id);
  }

  createExec(reference: string, config: ExecConfig): Exec {
    return createExec(this.context, this.get(reference), config, reference);
  }

  getExec(id: string): Exec {
    for (const container of this.all()) {
      const exec = container.execs.get(id);
      if (exec) return exec;
    }
    throw new EngineError('not-found', `No such exec instance: ${id}`);
  }

  startExec(exec: Exec): Promise<void> {
    return startExec(this.context, exec);
  }

  /** What the image side asks before it removes anything. */
  uses(): ImageUse[] {
    return this.all().map(({ id, record, isRunning }) => ({
      containerId: id,
      image: record.image,
      running: isRunning,
    }));
  }

  /** `docker container prune`. */
  async prune(matches: (container: Container) => boolean): Promise<{ removed: string[]; bytes: number }> {
    const removed: string[] = [];
    let bytes = 0;
    for (const container of this.all()) {
      if (container.run || container.record.state.status === 'restarting' || !matches(container)) continue;
      const size = await this.context.snapshots.usage(container.id).catch(() => 0);
      await removeContainer(this.context, container, { force: false, volumes: false });
      removed.push(container.id);
      bytes += size;
    }
    this.context.emit({
      Type: 'container',
      Action: 'prune',
      Actor: { ID: '', Attributes: { reclaimed: String(bytes) } },
    });
    return { removed, bytes };
  }

  /** Ends everything that runs, politely at first. */
  async close(graceSeconds: number): Promise<void> {
    const running = this.all().filter((container) => container.run);
    await Promise.allSettled(
      running.map(async (container) => {
        const byUser = container.record.stoppedByUser;
        await stopContainer(this.context, container, graceSeconds);
        // The policy brings it back with the next start of the engine.
        container.record.stoppedByUser = byUser;
        await this.context.registry.save(container);
      }),
    );
  }

  /** Starts what a restart policy wants to run, and what ran when the folder was copied; to be called once the engine serves. */
  async startByPolicy(): Promise<void> {
    for (const container of this.all()) {
      const { record } = container;
      const neverRan = record.state.startedAt === record.state.finishedAt;
      const wanted = this.#ran.has(record.id) || (!neverRan && restartsWithEngine(record));
      if (container.run || !wanted) continue;
      await container.lock.run(() => startContainer(this.context, container)).catch(() => undefined);
    }
  }

  /** Nothing survives the engine: what ran has ended, and what was to go with its end goes now. */
  async #recover(goesOn: boolean): Promise<void> {
    for (const container of this.all()) {
      const { record } = container;
      for (const { Name } of record.mounts) if (Name !== undefined) this.volumes.use(Name, record.id);
      // Its removal had begun.
      if (!this.context.snapshots.has(record.id)) record.state.status = 'removing';
      if (!['running', 'paused', 'restarting', 'removing'].includes(record.state.status)) continue;
      const { status } = record.state;
      const ran = goesOn && status !== 'removing';
      if (ran) this.#ran.add(record.id);
      Object.assign(record.state, { status: 'exited', pid: 0 });
      if (status === 'running' || status === 'paused') {
        Object.assign(record.state, { exitCode: LOST_EXIT_CODE, finishedAt: formatTime(now()) });
      }
      await this.context.networking.disconnect(record);
      if (status === 'removing' || (record.hostConfig.AutoRemove && !ran)) {
        await removeContainer(this.context, container, { force: true, volumes: true });
      } else {
        await this.context.registry.save(container);
      }
    }
  }
}

export function createdBefore(container: Container, nanos: bigint): boolean {
  return timeOf(container.record.created) < nanos;
}

/** Everything else of a record's configuration is fixed when it is created. */
function setHostConfig({ record }: Container, changes: Partial<HostConfig>): void {
  Object.assign(record.hostConfig, changes);
}
