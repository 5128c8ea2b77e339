import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { EngineError } from '../oci/errors.ts';
import type { Cgroup } from './cgroups.ts';
import { formatTime, now } from './clock.ts';
import type { Container } from './container.ts';
import { emitContainer, type Context } from './context.ts';
import { copyUpVolumes, makeMountPoints } from './copy-up.ts';
import { StartFailure } from './crun-errors.ts';
import { devicesOf } from './devices.ts';
import { writeFiles } from './files.ts';
import { checkBeforeStart } from './start-checks.ts';
import { hasLimits, limitsOf } from './limits.ts';
import { logDetails } from './log-details.ts';
import { LogFile } from './log-file.ts';
import { logLimitsOf } from './log-limits.ts';
import type { ContainerRecord } from './model.ts';
import { joinedNamespace } from './namespaces.ts';
import { linkVariables } from './network/links.ts';
import { makeDirectoryInRoot } from './rootfs.ts';
import { sharedMemoryOf, unmountSharedMemory } from './shared-memory.ts';
import { buildSpec } from './spec.ts';
import { monitor } from './monitor.ts';
import { resolveUser } from './users.ts';

/** Starts a container that does not run. The caller holds the container's lock. */
export async function startContainer(context: Context, container: Container): Promise<void> {
  const { record } = container;
  record.state.error = '';
  const prepared: Prepared = { root: undefined, cgroup: undefined, log: undefined };
  try {
    await launch(context, container, prepared);
  } catch (error) {
    await failed(context, container, prepared, error);
    throw error;
  }
}

/** What has to be given back when a start fails half way. */
interface Prepared {
  root: string | undefined;
  cgroup: Cgroup | undefined;
  log: LogFile | undefined;
}

async function launch(context: Context, container: Container, prepared: Prepared): Promise<void> {
  const { record } = container;
  const { config, hostConfig } = record;
  checkBeforeStart(hostConfig);
  const passing = container.transient || hostConfig.AutoRemove;
  const [root, connection, cgroup] = await allOrThrow([
    context.snapshots.mount(record.id, { passing }).then((path) => (prepared.root = path)),
    (container.network ?? context.networking).connect(record),
    cgroupOf(context, container).then((made) => (prepared.cgroup = made)),
  ]);
  const user = resolveUser(root, config.User, hostConfig.GroupAdd ?? []);
  if (config.WorkingDir !== '') makeDirectoryInRoot(root, config.WorkingDir);
  await context.volumes.acquire(volumeNames(record), record.id);
  await copyUpVolumes(root, record.mounts);
  await makeMountPoints(root, record.mounts);
  const filesOf = connection.filesOf ?? record.id;
  if (filesOf === record.id) writeFiles(container.folder, record, connection);
  const bundle = `${context.runFolder}/${record.id}`;
  mkdirSync(bundle, { recursive: true, mode: 0o700 });
  const [pidNamespace, ipcNamespace] = [
    joinedNamespace(context.registry, 'pid', hostConfig.PidMode),
    joinedNamespace(context.registry, 'ipc', hostConfig.IpcMode),
  ];
  const sharedMemory = await sharedMemoryOf(context, record);
  const spec = buildSpec({
    record,
    root,
    user,
    network: connection.namespace,
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    ...(ipcNamespace === undefined ? {} : { ipcNamespace }),
    ...(sharedMemory === undefined ? {} : { sharedMemory }),
    filesFolder: context.registry.folderOf(filesOf),
    cgroupFolders: cgroup?.folders ?? {},
    initProgram: context.initProgram,
    devices: await devicesOf(hostConfig),
    links: linksOf(context, record),
    consoleSize: { width: container.size.columns, height: container.size.rows },
  });
  writeFileSync(`${bundle}/config.json`, JSON.stringify(spec));
  const log = await openLog(container);
  prepared.log = log;
  const process = await context.crun.launch({
    command: ['run', '--bundle', bundle],
    operands: [record.id],
    log: `${bundle}/crun.log`,
    tty: config.Tty,
    stdin: config.OpenStdin,
    cgroup,
    cpus: hostConfig.CpusetCpus,
    program: { name: record.path, root, env: spec.process.env },
  });
  Object.assign(record.state, {
    status: 'running',
    pid: process.pid,
    exitCode: 0,
    oomKilled: false,
    startedAt: formatTime(now()),
  });
  record.stoppedByUser = false;
  context.volumes.allMounted(record);
  await monitor(context, container, { process, log, root, cgroup });
  // It runs: a full disk takes nothing back, as with dockerd, which notes it in its log alone.
  await context.registry.save(container).catch(() => undefined);
}

