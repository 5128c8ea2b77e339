import { beforeEach, describe, expect, it } from 'vitest';
import type { Lesson, SessionView } from '../server/protocol.ts';
import { ApiError, type Api } from './api.ts';
import type { QueueListener } from './queue.ts';
import { WorkspaceSession } from './session.ts';
import type { SessionSocket, SocketListener } from './socket.ts';
import type { TerminalFace } from './terminal/feed.ts';

const SESSION: SessionView = {
  id: 's1',
  lesson: 'first-image',
  state: 'running',
  limits: { memoryBytes: 512, processes: 512, cpus: 1, diskBytes: 2048 },
  expiresAt: '2030-01-01T00:00:00Z',
  latestEnd: '2030-01-02T00:00:00Z',
  moments: [],
};
const LESSON: Lesson = {
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
class FakeSocket implements SessionSocket {
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

class FakeFace implements TerminalFace {
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

let sockets: FakeSocket[];
let calls: string[];
let api: Api;
let queue: QueueListener | null;
let session: WorkspaceSession;

beforeEach(() => {
  sockets = [];
  calls = [];
  queue = null;
  const called = <T>(name: string, value: T): Promise<T> => {
    calls.push(name);
    return Promise.resolve(value);
  };
  api = {
    lessons: () => called('lessons', []),
    lesson: (slug) => called(`lesson ${slug}`, LESSON),
    sessions: () => called('sessions', []),
    openSession: (lesson) => called(`open ${lesson ?? '-'}`, SESSION),
    followQueue: (listener) => {
      queue = listener;
      return () => (queue = null);
    },
    leaveQueue: () => called('leave', undefined),
    resumeSession: (id) => called(`resume ${id}`, { ...SESSION, state: 'starting' as const }),
    keepMoment: (id) => called(`keep ${id}`, SESSION),
    goBack: (id, moment) => called(`back ${id} ${moment}`, SESSION),
    resetSession: (id) => called(`reset ${id}`, { ...SESSION, state: 'starting' as const }),
    extendSession: (id) => called(`extend ${id}`, { ...SESSION, expiresAt: '2030-01-01T01:00:00Z' }),
    endSession: (id) => called(`end ${id}`, undefined),
  };
  session = newSession();
});

function newSession(): WorkspaceSession {
  return new WorkspaceSession({
    lesson: 'first-image',
    api,
    connect: (_id, listener) => {
      const socket = new FakeSocket(listener);
      sockets.push(socket);
      return socket;
    },
  });
}

async function opened(): Promise<FakeSocket> {
  await session.open();
  const socket = sockets.at(-1);
  if (!socket) throw new Error('The page did not connect.');
  socket.connect();
  return socket;
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const asked = (socket: FakeSocket, event: string) => socket.asked.filter(([name]) => name === event).length;

describe('opening', () => {
  it('gets lesson and machine, and connects to it', async () => {
    const socket = await opened();
    expect(calls).toEqual(['open first-image', 'lesson first-image']);
    expect(session.state).toMatchObject({ stage: { name: 'open' }, lesson: LESSON, session: SESSION });
    expect(session.live).toBe(true);
    expect(socket.closed).toBe(false);
  });

  it('says what the server says when there is no machine to have', async () => {
    api.openSession = () => Promise.reject(new ApiError(503, 'This server is full.'));
    await session.open();
    expect(session.state.stage).toEqual({ name: 'refused', reason: 'This server is full.', status: 503 });
    expect(sockets).toEqual([]);
  });

  it('knows a lesson that is not there', async () => {
    api.lesson = () => Promise.reject(new ApiError(404, 'There is no such lesson.'));
    await session.open();
    expect(session.state.stage).toEqual({ name: 'missing' });
  });

  it('does not connect when the page has gone on meanwhile', async () => {
    const opening = session.open();
    session.close();
    await opening;
    expect(sockets).toEqual([]);
  });
});

describe('a full host', () => {
  const full = async (): Promise<QueueListener> => {
    api.openSession = () => Promise.resolve({ place: 2, of: 3 });
    await session.open();
    api.openSession = () => Promise.resolve(SESSION);
    if (!queue) throw new Error('The page does not follow its place.');
    return queue;
  };

  it('has the lesson read while the learner waits, and says every change of the place once', async () => {
    const waiting = await full();
    expect(session.state).toMatchObject({
      stage: { name: 'waiting', place: 2, of: 3 },
      lesson: LESSON,
      announcement: 'You are number 2 of 3 in the queue for a machine.',
    });
    const before = session.state;
    waiting.place({ place: 2, of: 3 });
    expect(session.state).toBe(before);
    waiting.place({ place: 1, of: 2 });
    expect(session.state.stage).toEqual({ name: 'waiting', place: 1, of: 2 });
  });

  it('connects by itself when it is the learner’s turn', async () => {
    (await full()).turn();
    await settle();
    expect(session.state.stage).toEqual({ name: 'open' });
    expect(sockets).toHaveLength(1);
    expect(queue).toBeNull();
  });

  it('is not waited for any more by who leaves', async () => {
    await full();
    await session.leaveQueue();
    expect(calls).toContain('leave');
    expect(queue).toBeNull();
    expect(session.state.stage).toMatchObject({
      name: 'refused',
      reason: expect.stringContaining('gave up') as string,
    });
  });

  it('says why when there is no machine after all', async () => {
    (await full()).refused('You have 3 machines running already.');
    expect(session.state.stage).toMatchObject({
      name: 'refused',
      reason: 'You have 3 machines running already.',
    });
  });

  it('is let alone when the page has gone on', async () => {
    await full();
    session.close();
    expect(queue).toBeNull();
  });
});

describe('terminals', () => {
  it('opens the first one by itself, once', async () => {
    const socket = await opened();
    socket.listener.terminals([]);
    socket.listener.session(SESSION);
    await settle();
    expect(asked(socket, 'terminal:open')).toBe(1);
    expect(session.state.active).toBe('t1');
  });

  it('waits for the machine', async () => {
    api.openSession = () => Promise.resolve({ ...SESSION, state: 'starting' });
    const socket = await opened();
    socket.listener.terminals([]);
    expect(asked(socket, 'terminal:open')).toBe(0);
    socket.listener.session(SESSION);
    expect(asked(socket, 'terminal:open')).toBe(1);
  });

  it('takes the ones that are there', async () => {
    const socket = await opened();
    socket.listener.terminals([
      { id: 'a', ended: false },
      { id: 'b', ended: true },
    ]);
    expect(asked(socket, 'terminal:open')).toBe(0);
    expect(session.state.terminals).toEqual([
      { id: 'a', ended: false, number: 1 },
      { id: 'b', ended: true, number: 2 },
    ]);
    expect(session.state.active).toBe('a');
  });

  it('keeps the numbers of the others when one goes, and gives the number again', async () => {
    const socket = await opened();
    const list = (...ids: string[]) => socket.listener.terminals(ids.map((id) => ({ id, ended: false })));
    list('a', 'b', 'c');
    session.selectTerminal('b');
    list('a', 'c');
    expect(session.state.terminals.map(({ number }) => number)).toEqual([1, 3]);
    expect(session.state.active).toBe('c');
    list('a', 'c', 'd');
    expect(session.state.terminals.map(({ number }) => number)).toEqual([1, 3, 2]);
  });

  it('stays without one when the learner has closed the last', async () => {
    const socket = await opened();
    socket.listener.terminals([{ id: 'a', ended: false }]);
    session.closeTerminal('a');
    socket.listener.terminals([]);
    expect(socket.told).toEqual([['terminal:close', { id: 'a' }]]);
    expect(asked(socket, 'terminal:open')).toBe(0);
    expect(session.opensTerminal).toBe(false);
  });

  it('opens one again after the machine has booted anew', async () => {
    const socket = await opened();
    socket.listener.terminals([{ id: 'a', ended: false }]);
    socket.listener.session({ ...SESSION, state: 'failed', reason: 'It ran out of memory.' });
    socket.listener.terminals([]);
    expect(asked(socket, 'terminal:open')).toBe(0);
    socket.listener.session(SESSION);
    expect(asked(socket, 'terminal:open')).toBe(1);
  });

  it('does so too when the terminals are gone before the machine is known to stop', async () => {
    const socket = await opened();
    socket.listener.terminals([{ id: 'a', ended: false }]);
    socket.answer = () => {
      throw new Error('The machine is not running.');
    };
    socket.listener.terminals([]);
    socket.listener.session({ ...SESSION, state: 'stopping' });
    await settle();
    expect(session.state.notices).toEqual([]);
    socket.listener.session(SESSION);
    expect(asked(socket, 'terminal:open')).toBe(2);
  });

  it('reads the lesson again when the connection comes back: the server may have a newer one', async () => {
    const socket = await opened();
    api.lesson = () => Promise.resolve({ ...LESSON, title: 'Your very first image' });
    socket.cut();
    socket.connect();
    await settle();
    expect(session.state.lesson?.title).toBe('Your very first image');
    api.lesson = () => Promise.reject(new Error('The server cannot be reached.'));
    socket.cut();
    socket.connect();
    await settle();
    expect(session.state.lesson?.title).toBe('Your very first image');
  });

  it('attaches what is shown again when the connection comes back', async () => {
    const socket = await opened();
    socket.listener.terminals([{ id: 'a', ended: false }]);
    session.attachTerminal('a', new FakeFace());
    await settle();
    socket.cut();
    expect(session.live).toBe(false);
    socket.connect();
    expect(asked(socket, 'terminal:attach')).toBe(2);
    expect(session.state.announcement).toBe('The connection is back.');
  });

  it('tells the learner why a terminal did not open', async () => {
    const socket = await opened();
    socket.answer = () => {
      throw new Error('A machine has at most 8 terminals.');
    };
    await session.openTerminal();
    expect(session.state.notices).toMatchObject([
      { level: 'warning', message: 'A machine has at most 8 terminals.' },
    ]);
  });
});

describe('running a command', () => {
  it('types it into the active terminal and goes there', async () => {
    const socket = await opened();
    const [one, two] = [new FakeFace(), new FakeFace()];
    socket.listener.terminals([
      { id: 'a', ended: false },
      { id: 'b', ended: false },
    ]);
    session.attachTerminal('a', one);
    session.attachTerminal('b', two);
    await settle();
    session.selectTerminal('b');
    await session.run('docker ps');
    expect(one.ran).toEqual([]);
    expect(two.ran).toEqual(['docker ps']);
    expect(two.focused).toBe(true);
  });

  it('opens a terminal for it when the shell has ended', async () => {
    const socket = await opened();
    socket.listener.terminals([{ id: 'a', ended: true }]);
    await session.run('docker ps');
    const face = new FakeFace();
    socket.listener.terminals([
      { id: 'a', ended: true },
      { id: 't1', ended: false },
    ]);
    session.attachTerminal('t1', face);
    await settle();
    expect(face.ran).toEqual(['docker ps']);
  });
});

describe('tasks', () => {
  it('announces the ones that are newly done, not those that were', async () => {
    const socket = await opened();
    const task = (id: string, state: 'open' | 'done') => ({ id, state, findings: [] });
    socket.listener.tasks([task('pull', 'done'), task('run', 'open')]);
    expect(session.state.announcement).toBe('');
    socket.listener.tasks([task('pull', 'done'), task('run', 'done')]);
    expect(session.state.announcement).toBe('All 2 tasks are done.');
  });

  it('calls a task by its title', async () => {
    const socket = await opened();
    const task = (id: string, state: 'open' | 'done') => ({ id, state, findings: [] });
    socket.listener.tasks([task('pull', 'open'), task('run', 'open')]);
    socket.listener.tasks([task('pull', 'done'), task('run', 'open')]);
    expect(session.state.announcement).toBe('Done: Fetch the image. 1 of 2 tasks.');
  });
});

describe('the end of a machine', () => {
  it('says why, and lets go of the connection', async () => {
    const socket = await opened();
    socket.listener.terminals([{ id: 'a', ended: false }]);
    socket.listener.ended({ reason: 'Its time is over.' });
    expect(session.state).toMatchObject({
      stage: { name: 'ended', reason: 'Its time is over.' },
      terminals: [],
    });
    expect(socket.closed).toBe(true);
  });

  it('is the same when the server refuses the page', async () => {
    const socket = await opened();
    socket.listener.connection({ name: 'refused', reason: 'There is no such machine.' });
    expect(session.state.stage).toEqual({ name: 'ended', reason: 'There is no such machine.' });
  });

  it('can be followed by a new one', async () => {
    await opened();
    await session.end();
    expect(session.state.stage).toEqual({ name: 'ended', reason: 'You ended this machine.' });
    const socket = await opened();
    expect(sockets).toHaveLength(2);
    expect(socket.closed).toBe(false);
    expect(session.state.stage.name).toBe('open');
  });

  it('comes an hour later when the learner asks for it', async () => {
    await opened();
    await session.extend();
    expect(session.state.session?.expiresAt).toBe('2030-01-01T01:00:00Z');
  });

  it('does not happen when the server cannot do it', async () => {
    api.endSession = () => Promise.reject(new Error('The server cannot be reached.'));
    await opened();
    await session.end();
    expect(session.state.stage.name).toBe('open');
    expect(session.state.action).toBeNull();
    expect(session.state.notices).toMatchObject([{ message: 'The server cannot be reached.' }]);
  });
});

describe('notices', () => {
  it('stay until they are put away', async () => {
    const socket = await opened();
    socket.listener.notice({ level: 'warning', message: 'A process was ended: no memory was left.' });
    socket.listener.notice({ level: 'info', message: 'Ten minutes are left.' });
    const [first] = session.state.notices;
    session.dismissNotice(first?.id ?? 0);
    expect(session.state.notices.map(({ message }) => message)).toEqual(['Ten minutes are left.']);
  });
});
