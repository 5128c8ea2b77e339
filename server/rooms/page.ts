import type { Socket } from 'socket.io';
import type { ClientToServer, ServerToClient } from '../protocol.ts';
import type { Learner } from '../sessions/learner.ts';

export interface PageData {
  learner: Learner;
  sessionId: string;
}

/** The connection of one page. */
export type Page = Socket<ClientToServer, ServerToClient, Record<string, never>, PageData>;