async function openLog({ record, logPath }: Container): Promise<LogFile> {
  const { LogConfig } = record.hostConfig;
  if (LogConfig.Type === 'none') return LogFile.none();
  const limits = logLimitsOf(LogConfig);
  try {
    logDetails(record);
  } catch (error) {
    throw new EngineError('internal', `failed to initialize logging driver: ${(error as Error).message}`);
  }
  return LogFile.open(logPath, limits);
}

/** What a container that is linked with others is told of them. */
export function linksOf({ registry }: Context, record: Container['record']): string[] {
  return linkVariables(record, { find: (reference) => registry.get(reference).record });
}

function volumeNames({ mounts }: Container['record']): string[] {
  return mounts.flatMap(({ Name }) => Name ?? []);
}

async function cgroupOf(context: Context, { record, group }: Container): Promise<Cgroup | undefined> {
  return group ? group.lend(record) : makeCgroup(context, record);
}

/** One of its own, with the record's limits; undefined on a machine without control groups. */
export async function makeCgroup(context: Context, record: ContainerRecord): Promise<Cgroup | undefined> {
  if (!context.cgroups) return undefined;
  const { hostConfig } = record;
  const cgroup = await context.cgroups.create(record.id);
  try {
    const { CpuRealtimePeriod: periodUs, CpuRealtimeRuntime: runtimeUs } = hostConfig;
    await cgroup.limitRealTime({ periodUs, runtimeUs }).catch(toldAs('unable to apply cgroup configuration'));
    if (hasLimits(hostConfig)) await cgroup.limit(limitsOf(hostConfig)).catch(toldAs(SET_LIMITS));
  } catch (error) {
    await cgroup.remove();
    throw error;
  }
  return cgroup;
}

const SET_LIMITS = 'error during container init: error setting cgroup config for procHooks process';

function toldAs(what: string): (error: unknown) => never {
  const where = 'failed to create shim task: OCI runtime create failed: runc create failed: unable to start';
  return (error) => {
    throw new EngineError(
      'internal',
      `${where} container process: ${what}: ${(error as Error).message}: unknown`,
    );
  };
}

async function failed(
  context: Context,
  container: Container,
  prepared: Prepared,
  error: unknown,
): Promise<void> {
  const { record } = container;
  await prepared.log?.close();
  await giveBack(context, container, prepared);
  record.state.status = record.state.startedAt === record.state.finishedAt ? 'created' : 'exited';
  record.state.exitCode = error instanceof StartFailure ? error.exitCode : 128;
  record.state.error = error instanceof Error ? error.message : String(error);
  record.state.pid = 0;
  await context.registry.save(container);
  if (!(error instanceof StartFailure)) return;
  emitContainer(context, container, 'die', { exitCode: String(record.state.exitCode) });
}

/** Undoes what a start prepared; also after a run. */
export async function giveBack(
  context: Context,
  { record, network }: Container,
  prepared: { readonly root?: string | undefined; readonly cgroup?: Cgroup | undefined },
): Promise<void> {
  rmSync(`${context.runFolder}/${record.id}`, { recursive: true, force: true });
  await Promise.allSettled([
    (network ?? context.networking).disconnect(record),
    prepared.root === undefined ? undefined : context.snapshots.unmount(record.id),
    prepared.cgroup?.remove(),
    unmountSharedMemory(context, record),
    context.volumes.yield(volumeNames(record), record.id),
  ]);
}

/** As `Promise.all`, but waits for all to end first, so that there is nothing half done to give back. */
async function allOrThrow<T extends readonly unknown[]>(promises: {
  readonly [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}
