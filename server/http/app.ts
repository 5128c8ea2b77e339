import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express';
import helmet from 'helmet';
import { STATUS_CODES } from 'node:http';
import { Refusal, toRefusal, type RefusalKind } from '../refusal.ts';
import type { Log } from '../operations/log.ts';
import { adminRoutes, operationsRoutes, type OperationsOptions } from '../operations/routes.ts';
import { logRequests, routeOf } from '../operations/session-log.ts';
import { apiRoutes, type ApiOptions } from './api.ts';
import { fileRoutes } from '../files/routes.ts';
import { isOwnHost, isOwnOrigin } from './origin.ts';
import { RATES, RateLimit } from './rate.ts';
import { pageFiles } from './pages.ts';

export interface AppOptions extends ApiOptions {
  readonly operations: OperationsOptions;
  readonly allowedHosts: readonly string[];
  readonly trustedProxies: number;
  readonly previewDomain?: string;
  readonly webDir: string;
  readonly report: (message: string, error?: unknown) => void;
  readonly log: Log;
}

/** The whole HTTP side: who may ask, the API, the page. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', options.trustedProxies);
  app.set('query parser', 'simple');
  app.use(security(options.previewDomain));
  app.use(options.operations.metrics.times);
  app.use(logRequests(options.log));
  // Whoever asks for health may not know any of the server's names.
  app.use(operationsRoutes(options.operations));
  app.use(ownHost(options.allowedHosts));
  app.use('/api/admin', noStore, withinRate(), adminRoutes(options.operations));
  // Before the rest: the editor writes more often than the page asks.
  app.use(
    '/api',
    noStore,
    ownOrigin(options.allowedHosts),
    fileRoutes(options.sessions, (id) => options.operations.rooms.filesChanged(id)),
  );
  app.use('/api', noStore, withinRate(), ownOrigin(options.allowedHosts), apiRoutes(options));
  app.use('/api', () => {
    throw new Refusal('not-found', 'There is nothing at this address.');
  });
  app.use(pageFiles(options.webDir));
  app.use(errors(options.report));
  return app;
}

const LOCAL_PREVIEWS = ['http://*.localhost:*', 'https://*.localhost:*'];

const security = (previewDomain: string | undefined) =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // xterm.js sets sizes and colours in style elements of its own.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        // Ports of machines, each on an origin of its own.
        frameSrc: previewDomain === undefined ? LOCAL_PREVIEWS : [...LOCAL_PREVIEWS, `*.${previewDomain}:*`],
        frameAncestors: ["'none'"],
      },
    },
    // The server itself speaks plain HTTP; whoever puts TLS before it decides on this.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    // It would keep the previews out, which are programs of learners and know nothing of it.
    crossOriginEmbedderPolicy: false,
    xFrameOptions: { action: 'deny' },
  });

const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};

function ownHost(allowed: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    if (isOwnHost(request.headers.host, allowed)) {
      next();
      return;
    }
    throw new Refusal('foreign-origin', 'Slipway is not served under this name. The host can allow it.');
  };
}

function ownOrigin(allowed: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads || isOwnOrigin(request.headers, allowed)) {
      next();
      return;
    }
    throw new Refusal('foreign-origin', 'This request does not come from the page of this server.');
  };
}

function withinRate(): RequestHandler {
  const limit = new RateLimit(RATES.requestsByAddress);
  return async (request, _response, next) => {
    await limit.spend(request.ip ?? '');
    next();
  };
}

/** A new kind without a row here does not compile. */
const STATUS: Record<RefusalKind, number> = {
  invalid: 400,
  'foreign-origin': 403,
  'not-found': 404,
  conflict: 409,
  'too-many': 429,
  full: 503,
  unavailable: 503,
  failed: 500,
};

function errors(report: AppOptions['report']): ErrorRequestHandler {
  return (error: unknown, request: Request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = statusOf(error);
    if (status !== undefined) {
      response.status(status).json({ error: `${STATUS_CODES[status] ?? 'Refused'}.` });
      return;
    }
    const refusal = toRefusal(error);
    if (refusal.kind === 'failed') report(`${request.method} ${routeOf(request)} failed.`, error);
    response.status(STATUS[refusal.kind]).json({ error: refusal.message });
  };
}

/** The status of a request that express itself refuses, such as a body that is no JSON. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
