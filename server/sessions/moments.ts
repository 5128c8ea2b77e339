import type { SessionInfo } from '../../sandbox/host/supervisor.ts';
import { Refusal } from '../refusal.ts';
import type { Moment, SessionRecord } from './records.ts';

/** What a machine can be brought back to: the moments of its record whose disk the supervisor still has, oldest first. */
export function keptMoments(record: SessionRecord, { snapshots }: SessionInfo): Moment[] {
  const there = new Set(snapshots.map(({ id }) => id));
  return record.moments.filter(({ snapshot }) => there.has(snapshot));
}

/** The moment of the snapshot that was made last, with the lesson as `record` has it. */
export function lastMoment(record: SessionRecord, { snapshots }: SessionInfo, step: string | null): Moment {
  const taken = snapshots.at(-1);
  if (!taken) throw new Refusal('failed', 'The state of the machine could not be kept.');
  const { doneTasks, course } = record;
  return { snapshot: taken.id, step, takenAt: taken.takenAt, doneTasks, course };
}

/** Refuses one that is not kept any more. */
export function momentOf(record: SessionRecord, info: SessionInfo, snapshot: string): Moment {
  const moment = keptMoments(record, info).find((each) => each.snapshot === snapshot);
  if (moment) return moment;
  throw new Refusal('not-found', 'This state of the machine is not kept any more. Choose a later one.');
}
