import type { SessionView } from '../protocol.ts';
import { keptMoments } from './moments.ts';
import type { OwnedSession } from './sessions.ts';

/** A session as its learner's page is told of it. */
export function sessionView({ record, info }: OwnedSession): SessionView {
  const view = {
    id: record.id,
    lesson: record.lesson,
    state: info.state,
    limits: info.limits,
    expiresAt: record.expiresAt,
    latestEnd: record.latestEnd,
    moments: keptMoments(record, info).map(({ snapshot, step, takenAt }) => ({
      id: snapshot,
      step,
      takenAt,
    })),
  };
  return info.end && info.state !== 'running' ? { ...view, reason: info.end.message } : view;
}
