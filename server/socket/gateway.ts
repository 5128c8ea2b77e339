import type { Server as HttpServer } from 'node:http';
import { Server } from 'socket.io';
import { readLearner } from '../http/cookie.ts';
import { isOwnOrigin } from '../http/origin.ts';
import { RATES, RateLimit } from '../http/rate.ts';
import { HandshakeAuth } from '../messages.ts';
import type { ClientToServer, ConnectRefusal, ServerToClient } from '../protocol.ts';
import type { Page, PageData } from '../rooms/page.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Queue } from '../queue/queue.ts';
import { toRefusal } from '../refusal.ts';
import { bindBuilds } from '../builds/bind.ts';
import { bindFiles } from '../files/bind.ts';
import { bindPorts } from '../ports/bind.ts';
import type { Previews } from '../ports/previews.ts';
import { bindMap } from '../map/socket.ts';
import { bindLesson } from './lesson.ts';
import { bindTerminals } from './terminals.ts';
import { endUnread } from './unread.ts';

/** Bytes of one message from a page: the largest input in UTF-8, and its frame. */
const MESSAGE_MAX_BYTES = 128 * 1024;

/** Pages that may show one session at a time: each is sent all of its output. */
export const PAGES_MAX = 16;

/** Messages from one page in ten seconds; with eight terminals in a flood a page acknowledges some thousand. */
const FLOOD = { messages: 20_000, ms: 10_000 };

/** A page whose connection is silent for so long is gone, in milliseconds. */
const PING_EVERY_MS = 10_000;
const PING_TIMEOUT_MS = 10_000;

export interface GatewayOptions {
  readonly sessions: Sessions;
  readonly rooms: Rooms;
  readonly queue: Pick<Queue, 'unlessAwaited'>;
  readonly previews: Previews;
  readonly allowedHosts: readonly string[];
  /** The address of the one who asks, proxies taken into account. */
  readonly addressOf: (request: { headers: NodeJS.Dict<string | string[]>; address: string }) => string;
  readonly report: (message: string, error?: unknown) => void;
}

type Gateway = Server<ClientToServer, ServerToClient, Record<string, never>, PageData>;

/** Socket.io beside the HTTP server: lets in the owner of a session only, and binds the page to its room. */
export function openGateway(http: HttpServer, options: GatewayOptions): Gateway {
  const gateway: Gateway = new Server(http, {
    serveClient: false,
    transports: ['websocket'],
    allowUpgrades: false,
    maxHttpBufferSize: MESSAGE_MAX_BYTES,
    pingInterval: PING_EVERY_MS,
    pingTimeout: PING_TIMEOUT_MS,
    perMessageDeflate: false,
    // Cross-site WebSockets and rebound names end here, before any session is looked up.
    allowRequest: (request, decide) => decide(null, isOwnOrigin(request.headers, options.allowedHosts)),
  });
  const connections = new RateLimit(RATES.connectionsByAddress);
  gateway.use((page, next) => {
    const address = options.addressOf(page.handshake);
    connections
      .allows(address)
      .then((allowed) => next(allowed ? authenticate(page, options) : refused('busy')))
      .catch(next);
  });
  const limits = {
    screens: new RateLimit(RATES.screensBySession),
    lookups: new RateLimit(RATES.lookupsBySession),
  };
  gateway.on('connection', (page) => {
    endFloods(page);
    endUnread(page);
    welcome(page, options, limits).catch((error: unknown) => {
      options.report('A page could not join its session.', error);
      page.disconnect();
    });
  });
  return gateway;
}

function authenticate(page: Page, { sessions, rooms }: GatewayOptions): Error | undefined {
  const auth = HandshakeAuth.safeParse(page.handshake.auth);
  const learner = readLearner(page.handshake.headers.cookie);
  if (!auth.success || learner === undefined) return refused('not-found');
  try {
    sessions.find(learner, auth.data.session);
  } catch {
    return refused('not-found');
  }
  if (rooms.pages(auth.data.session) >= PAGES_MAX) return refused('busy');
  page.data.learner = learner;
  page.data.sessionId = auth.data.session;
  return undefined;
}

const REFUSALS: Record<ConnectRefusal['code'], string> = {
  'not-found': 'There is no such machine. It may have ended.',
  busy: 'There were too many connections in a short time. Please wait a minute and try again.',
};

function refused(code: ConnectRefusal['code']): Error & { data: ConnectRefusal } {
  return Object.assign(new Error(REFUSALS[code]), { data: { code } });
}

/** A page of ours never sends so much; whatever does costs everybody's server time, also when it is ignored. */
function endFloods(page: Page): void {
  let count = 0;
  let since = performance.now();
  page.use((_message, next) => {
    const now = performance.now();
    if (now - since > FLOOD.ms) [since, count] = [now, 0];
    count += 1;
    if (count > FLOOD.messages) page.disconnect(true);
    else next();
  });
}

interface SessionLimits {
  readonly screens: RateLimit;
  readonly lookups: RateLimit;
}

async function welcome(page: Page, options: GatewayOptions, limits: SessionLimits): Promise<void> {
  const { sessions, rooms, queue } = options;
  const session = sessions.find(page.data.learner, page.data.sessionId);
  // Bound before anything is awaited: what the page sends meanwhile must not be lost.
  const joined = rooms.join(session, page);
  bindFiles(page, joined, limits.lookups);
  bindPorts(page, joined, options.previews);
  bindMap(page, joined);
  bindBuilds(page, joined);
  bindLesson(page, joined, options.report);
  bindTerminals(page, joined, { screens: limits.screens, report: options.report });
  const left = new Promise<void>((resolve) => page.on('disconnect', () => resolve()));
  const room = await joined;
  void left.then(() => rooms.leave(room, page));
  if (session.info.state === 'stopped') {
    await queue
      .unlessAwaited(() => sessions.resume(session))
      .catch((error: unknown) => {
        page.emit('notice', { level: 'warning', message: toRefusal(error).message });
      });
  }
}
