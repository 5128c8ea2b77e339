import { createHash } from 'node:crypto';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { openSupervisor } from '../../sandbox/host/open.ts';
import { outliveClosedOutput, outliveErrors } from '../../sandbox/host/uncaught.ts';
import { serveSupervisor } from '../../sandbox/host/channel.ts';
import type { Supervisor } from '../../sandbox/host/supervisor.ts';
import type { EgressWishes } from '../../sandbox/egress/egress.ts';
import { egressWishes } from '../egress.ts';
import { inOwnNamespaces, speakAs, untilStopped } from '../lifetime.ts';
import { requireFreePort, requireHost, requireReachable, requireRoot } from '../requirements.ts';
import type { Settings } from '../settings.ts';
import type { SetupContext } from '../setup/context.ts';
import { exists } from '../setup/folder.ts';
import { type Folders, setUp } from '../setup/setup.ts';
import { buildImages } from './images.ts';
import { fetchNotary } from './notary.ts';
import { runServer, type ServerProcess } from './server.ts';

/** The web server's user: a number that no convention hands out, below those of the machines. */
const SERVER_USER = { uid: 0x6fff_0000, gid: 0x6fff_0000 };

/** Sets up, serves until a signal comes, and stops in order. */
export async function start(
  context: SetupContext,
  settings: Settings,
  interrupted: AbortController,
): Promise<void> {
  requireRoot('make machines');
  await inOwnNamespaces(() => serve(context, settings, interrupted));
}

async function serve(context: SetupContext, settings: Settings, interrupted: AbortController): Promise<void> {
  const stopped = untilStopped(interrupted);
  const say = speakAs(settings.logFormat);
  // Once something was set up here, the host has been found fit.
  if (!(await exists(join(context.data, 'workbench/current')))) await requireHost(context.data);
  await requireFreePort(settings.host, settings.port);
  const folders = await setUp(context, { page: true, tests: false });
  const egress = await egressWishes(context, settings);
  await requireReachable(folders.app ?? folders.runtime);

  const supervisor = await openSupervisor({ ...supervisorOptions(settings, folders) });
  outliveClosedOutput(process.stdout, process.stderr);
  outliveErrors(process, { say, end: endInOrder });
  try {
    const server = await openServer(supervisor, settings, folders, egress);
    say(`Slipway is ready: ${server.url}`);
    say('Ctrl+C stops it. The machines keep their disks.');
    const images = buildImages(context, settings.images, say);
    const notary = settings.contentTrust ? fetchNotary(context, say) : undefined;
    await stopped;
    say('Stopping …');
    await Promise.all([server.stop(), images, notary]);
  } finally {
    await supervisor.close();
  }
}

/** As a signal would, and as a failure: whoever keeps services running starts it anew. */
function endInOrder(): void {
  process.exitCode = 1;
  process.kill(process.pid, 'SIGTERM');
}

export function supervisorOptions(
  settings: Settings,
  folders: Folders,
): Parameters<typeof openSupervisor>[0] {
  return {
    dataDir: settings.dataDir,
    runtime: folders.runtime,
    workbench: folders.workbench,
    catalog: folders.catalog,
    limits: limitsOf(settings),
    maxSessions: settings.maxSessions,
    spares: settings.spares,
    snapshots: { most: settings.snapshots, bytes: settings.snapshotSpace },
    buildMinutes: settings.buildMinutes,
    socketOwner: SERVER_USER,
  };
}

/** The server's command line, which everybody on the host can read, gets the token's hash alone. */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const limitsOf = (settings: Settings) => ({
  memoryBytes: settings.memory,
  diskBytes: settings.disk,
  cpus: settings.cpus,
  processes: settings.processes,
});

/** The web server over `supervisor`, with all that it keeps below the data folder of `settings`. */
export async function openServer(
  supervisor: Supervisor,
  settings: Settings,
  folders: Folders,
  egress: EgressWishes,
  lessons: { readonly lessonsDir?: string; readonly authoring?: boolean } = {},
): Promise<ServerProcess> {
  const app = folders.app ?? '';
  const stateDir = join(settings.dataDir, 'server');
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  await chown(stateDir, SERVER_USER.uid, SERVER_USER.gid);
  const hubDir = join(settings.dataDir, 'hub');
  const trustDir = join(settings.dataDir, 'trust');
  for (const folder of [hubDir, trustDir]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chown(folder, SERVER_USER.uid, SERVER_USER.gid);
  }
  return runServer({
    node: join(folders.runtime, 'bin/node'),
    program: join(app, 'server.mjs'),
    user: SERVER_USER,
    options: {
      host: settings.host,
      port: settings.port,
      stateDir,
      webDir: join(app, 'web'),
      lessonsDir: join(app, 'lessons'),
      ...lessons,
      allowedHosts: settings.allowedHosts,
      ...(settings.previewDomain !== undefined && { previewDomain: settings.previewDomain }),
      trustedProxies: settings.trustedProxies,
      sessionMinutes: settings.sessionMinutes,
      longestMinutes: settings.longestMinutes,
      idleMinutes: settings.idleMinutes,
      sessionsPerLearner: settings.sessionsPerLearner,
      queuePlaces: settings.queue,
      log: { format: settings.logFormat, level: settings.logLevel },
      limits: limitsOf(settings),
      egress,
      ...(settings.adminToken !== undefined && { adminTokenHash: sha256(settings.adminToken) }),
      hub: {
        folder: hubDir,
        catalog: folders.catalog,
        quotaBytes: settings.hubQuota,
        ...(settings.hubUpstream !== undefined && { upstream: settings.hubUpstream }),
        cacheBytes: settings.hubCache,
      },
      trust: {
        folder: trustDir,
        ...(settings.contentTrust && { tools: join(settings.dataDir, 'tools/notary') }),
      },
    },
    connect: (child) => serveSupervisor(supervisor, child),
    say: speakAs(settings.logFormat),
  });
}
