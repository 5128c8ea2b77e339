import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from './api.ts';
import type { QueueListener } from './queue.ts';
import { FakeServer, LESSON, SESSION, settle } from './session-testing.ts';
import type { WorkspaceSession } from './session.ts';

let server: FakeServer;
let session: WorkspaceSession;

beforeEach(() => {
  server = new FakeServer();
  session = server.newSession();
});

const opened = () => server.open(session);

describe('opening', () => {
  it('gets lesson and machine, and connects to it', async () => {
    const socket = await opened();
    expect(server.calls).toEqual(['open first-image', 'lesson first-image']);
    expect(session.state).toMatchObject({ stage: { name: 'open' }, lesson: LESSON, session: SESSION });
    expect(session.live).toBe(true);
    expect(socket.closed).toBe(false);
  });

  it('says what the server says when there is no machine to have', async () => {
    server.api.openSession = () => Promise.reject(new ApiError(503, 'This server is full.'));
    await session.open();
    expect(session.state.stage).toEqual({ name: 'refused', reason: 'This server is full.', status: 503 });
    expect(server.sockets).toEqual([]);
  });

  it('knows a lesson that is not there', async () => {
    server.api.lesson = () => Promise.reject(new ApiError(404, 'There is no such lesson.'));
    await session.open();
    expect(session.state.stage).toEqual({ name: 'missing' });
  });

  it('does not connect when the page has gone on meanwhile', async () => {
    const opening = session.open();
    session.close();
    await opening;
    expect(server.sockets).toEqual([]);
  });
});

describe('a full host', () => {
  const full = async (): Promise<QueueListener> => {
    server.api.openSession = () => Promise.resolve({ place: 2, of: 3 });
    await session.open();
    server.api.openSession = () => Promise.resolve(SESSION);
    if (!server.queue) throw new Error('The page does not follow its place.');
    return server.queue;
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
    expect(server.sockets).toHaveLength(1);
    expect(server.queue).toBeNull();
  });

  it('is not waited for any more by who leaves', async () => {
    await full();
    await session.leaveQueue();
    expect(server.calls).toContain('leave');
    expect(server.queue).toBeNull();
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
    expect(server.queue).toBeNull();
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
    expect(server.sockets).toHaveLength(2);
    expect(socket.closed).toBe(false);
    expect(session.state.stage.name).toBe('open');
  });

  it('comes an hour later when the learner asks for it', async () => {
    await opened();
    await session.extend();
    expect(session.state.session?.expiresAt).toBe('2030-01-01T01:00:00Z');
  });

  it('does not happen when the server cannot do it', async () => {
    server.api.endSession = () => Promise.reject(new Error('The server cannot be reached.'));
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
