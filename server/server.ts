import { createServer, type Server as HttpServer } from 'node:http';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { openEgress } from '../sandbox/egress/egress.ts';
import type { Supervisor } from '../sandbox/host/supervisor.ts';
import { readExplanations } from '../lessons/explanations.ts';
import { readGroups } from '../lessons/groups.ts';
import { formatProblem } from '../lessons/problems.ts';
import { readLessons } from '../lessons/reader.ts';
import { catalogueOf } from './catalogue/catalogue.ts';
import { addressBehindProxies } from './http/address.ts';
import { createApp } from './http/app.ts';
import { openHub } from './hub/hub.ts';
import { repositoriesOf } from './hub/overview.ts';
import { openLive } from './hub/live.ts';
import type { Log } from './operations/log.ts';
import { openOperations } from './operations/operations.ts';
import type { ServerOptions } from './options.ts';
import { Previews } from './ports/previews.ts';
import { ProgressStore } from './progress/store.ts';
import { Queue } from './queue/queue.ts';
import { Rooms } from './rooms/rooms.ts';
import { Idle } from './sessions/idle.ts';
import { SessionRecords } from './sessions/records.ts';
import { Sessions } from './sessions/sessions.ts';
import { openGateway } from './socket/gateway.ts';
import { openTrust } from './trust/trust.ts';
import { Uplinks } from './uplink/uplinks.ts';

export interface RunningServer {
  /** Where the page is, such as `http://localhost:3000`. */
  readonly url: string;
  /** Logs what went wrong, and counts it. */
  readonly report: Report;
  /** Sessions go on; the page's connections end. */
  close(): Promise<void>;
}

/** For learners whose page is open while the server stops. */
const GOODBYE =
  'The server is being stopped or started anew. Your machine keeps its disk; this page comes back by itself.';

export type Report = (message: string, error?: unknown) => void;

/** Wires the web server. Resolves once it answers. `report` hears of what goes wrong, and `log` of everything else. */
export async function openServer(
  options: ServerOptions,
  supervisor: Supervisor,
  report: Report,
  log: Log,
): Promise<RunningServer> {
  const { stateDir, allowedHosts, adminTokenHash } = options;
  const { lessons, problems, known } = await readLessons(options.lessonsDir);
  const { groups, problems: groupProblems } = await readGroups(
    options.lessonsDir,
    [...lessons.keys()],
    known,
  );
  const { explanations, problems: explanationProblems } = await readExplanations(options.lessonsDir);
  // Their author is told on the page, and by lint.
  for (const problem of options.authoring ? [] : [...problems, ...groupProblems, ...explanationProblems])
    report(formatProblem(problem));
  const catalogue = catalogueOf(lessons, groups);
  const records = await SessionRecords.open(join(stateDir, 'sessions'), report);
  const sessions = await Sessions.open({
    supervisor,
    records,
    lifetimeMs: options.sessionMinutes * 60_000,
    longestMs: options.longestMinutes * 60_000,
    sessionsPerLearner: options.sessionsPerLearner,
    limits: options.limits,
    report,
  });
  const progress = ProgressStore.open({ file: join(stateDir, 'progress.db'), report });
  const hub = openHub({ folder: join(stateDir, 'hub'), ...options.hub, report });
  const rooms = new Rooms({
    sessions,
    progress,
    lesson: (slug) => lessons.get(slug),
    explanations,
    hub: (owner) =>
      repositoriesOf(hub, owner).map(({ name, tags }) => ({ name, tags, signed: () => trust.signed(name) })),
    report,
  });
  const trust = await openTrust({ folder: join(stateDir, 'trust'), ...options.trust, hub, report });
  const idle = new Idle({ sessions, rooms, idleMs: options.idleMinutes * 60_000, report });
  const egress = openEgress(options.egress, trust.ownName);
  const uplinks = new Uplinks({
    sessions,
    services: { hub: hub.accept, authority: trust.tellAuthority, ...egress.services },
    ended: (id) => egress.forget(id),
  });
  const queue = new Queue({
    places: options.queuePlaces,
    watchRoom: (listener) => watchRoom(sessions, listener),
    report,
  });
  const operations = openOperations({
    supervisor,
    sessions,
    rooms,
    queue,
    stateDir,
    adminTokenHash,
    report,
    log,
  });
  const http = createServer(
    createApp({
      ...options,
      sessions,
      lessons,
      ...(options.authoring && { problems }),
      catalogue,
      hub,
      progress,
      queue,
      operations,
      report: operations.report,
      log,
    }),
  );
  const addressOf = addressBehindProxies(options.trustedProxies);
  const previews = new Previews({ sessions, domain: options.previewDomain });
  const gateway = openGateway(http, { sessions, rooms, queue, previews, allowedHosts, addressOf, report });
  hub.listen(openLive(gateway, hub.pushes, { addressOf }));
  previews.interpose(http);
  await listen(http, options);
  return {
    url: urlOf(http, options.host),
    report: operations.report,
    close: async () => {
      rooms.noticeAll('warning', GOODBYE);
      idle.close();
      queue.close();
      rooms.close();
      uplinks.close();
      egress.close();
      await trust.close();
      hub.close();
      sessions.close();
      progress.close();
      previews.close();
      await gateway.close();
      http.closeAllConnections();
      await operations.close();
    },
  };
}

/** A machine that ends or sleeps leaves room. */
function watchRoom(sessions: Sessions, listener: () => void): () => void {
  return sessions.listen({
    changed: ({ info }) => {
      if (info.state === 'stopped' || info.state === 'failed') listener();
    },
    ended: listener,
    notice: () => undefined,
    wasReset: () => undefined,
  });
}

function listen(http: HttpServer, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    // Only IPv4's loopback: a name with two addresses would be bound to one of them by chance.
    http.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port }, () => {
      http.off('error', reject);
      resolve();
    });
  });
}

function urlOf(http: HttpServer, host: string): string {
  const { port } = http.address() as AddressInfo;
  const everywhere = host === '0.0.0.0' || host === '::';
  const name = everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
