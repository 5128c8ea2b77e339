/**
 * The whole contract between the page and the server. Types only: the server checks what arrives with the schemas of
 * `server/messages.ts`, the page trusts the server.
 *
 * HTTP (JSON; errors are `{ "error": string }`, a sentence for the learner). Every request that changes something must
 * come from the app's own origin. The cookie `slipway` (HttpOnly, SameSite=Strict) names the learner and is the only
 * proof of ownership; the first POST /api/sessions or /api/progress/file sets it (a cross-site link arrives without
 * it, so no other answer may set a new one over it). A session of somebody else answers 404, as one that is not there. Too many requests: 429.
 *
 *   GET    /api/catalogue              Catalogue               all lessons, as the front page arranges them
 *   GET    /api/lessons                LessonSummary[]
 *   GET    /api/lessons/:slug          Lesson
 *   GET    /api/lessons/:slug/problems LessonProblem[]         in a preview: what keeps it from being read; else 404
 *   GET    /api/lessons/:slug/files/…  a picture of its text
 *   GET    /api/sessions               SessionView[]           the learner's own
 *   POST   /api/sessions               {lesson: slug | null} → 201 SessionView; 200 with the one the learner has for
 *                                      that lesson already (booted again when it was stopped); 202 QueuePlace when the
 *                                      host is full and the learner waits; 409 {error} when the learner has too many;
 *                                      503 {error} when the host is full and the queue, too
 *   POST   /api/sessions/:id/resume    SessionView
 *   POST   /api/sessions/:id/reset     {step?: id} → SessionView   a new disk, the lesson from its start or from that step
 *   POST   /api/sessions/:id/moments   201 SessionView         the machine is kept as it is now, the last of its moments
 *   POST   /api/sessions/:id/back      {moment: id} → SessionView   machine and lesson as they were at that moment
 *   POST   /api/sessions/:id/extend    SessionView             an hour more; 409 {error} at its latest end
 *   DELETE /api/sessions/:id           204
 *   GET    /api/progress               LearnerProgress         the learner's own
 *   DELETE /api/progress               204                     all of it is forgotten
 *   PUT    /api/progress/:slug         {step: id} → 204        the step the learner looks at
 *   GET    /api/progress/file          ProgressFile            as a download
 *   POST   /api/progress/file          ProgressFile → ProgressImported; adds to what is known, takes nothing away
 *
 * Socket.io, namespace `/`, `transports: ['websocket']` (no other is served), `auth: { session: id }`. A refused
 * connection gets `connect_error` whose message is a sentence and whose `data` is a `ConnectRefusal`; a session that
 * is stopped is booted by the visit.
 *
 * Sentences for the learner (titles, hints, findings, reasons) are plain text with code in `backticks`.
 */

/** The admin page: `/api/admin`. */
export type * from './operations/protocol.ts';

/** The hub's pages: `/api/hub` and the namespace `/hub`. */
export type * from './hub/protocol.ts';

/** Waiting for a machine: `/api/queue`. */
export type * from './queue/protocol.ts';

/** The learner's files. */
export type * from './files/protocol.ts';
export * from './map/protocol.ts';
import type { MapClientToServer, MapServerToClient } from './map/protocol.ts';
import type { FilesClientToServer, FilesServerToClient } from './files/protocol.ts';

export type * from './builds/protocol.ts';
import type { BuildsClientToServer, BuildsServerToClient } from './builds/protocol.ts';

export type * from './explain/protocol.ts';
import type { ExplainServerToClient } from './explain/protocol.ts';

export type * from './ports/protocol.ts';
import type { PortsClientToServer, PortsServerToClient } from './ports/protocol.ts';

export type * from '../lessons/blocks.ts';
export type { LessonProblem } from '../lessons/problems.ts';
import type { LessonStep } from '../lessons/blocks.ts';
export type * from './catalogue/protocol.ts';
export type * from './progress/protocol.ts';

/** `data` of a `connect_error` that the server itself gave. Socket.io does not try again by itself after these. */
export interface ConnectRefusal {
  /** `not-found`: no such session for this browser, do not try again; `busy`: too many connections, try later. */
  readonly code: 'not-found' | 'busy';
}

export interface LessonSummary {
  readonly slug: string;
  readonly title: string;
  readonly summary: string;
  readonly level: 'beginner' | 'intermediate' | 'advanced';
  readonly minutes: number;
  /** What one can do after it. */
  readonly outcomes: readonly string[];
  /** Slugs of lessons that should have been done before. */
  readonly needs: readonly string[];
  readonly tags: readonly string[];
}

export interface Lesson extends LessonSummary {
  readonly steps: readonly LessonStep[];
  /** A step opens when all exercises of those before it are done. */
  readonly gated: boolean;
  /** It is previewed by its author: `/problems` can be asked for. */
  readonly authoring: boolean;
  /** What stands in place of `{{name}}` until its value is known; empty for values that always are. */
  readonly variables: Readonly<Record<string, string>>;
}

export type TaskState = 'open' | 'done';

/** A task, a quiz or a prediction. */
export interface TaskView {
  readonly id: string;
  readonly state: TaskState;
  /** One line a condition: what was found, and what to look at next. Empty while nobody has looked yet. */
  readonly findings: readonly { readonly passed: boolean; readonly message: string }[];
  /** Hints for the state the learner is in. */
  readonly advice?: readonly string[];
  /** Why the task cannot be done any more, and the way back. */
  readonly deadEnd?: string;
  /** Something was predicted, and the engine has not answered yet. */
  readonly waiting?: boolean;
}

