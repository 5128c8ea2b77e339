import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { removeAbandoned } from '../sandbox/host/abandoned.ts';
import { openSupervisor } from '../sandbox/host/open.ts';
import type { HostMount, SessionInfo, Supervisor } from '../sandbox/host/supervisor.ts';
import type { EgressWishes } from '../sandbox/egress/egress.ts';
import { egressWishes } from './egress.ts';
import { Failure, hasCode, messageOf } from './failure.ts';
import { inOwnNamespaces, say, untilStopped } from './lifetime.ts';
import { requireRoot } from './requirements.ts';
import { followPorts } from './sandbox/ports.ts';
import { requireFreeSocket, serveDocker } from './sandbox/socket.ts';
import type { Settings } from './settings.ts';
import type { SetupContext } from './setup/context.ts';
import { type Folders, setUp } from './setup/setup.ts';
import { openWayOut } from './way-out.ts';

/** What the command line adds to the settings. */
export interface SandboxOptions {
  /** Where the Docker API is served on this host. */
  readonly socket: string;
  readonly mounts: readonly HostMount[];
  /** Published ports listen on the host's loopback too. */
  readonly publish: boolean;
}

/**
 * Starts one machine without the web server and serves its Docker API at a socket of this host, until a signal comes or
 * the machine ends. Nothing is left of it afterwards.
 */
export async function sandbox(
  context: SetupContext,
  settings: Settings,
  options: SandboxOptions,
  interrupted: AbortController,
): Promise<void> {
  requireRoot('make machines');
  await inOwnNamespaces(() => serveSandbox(context, settings, options, interrupted));
}

async function serveSandbox(
  context: SetupContext,
  settings: Settings,
  options: SandboxOptions,
  interrupted: AbortController,
): Promise<void> {
  const stopped = untilStopped(interrupted);
  await requireFreeSocket(options.socket);
  const folders = await setUp(context, { page: false, tests: false });
  const egress = await egressWishes(context, settings);
  const home = await ownFolder(settings.dataDir);
  try {
    const supervisor = await openSupervisor(supervisorOptions(settings, folders, home));
    try {
      await serveUntil(stopped, supervisor, { ...options, egress });
    } finally {
      await supervisor.close();
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function serveUntil(
  stopped: Promise<void>,
  supervisor: Supervisor,
  options: SandboxOptions & { readonly egress: EgressWishes },
): Promise<void> {
  const session = await supervisor.create({ mounts: options.mounts });
  const ended = untilEnded(supervisor, session);
  const docker = await serveDocker(options.socket, session.engineSocket);
  const wayOut = openWayOut(session, options.egress);
  const ports = options.publish ? followPorts(session.engineSocket, say) : undefined;
  try {
    say(`The machine is ready. Use it with: export DOCKER_HOST=unix://${options.socket}`);
    say('Ctrl+C ends it and removes what it holds.');
    await Promise.race([stopped, ended]);
  } finally {
    ports?.close();
    wayOut.close();
    docker.close();
    await supervisor.destroy(session.id);
  }
}

/** Rejects with the reason when the machine ends by itself. */
function untilEnded(supervisor: Supervisor, { id }: SessionInfo): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    supervisor.watch((event) => {
      if (event.type === 'memory-kill') say(event.message);
      if (event.type === 'state' && event.session.id === id && event.session.state === 'failed')
        reject(new Failure('The machine has ended.', event.session.end?.message ?? 'Start it again.'));
    });
  });
  ended.catch(() => undefined);
  return ended;
}

/** A younger folder may belong to a sandbox that is just about to take it. */
const ABANDONED_AFTER_MS = 10_000;

/**
 * Each sandbox has a supervisor and a folder of its own, beside those of `start`. What one that was killed has left is
 * put away by the next.
 */
export async function ownFolder(dataDir: string): Promise<string> {
  const all = join(dataDir, 'sandbox');
  await mkdir(all, { recursive: true, mode: 0o711 });
  for (const name of await readdir(all)) await putAway(join(all, name));
  const home = join(all, randomBytes(4).toString('hex'));
  await mkdir(home, { mode: 0o711 });
  return home;
}

/** Another sandbox may put the same folder away, or its own, at this moment; what cannot be removed is left to the next. */
async function putAway(folder: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await removeAbandoned(folder);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) say(`${folder} could not be put away: ${messageOf(error)}`);
  }
}

function supervisorOptions(
  settings: Settings,
  folders: Folders,
  home: string,
): Parameters<typeof openSupervisor>[0] {
  const { memory, disk, cpus, processes, dataDir } = settings;
  return {
    dataDir: home,
    disksDir: join(dataDir, 'disks'),
    runtime: folders.runtime,
    workbench: folders.workbench,
    catalog: folders.catalog,
    limits: { memoryBytes: memory, diskBytes: disk, cpus, processes },
  };
}
