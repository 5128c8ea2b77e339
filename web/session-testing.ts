import type { Lesson, SessionView } from '../server/protocol.ts';
import type { Api } from './api.ts';
import type { QueueListener } from './queue.ts';
import { WorkspaceSession } from './session.ts';
import type { SessionSocket, SocketListener } from './socket.ts';
import type { TerminalFace } from './terminal/feed.ts';

export const SESSION: SessionView = {
  id: 's1',
  lesson: 'first-image',
  state: 'running',
  limits: { memoryBytes: 512, processes: 512, cpus: 1, diskBytes: 2048 },
  expiresAt: '2030-01-01T00:00:00Z',
  latestEnd: '2030-01-02T00:00:00Z',
  moments: [],
};
export const LESSON: Lesson = {
  slug: 'first-image',
  title: 'Your first image',
  summary: '',
  level: 'beginner',
  minutes: 20,
  outcomes: [],
  needs: [],
  tags: [],
  gated: false,
  authoring: false,
  variables: {},
  steps: [
    {
      id: 'begin',
      title: 'Begin',
      prepared: false,
      blocks: [
        { type: 'task', id: 'pull', title: 'Fetch the image', checks: 1, hints: [] },
        { type: 'task', id: 'run', title: 'Run a container', checks: 1, hints: [] },
      ],
    },
  ],
};

/** The far side of the page's socket, in the hands of the test. */
export class FakeSocket implements SessionSocket {
  connected = false;
  closed = false;
  readonly told: (readonly [string, unknown])[] = [];
  readonly asked: (readonly [string, unknown])[] = [];
  answer: (event: string) => unknown = (event) => {
    if (event === 'terminal:open') return { id: `t${this.asked.length}`, ended: false };
    return { screen: '', columns: 80, rows: 24, offset: 0 };
  };
  readonly listener: SocketListener;

  constructor(listener: SocketListener) {
    this.listener = listener;
  }

  connect(): void {
    this.connected = true;
    this.listener.connection({ name: 'connected' });
  }

  cut(attempt = 1): void {
    this.connected = false;
    this.listener.connection({ name: 'reconnecting', attempt });
  }

  tell(event: string, message: unknown): void {
    this.told.push([event, message]);
  }

  async ask(event: string, request: unknown): Promise<never> {
    this.asked.push([event, request]);
    return this.answer(event) as never;
  }

  readonly listen = () => () => undefined;
  readonly retry = () => undefined;
  close(): void {
    this.closed = true;
    this.connected = false;
  }
}

export class FakeFace implements TerminalFace {
  readonly size = { columns: 100, rows: 30 };
  readonly ran: string[] = [];
  focused = false;
  readonly restore = () => undefined;
  readonly write = () => undefined;
  run(command: string): void {
    this.ran.push(command);
  }
  focus(): void {
    this.focused = true;
  }
  readonly setLive = () => undefined;
}

/** What a page asks, and whom it connects to, in the hands of the test. */
export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  readonly calls: string[] = [];
  /** Who follows a place in the queue. */
  queue: QueueListener | null = null;

  readonly api: Api = {
    lessons: () => this.#called('lessons', []),
    lesson: (slug) => this.#called(`lesson ${slug}`, LESSON),
    sessions: () => this.#called('sessions', []),
    openSession: (lesson) => this.#called(`open ${lesson ?? '-'}`, SESSION),
    followQueue: (listener) => {
      this.queue = listener;
      return () => (this.queue = null);
    },
    leaveQueue: () => this.#called('leave', undefined),
    resumeSession: (id) => this.#called(`resume ${id}`, { ...SESSION, state: 'starting' as const }),
    keepMoment: (id) => this.#called(`keep ${id}`, SESSION),
    goBack: (id, moment) => this.#called(`back ${id} ${moment}`, SESSION),
    resetSession: (id) => this.#called(`reset ${id}`, { ...SESSION, state: 'starting' as const }),
    extendSession: (id) => this.#called(`extend ${id}`, { ...SESSION, expiresAt: '2030-01-01T01:00:00Z' }),
    endSession: (id) => this.#called(`end ${id}`, undefined),
  };

  newSession(): WorkspaceSession {
    return new WorkspaceSession({
      lesson: 'first-image',
      api: this.api,
      connect: (_id, listener) => {
        const socket = new FakeSocket(listener);
        this.sockets.push(socket);
        return socket;
      },
    });
  }

  /** Opens the session and lets it connect. */
  async open(session: WorkspaceSession): Promise<FakeSocket> {
    await session.open();
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('The page did not connect.');
    socket.connect();
    return socket;
  }

  #called<T>(name: string, value: T): Promise<T> {
    this.calls.push(name);
    return Promise.resolve(value);
  }
}

export const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
