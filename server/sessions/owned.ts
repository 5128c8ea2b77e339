import type { SessionInfo } from '../../sandbox/host/supervisor.ts';
import type { SessionRecord } from './records.ts';

/** What happens to sessions, for whoever shows them. */
export interface SessionsListener {
  changed(session: OwnedSession): void;
  /** A new one, beside `changed`. */
  created?(session: OwnedSession): void;
  /** So many more tasks of its lesson are done. */
  progressed?(id: string, tasksDone: number): void;
  notice(id: string, level: 'info' | 'warning', message: string): void;
  /** The disk is another one, and of the lesson is done what the record says. */
  wasReset(session: OwnedSession): void;
  ended(id: string, reason: string): void;
}

/** Where a machine that is reset goes on. */
export interface ReturnPoint {
  readonly step: string;
  /** Exercises before it that no machine can tell. */
  readonly doneTasks: readonly string[];
}

/** A session as record and machine together. */
export interface OwnedSession {
  readonly record: SessionRecord;
  readonly info: SessionInfo;
}
