import type { SessionUsageView, SessionView } from '../protocol.ts';

/**
 * What the admin page asks over HTTP, each with `Authorization: Bearer TOKEN`; 403 without the right one, 404 where the
 * server was started without a token.
 *
 *   GET    /api/admin                AdminOverview
 *   DELETE /api/admin/sessions/:id   204
 *   POST   /api/admin/message        {message} → {pages: number}   to all pages that show a machine
 */
export interface AdminOverview {
  readonly host: {
    /** What programs could still get. */
    readonly memoryFreeBytes: number;
    /** Of the last minute, as `uptime` says it. */
    readonly load: number;
    /** How long the web server has been running. */
    readonly upSeconds: number;
  };
  readonly sessions: readonly AdminSession[];
}

export interface AdminSession extends SessionView {
  /** Tells learners apart; of no use elsewhere. */
  readonly learner: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Pages that show it now. */
  readonly pages: number;
  /** As last measured while somebody looked. */
  readonly usage?: SessionUsageView;
}