/** What the server says to an answer. */
export interface AnswerView {
  /** `waiting`: a prediction; what the engine says to it comes with `tasks`. */
  readonly state: 'right' | 'wrong' | 'waiting';
  readonly messages: readonly string[];
}

/** How a lesson stands in one machine. */
export interface LessonStanding {
  /** What `{{name}}` stands for; those that are not known yet are missing. */
  readonly values: Readonly<Record<string, string>>;
  /** By id, steps that have begun; of those that are not in it nothing is ready. */
  readonly steps: Readonly<Record<string, StepStanding>>;
}

/** `preparing`: what the step needs is being made; `failed`: it could not be, and `problem` says why. */
export interface StepStanding {
  readonly state: 'preparing' | 'ready' | 'failed';
  readonly problem?: string;
}

export interface SessionView {
  readonly id: string;
  readonly lesson: string | null;
  readonly state: 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';
  /** Why it is not running, or what went wrong: a sentence. */
  readonly reason?: string;
  readonly limits: {
    readonly memoryBytes: number;
    readonly processes: number;
    readonly cpus: number;
    readonly diskBytes: number;
  };
  /** ISO 8601: when the session is removed with all that is in it. */
  readonly expiresAt: string;
  /** ISO 8601: until when it can be extended. */
  readonly latestEnd: string;
  /** What it can be brought back to, oldest first. */
  readonly moments: readonly MomentView[];
}

/** A state of the machine that is kept. */
export interface MomentView {
  readonly id: string;
  /** The step that began then; null for a moment that the learner chose. */
  readonly step: string | null;
  /** ISO 8601. */
  readonly takenAt: string;
}

export interface TerminalView {
  readonly id: string;
  /** The shell has ended. */
  readonly ended: boolean;
}

/** The answer to an acknowledged message. */
export type Reply<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

export interface TerminalScreen {
  /** Text that draws screen and scroll-back anew in a terminal of the given size (xterm's serialize add-on). */
  readonly screen: string;
  readonly columns: number;
  readonly rows: number;
  /** Output that follows `screen` begins at this offset, in UTF-16 code units of all that was ever sent. */
  readonly offset: number;
}

/** Code units a page may have received and not yet acknowledged before its terminal's output is held. */
export const TERMINAL_WINDOW = 256 * 1024;

/** Code units in one `terminal:input`; a longer paste goes in several messages. */
export const TERMINAL_INPUT_MAX = 32 * 1024;

/** Terminals a session may have open. */
export const TERMINALS_MAX = 8;

export interface ClientToServer
  extends BuildsClientToServer, FilesClientToServer, MapClientToServer, PortsClientToServer {
  'terminal:open': (
    size: { columns: number; rows: number },
    reply: (answer: Reply<TerminalView>) => void,
  ) => void;
  /**
   * Begins output to this page. Again after a reconnect: the answer brings the screen as it is now. Output may follow
   * in the same turn: take the answer in the callback itself, not behind an `await`.
   */
  'terminal:attach': (
    request: { id: string; columns: number; rows: number },
    reply: (answer: Reply<TerminalScreen>) => void,
  ) => void;
  /**
   * Keys, mouse and pastes. The server's own screen answers what programs ask of a terminal (device attributes, cursor
   * position, modes), once, however many pages watch; such answers from a page are dropped.
   */
  'terminal:input': (message: { id: string; data: string }) => void;
  'terminal:resize': (message: { id: string; columns: number; rows: number }) => void;
  'terminal:close': (message: { id: string }) => void;
  /** Numbers of choices, from 0, or words. */
  'lesson:answer': (
    message: { id: string; answer: readonly number[] | string },
    reply: (answer: Reply<AnswerView>) => void,
  ) => void;
  /** Makes ready what a step needs, for who has not done all before it. */
  'lesson:begin': (message: { step: string }, reply: (answer: Reply<null>) => void) => void;
  /** Saves a file of the lesson in the machine, over whatever is there. */
  'lesson:save': (message: { file: number }, reply: (answer: Reply<null>) => void) => void;
  /** The page has drawn output up to `offset`. */
  'terminal:acknowledge': (message: { id: string; offset: number }) => void;
}

export interface ServerToClient
  extends
    BuildsServerToClient,
    ExplainServerToClient,
    FilesServerToClient,
    MapServerToClient,
    PortsServerToClient {
  session: (session: SessionView) => void;
  /**
   * All terminals of the session, oldest first; sent on connect and on every change. They are the session's, not the
   * page's: a session that boots anew has none.
   */
  terminals: (terminals: readonly TerminalView[]) => void;
  'terminal:output': (message: { id: string; offset: number; data: string }) => void;
  /** This page fell too far behind the others: reset the terminal and draw this; output goes on at its `offset`. */
  'terminal:screen': (message: { readonly id: string } & TerminalScreen) => void;
  /** All exercises of the session's lesson; sent on connect and whenever one of them changes. */
  tasks: (tasks: readonly TaskView[]) => void;
  /** Sent on connect and on every change. */
  'lesson:standing': (standing: LessonStanding) => void;
  usage: (usage: SessionUsageView) => void;
  /** Something the learner should know, such as a process ended for memory. */
  notice: (notice: { readonly level: 'info' | 'warning'; readonly message: string }) => void;
  /** The session is gone for good; `reason` is a sentence. */
  ended: (message: { readonly reason: string }) => void;
}

export interface SessionUsageView {
  readonly memoryBytes: number;
  readonly processes: number;
  readonly diskBytes: number;
  /** Processors in use since the look before, 0.5 for half of one. */
  readonly cpus?: number;
}
