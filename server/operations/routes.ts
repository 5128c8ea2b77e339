import express, { Router, type RequestHandler } from 'express';
import { loadavg } from 'node:os';
import * as z from 'zod';
import type { Supervisor } from '../../sandbox/host/supervisor.ts';
import { RATES, RateLimit } from '../http/rate.ts';
import { SessionId } from '../messages.ts';
import type { AdminOverview } from './protocol.ts';
import { Refusal } from '../refusal.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { sessionView } from '../sessions/view.ts';
import { isAdmin, type AdminTokenHash } from './admin-token.ts';
import { LEARNER_LETTERS, type Audit } from './audit.ts';
import type { Metrics } from './metrics.ts';

export interface OperationsOptions {
  readonly sessions: Sessions;
  readonly rooms: Rooms;
  readonly metrics: Metrics;
  readonly audit: Audit;
  /** Without it there is no admin page and there are no metrics. */
  readonly adminTokenHash?: AdminTokenHash;
  /** No machines can be made while it does not answer. */
  readonly supervisor: Pick<Supervisor, 'list' | 'room'>;
}

/** How long the supervisor may take to answer before the server is not ready, in milliseconds. */
const PROBE_MAX_MS = 2000;

const MessageBody = z.strictObject({ message: z.string().trim().min(1).max(500) });

/**
 * For whoever runs the server: `/healthz` (the process answers), `/readyz` (it can make machines), and behind the admin
 * token `/metrics` (Prometheus). Health and readiness say nothing but that, so everybody may ask.
 */
export function operationsRoutes({ metrics, supervisor, adminTokenHash }: OperationsOptions): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok\n');
  });
  router.get('/readyz', async (_request, response) => {
    const ready = await answers(() => supervisor.list());
    response
      .status(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'ready\n' : 'The supervisor does not answer.\n');
  });
  router.get('/metrics', adminOnly(adminTokenHash), async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return router;
}

/**
 * `/api/admin`: what `server/operations/protocol.ts` promises. The token comes in a header that no other site's page
 * can set, so the origin does not matter.
 */
export function adminRoutes(options: OperationsOptions): Router {
  const { sessions, rooms, audit } = options;
  const router = Router();
  router.use(adminOnly(options.adminTokenHash), express.json({ limit: '4kb' }));

  router.get('/', async (_request, response) => {
    response.json(await overview(options));
  });

  router.delete('/sessions/:id', async (request, response) => {
    const id = SessionId.safeParse(request.params.id);
    const known = id.success && sessions.all().some(({ record }) => record.id === id.data);
    if (!known) throw new Refusal('not-found', 'There is no such machine. It may have ended.');
    audit.write({ what: 'admin', session: id.data, why: 'ended' });
    await sessions.destroy(id.data, 'The one who runs this server has ended this machine.');
    response.status(204).end();
  });

  router.post('/message', (request, response) => {
    const body = MessageBody.safeParse(request.body);
    if (!body.success) throw new Refusal('invalid', 'A message has 1 to 500 characters.');
    audit.write({ what: 'admin', why: `said: ${body.data.message}` });
    response.json({ pages: rooms.noticeAll('info', body.data.message) });
  });
  return router;
}

/** Answers 404 where there is no token, as if the address were not there; wrong tokens are slow to try. */
function adminOnly(hash: AdminTokenHash | undefined): RequestHandler {
  const wrong = new RateLimit(RATES.adminTries);
  return async (request, _response, next) => {
    if (hash === undefined) throw new Refusal('not-found', 'There is nothing at this address.');
    if (!isAdmin(request.headers.authorization, hash)) {
      await wrong.spend(request.ip ?? '');
      throw new Refusal('foreign-origin', 'This needs the admin token of the server.');
    }
    next();
  };
}

async function overview({ supervisor, sessions, rooms }: OperationsOptions): Promise<AdminOverview> {
  const { memoryBytes } = await supervisor.room();
  const [load = 0] = loadavg();
  return {
    host: { memoryFreeBytes: memoryBytes, load, upSeconds: Math.floor(process.uptime()) },
    sessions: sessions.all().map((session) => {
      const usage = rooms.usage(session.record.id);
      return {
        ...sessionView(session),
        learner: session.record.owner.slice(0, LEARNER_LETTERS),
        createdAt: session.record.createdAt,
        pages: rooms.pages(session.record.id),
        ...(usage && { usage }),
      };
    }),
  };
}

async function answers(probe: () => Promise<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, PROBE_MAX_MS, false).unref());
  const answered = probe().then(
    () => true,
    () => false,
  );
  return Promise.race([answered, late]);
}
