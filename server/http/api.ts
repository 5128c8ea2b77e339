import express, { Router, type Request } from 'express';
import type { LessonProblem } from '../../lessons/problems.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import type { Catalogue } from '../catalogue/protocol.ts';
import { hubRoutes } from '../hub/api.ts';
import type { Hub } from '../hub/hub.ts';
import { BackBody, CreateSessionBody, ResetBody, SessionId } from '../messages.ts';
import { lessonSummary, lessonView, problemsOf, returnPoint, sendPicture } from './lessons.ts';
import type { Queue } from '../queue/queue.ts';
import { queueRoutes } from '../queue/routes.ts';
import { Refusal } from '../refusal.ts';
import { progressRoutes } from '../progress/routes.ts';
import type { ProgressStore } from '../progress/store.ts';
import type { Learner } from '../sessions/learner.ts';
import type { OwnedSession, Sessions } from '../sessions/sessions.ts';
import { sessionView } from '../sessions/view.ts';
import { readLearner } from './cookie.ts';
import { identify } from './identify.ts';
import { RATES, RateLimit } from './rate.ts';

export interface ApiOptions {
  readonly sessions: Sessions;
  readonly lessons: ReadonlyMap<string, LessonSource>;
  /** What keeps lessons from being read, where it is told. */
  readonly problems?: readonly LessonProblem[];
  readonly hub: Hub;
  readonly catalogue: Catalogue;
  readonly progress: ProgressStore;
  readonly queue: Queue;
}

const BODY_MAX = '4kb';

/** What `server/protocol.ts` promises over HTTP. */
export function apiRoutes(options: ApiOptions): Router {
  const { sessions, lessons, problems, catalogue, hub, progress, queue } = options;
  const router = Router();
  const byAddress = new RateLimit(RATES.sessionsByAddress);
  const byLearner = new RateLimit(RATES.sessionsByLearner);
  const spend = async (request: Request, learner: Learner | undefined) => {
    await byAddress.spend(request.ip ?? '');
    if (learner) await byLearner.spend(learner);
  };
  const own = (request: Request): OwnedSession => {
    const id = SessionId.safeParse(request.params.id);
    return sessions.find(readLearner(request.headers.cookie), id.success ? id.data : '');
  };

  // Before the rest: a file of progress is larger than what the others take.
  router.use('/progress', progressRoutes({ progress, lessons }));
  router.use(express.json({ limit: BODY_MAX }));
  router.use('/hub', hubRoutes(hub));
  router.use('/queue', queueRoutes(queue));

  router.get('/catalogue', (_request, response) => {
    response.json(catalogue);
  });

  router.get('/lessons', (_request, response) => {
    response.json([...lessons.values()].map(lessonSummary));
  });

  router.get('/lessons/:slug', (request, response) => {
    const lesson = lessons.get(request.params.slug);
    if (!lesson) throw new Refusal('not-found', 'There is no such lesson.');
    response.json(lessonView(lesson, problems !== undefined));
  });

  router.get('/lessons/:slug/problems', (request, response) => {
    response.json(problemsOf(problems, lessons, request.params.slug));
  });

  router.get('/lessons/:slug/files/*path', (request, response) => {
    sendPicture(response, lessons.get(request.params.slug), request.params.path.join('/'));
  });

  router.get('/sessions', (request, response) => {
    response.json(sessions.list(readLearner(request.headers.cookie)).map(sessionView));
  });

  router.post('/sessions', async (request, response) => {
    const body = CreateSessionBody.safeParse(request.body);
    if (!body.success) throw new Refusal('invalid', 'Name a lesson, or null for a bare machine.');
    const { lesson } = body.data;
    if (lesson !== null && !lessons.has(lesson)) throw new Refusal('not-found', 'There is no such lesson.');
    await spend(request, readLearner(request.headers.cookie));
    const learner = identify(request, response);
    const doneTasks = lesson === null ? [] : (progress.find(learner, lesson)?.done ?? []);
    const obtain = () => sessions.obtain(learner, lesson, doneTasks);
    const answer = sessions.runs(learner, lesson)
      ? { made: await obtain() }
      : await queue.obtain(learner, obtain, request.ip ?? '');
    if (lesson !== null) progress.begin(learner, lesson);
    if ('waits' in answer) response.status(202).json(answer.waits);
    else response.status(answer.made.created ? 201 : 200).json(sessionView(answer.made.session));
  });

  router.post('/sessions/:id/resume', async (request, response) => {
    const session = own(request);
    await spend(request, session.record.owner as Learner);
    // It takes as much room as a new one.
    const learner = session.record.owner as Learner;
    const resume = () => sessions.resume(session);
    const answer =
      session.info.state === 'running'
        ? { made: await resume() }
        : await queue.obtain(learner, resume, request.ip ?? '');
    if ('waits' in answer) response.status(202).json(answer.waits);
    else response.json(sessionView(answer.made));
  });

  router.post('/sessions/:id/reset', async (request, response) => {
    const session = own(request);
    await spend(request, session.record.owner as Learner);
    const body = ResetBody.safeParse(request.body);
    const step = body.success ? body.data?.step : undefined;
    const lesson = lessons.get(session.record.lesson ?? '');
    const point = step === undefined ? undefined : returnPoint(lesson, step, session.record.doneTasks);
    response.json(sessionView(await sessions.reset(session, point)));
  });

  router.post('/sessions/:id/moments', async (request, response) => {
    const session = own(request);
    await spend(request, session.record.owner as Learner);
    response.status(201).json(sessionView(await sessions.keep(session.record.id, null)));
  });

  router.post('/sessions/:id/back', async (request, response) => {
    const session = own(request);
    await spend(request, session.record.owner as Learner);
    const body = BackBody.safeParse(request.body);
    if (!body.success) throw new Refusal('invalid', 'Name the moment to go back to.');
    response.json(sessionView(await sessions.goBack(session, body.data.moment)));
  });

  router.post('/sessions/:id/extend', async (request, response) => {
    response.json(sessionView(await sessions.extend(own(request))));
  });

  router.delete('/sessions/:id', async (request, response) => {
    await sessions.destroy(own(request).record.id, 'You have ended this machine.');
    response.status(204).end();
  });

  return router;
}
