import { Router, type Request, type Response } from 'express';
import { pipeline } from 'node:stream/promises';
import { EngineClient } from '../engine/client.ts';
import { readLearner } from '../http/cookie.ts';
import { RATES, RateLimit } from '../http/rate.ts';
import { SessionId } from '../messages.ts';
import { Refusal } from '../refusal.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { MachineFiles } from './machine-files.ts';
import { FilePath, FolderPath, parse, Version } from './messages.ts';

/**
 * The bytes of the learner's files; see `protocol.ts`. They come from a stranger and are served from the page's own
 * origin: always as a download without a type that a browser would show or run. `changed` hears of every file written.
 */
export function fileRoutes(sessions: Sessions, changed: (session: string) => void): Router {
  const router = Router();
  const byAddress = new RateLimit(RATES.filesByAddress);
  const bySession = new RateLimit(RATES.filesBySession);

  const serve =
    (
      work: (files: MachineFiles, request: Request, response: Response, signal: AbortSignal) => Promise<void>,
    ) =>
    async (request: Request, response: Response): Promise<void> => {
      await byAddress.spend(request.ip ?? '');
      const id = SessionId.safeParse(request.params.id);
      const session = sessions.find(readLearner(request.headers.cookie), id.success ? id.data : '');
      await bySession.spend(session.record.id);
      if (session.info.state !== 'running') throw new Refusal('conflict', 'The machine is not running.');
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const engine = new EngineClient(session.info.engineSocket);
      try {
        await work(new MachineFiles(engine), request, response, gone.signal);
      } catch (error) {
        if (!gone.signal.aborted) throw error;
      } finally {
        engine.close();
      }
    };

  router.get(
    '/sessions/:id/files',
    serve(async (files, request, response, signal) => {
      const path = parse(FilePath, request.query.path);
      const { body, version } = await files.open(path, signal);
      asDownload(response, path.split('/').at(-1) ?? 'file', 'application/octet-stream');
      response.setHeader('Slipway-Version', version);
      const length = body.headers['content-length'];
      if (length !== undefined) response.setHeader('Content-Length', length);
      await pipeline(body, response);
    }),
  );

  router.put(
    '/sessions/:id/files',
    serve(async (files, request, response, signal) => {
      const path = parse(FilePath, request.query.path);
      response.json(await files.write(path, parse(Version, request.query.version), request, signal));
      changed(String(request.params.id));
    }),
  );

  router.get(
    '/sessions/:id/files/zip',
    serve(async (files, request, response, signal) => {
      const path = parse(FolderPath, request.query.path ?? '');
      const body = await files.zip(path, signal);
      asDownload(response, `${path === '' ? 'home' : path.split('/').at(-1)}.zip`, 'application/zip');
      await pipeline(body, response);
    }),
  );
  return router;
}

function asDownload(response: Response, name: string, type: string): void {
  response.attachment(name);
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
}
