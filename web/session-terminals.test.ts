import { beforeEach, describe, expect, it } from 'vitest';
import { FakeFace, FakeServer, LESSON, SESSION, settle, type FakeSocket } from './session-testing.ts';
import type { WorkspaceSession } from './session.ts';

let server: FakeServer;
let session: WorkspaceSession;

beforeEach(() => {
  server = new FakeServer();
  session = server.newSession();
});

const opened = () => server.open(session);
const asked = (socket: FakeSocket, event: string) => socket.asked.filter(([name]) => name === event).length;

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
    server.api.openSession = () => Promise.resolve({ ...SESSION, state: 'starting' });
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
    server.api.lesson = () => Promise.resolve({ ...LESSON, title: 'Your very first image' });
    socket.cut();
    socket.connect();
    await settle();
    expect(session.state.lesson?.title).toBe('Your very first image');
    server.api.lesson = () => Promise.reject(new Error('The server cannot be reached.'));
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
