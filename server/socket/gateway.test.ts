import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ConnectRefusal, SessionView, TaskView, TerminalView } from '../protocol.ts';
import { PAGES_MAX } from './gateway.ts';
import { startTestServer, type TestServer } from '../testing.ts';
import { openTerminal, TerminalTail, TestBrowser, until, type PageSocket } from '../testing/browser.ts';

// Shells and sockets on a machine that may have much else to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());

async function refusal(socket: PageSocket): Promise<{ message: string; data?: ConnectRefusal }> {
  const refused = new Promise<Error>((resolve) => socket.on('connect_error', resolve));
  socket.connect();
  const error = (await refused) as Error & { data?: ConnectRefusal };
  socket.disconnect();
  return { message: error.message, ...(error.data ? { data: error.data } : {}) };
}

const NOT_FOUND = { message: 'There is no such machine. It may have ended.', data: { code: 'not-found' } };

describe('who may connect', () => {
  test('the owner', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession();
    expect((await browser.connect(id)).connected).toBe(true);
    browser.close();
  });

  test('nobody else: a foreign session answers as one that is not there', async () => {
    const { id } = await new TestBrowser(server.url).createSession();
    const stranger = new TestBrowser(server.url);
    await stranger.createSession();
    expect(await refusal(stranger.page(id))).toEqual(NOT_FOUND);
    expect(await refusal(stranger.page('aaaaaaaaaaaaaaaa'))).toEqual(NOT_FOUND);
    expect(await refusal(new TestBrowser(server.url).page(id))).toEqual(NOT_FOUND);
    expect(await refusal(stranger.page('../../etc/passwd'))).toEqual(NOT_FOUND);
  });

  test.each([
    ['a page of another site', { origin: 'http://evil.example' }],
    ['a page without an origin', { origin: '' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['a rebound name', { origin: 'http://evil.example', host: 'evil.example' }],
  ])('not %s, even with the cookie', async (_who, headers) => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession();
    expect((await refusal(browser.page(id, headers))).data).toBeUndefined();
  });

  test('no more than sixteen pages of one session at a time', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession();
    const pages: PageSocket[] = [];
    for (let i = 0; i < PAGES_MAX; i += 1) pages.push(await browser.connect(id));
    expect((await refusal(browser.page(id))).data).toEqual({ code: 'busy' });
    pages[0]?.disconnect();
    await until(() => pages[0]?.connected === false, 'a place');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await browser.connect(id)).connected).toBe(true);
    browser.close();
  });

  test('not over polling, which sends no origin', async () => {
    const answer = await new TestBrowser(server.url).request('GET', '/socket.io/?EIO=4&transport=polling');
    expect(answer.status).toBe(400);
  });

  test('an upgrade to any other path ends', async () => {
    const { port } = new URL(server.url);
    const closed = await new Promise((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write(
          `GET /other HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
        ),
      );
      socket.on('close', () => resolve('closed')).resume();
    });
    expect(closed).toBe('closed');
  });
});

describe('what a page is told', () => {
  test('session, terminals, tasks and use, on connect', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession('first-image');
    const page = browser.page(id);
    const told: Record<string, unknown> = {};
    page.onAny((event: string, value: unknown) => (told[event] = value));
    page.connect();
    await until(() => told.usage !== undefined, 'the last of them');
    expect((told.session as SessionView).state).toBe('running');
    expect(told.terminals).toEqual([]);
    expect((told.tasks as TaskView[]).length).toBeGreaterThan(0);
    expect(told.usage).toEqual({ memoryBytes: 96 * 1024 ** 2, processes: 3, diskBytes: 48 * 1024 ** 2 });
    browser.close();
  });

  test('a task ticks on an event of the engine', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession('first-image');
    const page = await browser.connect(id);
    let tasks: readonly TaskView[] = [];
    page.on('tasks', (now) => (tasks = now));
    await until(() => (tasks[0]?.findings.length ?? 0) > 0, 'a first look');
    expect(tasks[0]).toMatchObject({ id: 'pull', state: 'open' });
    const engine = server.supervisor.engines.get(id);
    engine?.state.images.push({
      Id: 'sha256:1',
      RepoTags: ['debian:latest'],
      Config: undefined,
      RootFS: { Layers: ['a'] },
    });
    engine?.emit('image', 'pull', { name: 'debian' });
    await until(() => tasks[0]?.state === 'done', 'the tick');

    // Done stays done: with the image gone, on another page, and after the server was started anew.
    if (engine) engine.state.images = [];
    await server.restart();
    const other = await browser.connect(id);
    other.on('tasks', (now) => (tasks = now));
    await until(() => tasks[0]?.state === 'done', 'the tick after a restart');
    browser.close();
  });

  test('a machine that fails says why, and boots again on request', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession();
    const page = await browser.connect(id);
    await openTerminal(page);
    let session: SessionView | undefined;
    let terminals: readonly TerminalView[] | undefined;
    page.on('session', (now) => (session = now));
    page.on('terminals', (now) => (terminals = now));
    await server.supervisor.fail(id, { kind: 'memory', message: 'The machine ran out of memory.' });
    await until(() => session?.state === 'failed', 'the failure');
    expect([session?.reason, terminals]).toEqual(['The machine ran out of memory.', []]);
    expect(await page.emitWithAck('terminal:open', { columns: 80, rows: 24 })).toEqual({
      ok: false,
      error: 'The machine is not running.',
    });
    await browser.request('POST', `/api/sessions/${id}/resume`);
    await until(() => session?.state === 'running', 'the boot');
    expect(session?.reason).toBeUndefined();
    await openTerminal(page);
    browser.close();
  });

  test('a visit boots a stopped machine', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession();
    await server.supervisor.stop(id);
    const page = await browser.connect(id);
    let session: SessionView | undefined;
    page.on('session', (now) => (session = now));
    await until(() => session?.state === 'running', 'the boot');
    browser.close();
  });

  test('a memory kill is a notice; an end says why and ends the connection', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession();
    const page = await browser.connect(id);
    const told: unknown[] = [];
    page.on('notice', (notice) => told.push(notice));
    page.on('ended', (end) => told.push(end));
    server.supervisor.memoryKill(id, 'python3 was ended: the memory of the machine was used up.');
    await until(() => told.length === 1, 'the notice');
    expect((await browser.request('DELETE', `/api/sessions/${id}`)).status).toBe(204);
    await until(() => !page.connected, 'the end');
    expect(told).toEqual([
      { level: 'warning', message: 'python3 was ended: the memory of the machine was used up.' },
      { reason: 'You have ended this machine.' },
    ]);
    browser.close();
  });

  test('a disk that is nearly full is a notice, once', async () => {
    const browser = new TestBrowser(server.url);
    const { id, limits } = await browser.createSession();
    const told: string[] = [];
    let measured = 0;
    const page = await browser.connect(id);
    page.on('notice', ({ message }) => told.push(message));
    page.on('usage', () => (measured += 1));
    const engine = server.supervisor.engines.get(id);
    if (engine) engine.usage = { diskBytes: limits.diskBytes * 0.9 };
    await until(() => told.length > 0, 'the notice');
    const before = measured;
    await until(() => measured > before, 'the next measure');
    expect(told).toEqual([expect.stringMatching(/disk is nearly full.*docker system prune/)]);
    browser.close();
  });

  test('going back brings the tasks as they were, and is for moments that are kept alone', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession('first-image');
    const page = await browser.connect(id);
    let moments: SessionView['moments'] = [];
    let tasks: readonly TaskView[] = [];
    page.on('session', (now) => (moments = now.moments));
    page.on('tasks', (now) => (tasks = now));
    await until(() => moments.length === 1, 'the moment of the first step');
    const debian = { Id: 'i', RepoTags: ['debian:latest'], Config: undefined, RootFS: { Layers: ['a'] } };
    server.supervisor.engines.get(id)?.state.images.push(debian);
    server.supervisor.engines.get(id)?.emit('image', 'pull');
    await until(() => tasks[0]?.state === 'done' && moments.length === 2, 'the tick, and the next step');
    expect(moments.map(({ step }) => typeof step)).toEqual(['string', 'string']);
    const back = (moment: string) =>
      browser.request<SessionView>('POST', `/api/sessions/${id}/back`, { body: { moment } });
    expect((await back(moments[0]?.id ?? '')).body).toMatchObject({ state: 'running' });
    await until(() => tasks[0]?.state === 'open', 'the open task');
    expect((await back('aaaaaaaa')).status).toBe(404);
    expect((await back('../x')).status).toBe(400);
    browser.close();
  });

  test('a reset opens all tasks again', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession('first-image');
    const page = await browser.connect(id);
    let tasks: readonly TaskView[] = [];
    page.on('tasks', (now) => (tasks = now));
    const engine = server.supervisor.engines.get(id);
    engine?.state.images.push({
      Id: 'sha256:1',
      RepoTags: ['debian:latest'],
      Config: undefined,
      RootFS: { Layers: ['a'] },
    });
    engine?.emit('image', 'pull');
    await until(() => tasks[0]?.state === 'done', 'the tick');
    const reset = await browser.request<SessionView>('POST', `/api/sessions/${id}/reset`);
    expect(reset.body.state).toBe('running');
    await until(() => tasks[0]?.state === 'open', 'the open task');
    browser.close();
  });
});

describe('messages that are not as agreed', () => {
  test.each([
    ['terminal:open', { columns: 1e9, rows: 24 }],
    ['terminal:open', null],
    ['terminal:attach', { id: '../usage?', columns: 80, rows: 24 }],
    ['terminal:attach', { id: 't1' }],
  ])('%s %j is refused', async (event, message) => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession();
    const page = await browser.connect(id);
    const reply = (await page.emitWithAck(event as 'terminal:open', message as never)) as { ok: boolean };
    expect(reply.ok).toBe(false);
    browser.close();
  });

  test('none of them harms the server or the page', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession();
    const page = await browser.connect(id);
    const loose = page as unknown as { emit: (event: string, ...values: unknown[]) => void };
    for (const value of [
      undefined,
      null,
      1,
      'x',
      [],
      {},
      { id: 5, data: {} },
      { id: 'nope', data: 'x' },
      { id: 't1', offset: -1 },
    ]) {
      for (const event of ['input', 'resize', 'close', 'acknowledge', 'open', 'attach'])
        loose.emit(`terminal:${event}`, value);
    }
    loose.emit('nonsense', { __proto__: { polluted: true } });
    const terminal = await openTerminal(page);
    const tail = new TerminalTail(page, terminal.id);
    await tail.attach();
    tail.type('echo still-$((40+2))\r');
    await until(() => tail.text.includes('still-42'), 'an answer');
    browser.close();
  });

  test('a message beyond the bound ends its connection only', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession();
    const [one, other] = [await browser.connect(id), await browser.connect(id)];
    const left = new Promise((resolve) => one.once('disconnect', resolve));
    one.emit('terminal:input', { id: 't1', data: 'x'.repeat(1024 * 1024) });
    await left;
    expect(other.connected).toBe(true);
    browser.close();
  });

  test('a page that floods is cut off, the others are not', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession();
    const [one, other] = [await browser.connect(id), await browser.connect(id)];
    const left = new Promise((resolve) => one.once('disconnect', resolve));
    for (let i = 0; i < 20_100; i += 1) one.emit('terminal:acknowledge', { id: 't1', offset: 0 });
    await left;
    expect(other.connected).toBe(true);
    browser.close();
  });

  test('at most eight terminals', async () => {
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession();
    const page = await browser.connect(id);
    const size = { columns: 80, rows: 24 };
    const replies = await Promise.all(
      Array.from({ length: 9 }, () => page.emitWithAck('terminal:open', size)),
    );
    expect(replies.filter(({ ok }) => ok)).toHaveLength(8);
    expect(replies.find(({ ok }) => !ok)).toEqual({
      ok: false,
      error: 'A machine can have 8 terminals. Close one first.',
    });
    browser.close();
  });
});
