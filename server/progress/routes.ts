import express, { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import type { LessonSource } from '../../lessons/schema.ts';
import { readLearner } from '../http/cookie.ts';
import { identify } from '../http/identify.ts';
import { Refusal } from '../refusal.ts';
import { progressFile, PROGRESS_FILE_MAX_BYTES, readProgressFile } from './file.ts';
import type { LearnerProgress, ProgressImported } from './protocol.ts';
import type { ProgressStore } from './store.ts';

export interface ProgressRouteOptions {
  readonly progress: ProgressStore;
  readonly lessons: ReadonlyMap<string, LessonSource>;
}

const StepBody = z.strictObject({ step: z.string().max(200) });

/** A learner's own progress, by the cookie. Nobody can ask for another's. */
export function progressRoutes({ progress, lessons }: ProgressRouteOptions): Router {
  const router = Router();
  const own = (request: Request): LearnerProgress => {
    const learner = readLearner(request.headers.cookie);
    return learner ? progress.of(learner) : {};
  };

  router.get('/', (request, response) => {
    response.json(own(request));
  });

  router.get('/file', (request, response) => {
    response.setHeader('Content-Disposition', 'attachment; filename="slipway-progress.json"');
    response.json(progressFile(own(request), new Date()));
  });

  router.post(
    '/file',
    express.json({ limit: PROGRESS_FILE_MAX_BYTES }),
    (request: Request, response: Response) => {
      const read = readProgressFile(request.body, lessons, new Date());
      if (!read) throw new Refusal('invalid', 'This is not a file of progress that Slipway has written.');
      progress.merge(identify(request, response), read.progress);
      response.json({ lessons: read.lessons, unknown: read.unknown } satisfies ProgressImported);
    },
  );

  router.put('/:slug', express.json({ limit: '1kb' }), (request: Request, response: Response) => {
    const lesson = lessons.get(String(request.params.slug));
    if (!lesson) throw new Refusal('not-found', 'There is no such lesson.');
    const body = StepBody.safeParse(request.body);
    if (!body.success || !lesson.steps.some(({ id }) => id === body.data.step))
      throw new Refusal('invalid', 'The lesson has no such step.');
    const learner = readLearner(request.headers.cookie);
    // Whoever has no machine yet has no progress: reading alone is not kept.
    if (learner) progress.reachStep(learner, lesson.slug, body.data.step);
    response.status(204).end();
  });

  router.delete('/', (request, response) => {
    const learner = readLearner(request.headers.cookie);
    if (learner) progress.forget(learner);
    response.status(204).end();
  });

  return router;
}
