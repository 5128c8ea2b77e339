import { join } from 'node:path';
import type { Supervisor } from '../../sandbox/host/supervisor.ts';
import type { Queue } from '../queue/queue.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { AdminTokenHash } from './admin-token.ts';
import { Audit, auditSessions } from './audit.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import type { OperationsOptions } from './routes.ts';
import { logSessions } from './session-log.ts';

export interface OpenOperations {
  readonly supervisor: Supervisor;
  readonly sessions: Sessions;
  readonly rooms: Rooms;
  readonly queue: Queue;
  /** The audit trail lies in `audit/` of it. */
  readonly stateDir: string;
  readonly adminTokenHash?: AdminTokenHash | undefined;
  readonly report: (message: string, error?: unknown) => void;
  readonly log: Log;
}

/** What its routes need, and what begins and ends with the server. */
export interface Operations extends OperationsOptions {
  /** Reports, and counts it among the errors. */
  readonly report: (message: string, error?: unknown) => void;
  /** Resolves when the audit trail is on the disk. */
  close(): Promise<void>;
}

/** Audit trail, log of machines and metrics, from now on; the routes for whoever runs the server show them. */
export function openOperations(options: OpenOperations): Operations {
  const { supervisor, sessions, rooms, queue, adminTokenHash, report } = options;
  const audit = new Audit({ folder: join(options.stateDir, 'audit'), report });
  const unaudit = auditSessions(sessions, audit);
  const unlog = logSessions(options.log, sessions, queue);
  const metrics = new Metrics({ sessions, rooms, queue });
  return {
    sessions,
    rooms,
    metrics,
    audit,
    supervisor,
    ...(adminTokenHash !== undefined && { adminTokenHash }),
    report: (message, error) => {
      metrics.error();
      report(message, error);
    },
    close: () => {
      unaudit();
      unlog();
      metrics.close();
      return audit.settled();
    },
  };
}
