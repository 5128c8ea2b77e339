import type { RequestHandler } from 'express';
import type { Queue } from '../queue/queue.ts';
import type { OwnedSession, Sessions } from '../sessions/sessions.ts';
import { LEARNER_LETTERS } from './audit.ts';
import type { Log, LogFields } from './log.ts';

/** Logs what becomes of machines and of those who wait for one; returns the way to stop it. */
export function logSessions(log: Log, sessions: Sessions, queue: Queue): () => void {
  const states = new Map<string, string>(sessions.all().map(({ record, info }) => [record.id, info.state]));
  queue.listen({
    ended: (outcome, waitedMs) =>
      log.event('info', 'waited', { outcome, milliseconds: Math.round(waitedMs) }),
  });
  return sessions.listen({
    created: (session) => {
      states.set(session.record.id, 'running');
      log.event('info', 'created', about(session));
    },
    changed: (session) => {
      const { state, end } = session.info;
      if (states.get(session.record.id) === state) return;
      states.set(session.record.id, state);
      const why = state !== 'running' && end ? { why: end.kind } : {};
      log.event(state === 'failed' ? 'warning' : 'info', 'changed', { ...about(session), state, ...why });
    },
    progressed: (session, tasksDone) => log.event('info', 'tasks done', { session, tasksDone }),
    wasReset: (session) => log.event('info', 'reset', about(session)),
    // Its sentence may quote what the learner runs.
    notice: (session) => log.event('info', 'notice', { session }),
    ended: (session) => {
      states.delete(session);
      log.event('info', 'ended', { session });
    },
  });
}

function about({ record }: OwnedSession): LogFields {
  return { session: record.id, learner: record.owner.slice(0, LEARNER_LETTERS), lesson: record.lesson };
}

/** Logs every request, for whoever looks for what goes wrong. */
export function logRequests(log: Log): RequestHandler {
  return (request, response, next) => {
    const begun = performance.now();
    response.once('finish', () => {
      log.event('debug', 'request', {
        method: request.method,
        route: routeOf(request),
        status: response.statusCode,
        milliseconds: Math.round(performance.now() - begun),
      });
    });
    next();
  };
}

/** The pattern that the request fitted: in its place, names that a learner chose are `:name`. */
export function routeOf(request: { readonly route?: unknown }): string {
  const { route } = request;
  const path = typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  return typeof path === 'string' ? path : 'no route';
}
