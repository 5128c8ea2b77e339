import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AdminOverview } from '../protocol.ts';
import { startTestServer, type TestServer } from '../testing.ts';
import { TestBrowser } from '../testing/browser.ts';
import { hashAdminToken } from './admin-token.ts';

// A server for each test, on a machine that may have much else to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const TOKEN = 'a-token-of-nobody-else';
const asAdmin = { headers: { authorization: `Bearer ${TOKEN}` } };

let server: TestServer;
let browser: TestBrowser;
beforeEach(async () => {
  server = await startTestServer({ adminTokenHash: hashAdminToken(TOKEN) });
  browser = new TestBrowser(server.url);
});
afterEach(async () => server.close());

const trail = async (): Promise<Record<string, unknown>[]> => {
  const text = await readFile(join(server.folder, 'state/audit/audit.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};

describe('health', () => {
  test('is told to whoever asks, by any name', async () => {
    const headers = { host: 'some.balancer.example' };
    expect((await browser.request('GET', '/healthz', { headers })).body).toBe('ok\n');
    expect((await browser.request('GET', '/readyz', { headers })).status).toBe(200);
  });

  test('is not ready while the supervisor fails, and is again afterwards', async () => {
    const { supervisor } = server;
    const list = supervisor.list.bind(supervisor);
    supervisor.list = async () => Promise.reject(new Error('gone'));
    expect((await browser.request('GET', '/readyz')).status).toBe(503);
    supervisor.list = list;
    expect((await browser.request('GET', '/readyz')).status).toBe(200);
  });

  test('is not ready while the supervisor is silent', async () => {
    server.supervisor.list = async () => new Promise(() => undefined);
    expect((await browser.request('GET', '/readyz')).status).toBe(503);
  });
});

describe('metrics', () => {
  test('count machines by state, pages, requests and what became of machines', async () => {
    const first = await browser.createSession();
    const other = new TestBrowser(server.url);
    const second = await other.createSession();
    await server.supervisor.stop(second.id);
    await browser.request('DELETE', `/api/sessions/${first.id}`);
    const { body, headers } = await browser.request<string>('GET', '/metrics', asAdmin);
    expect(headers.get('content-type')).toContain('text/plain');
    expect(body).toContain('slipway_sessions{state="stopped"} 1');
    expect(body).toContain('slipway_sessions{state="running"} 0');
    expect(body).toContain('slipway_sessions_created_total 2');
    expect(body).toContain('slipway_sessions_ended_total 1');
    expect(body).toMatch(/slipway_http_request_seconds_count\{method="POST",status="201"\} 2/);
    // Nothing that a learner chose, and nothing that names a machine.
    expect(body).not.toContain(first.id);
  });
});

describe('the admin', () => {
  test.each([
    ['/metrics', undefined],
    ['/metrics', 'Bearer wrong-token-of-that-length'],
    ['/api/admin', undefined],
    ['/api/admin', `Basic ${TOKEN}`],
    ['/api/admin', `Bearer ${TOKEN} and more`],
  ])('%s with %s is refused', async (path, authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    expect((await browser.request('GET', path, { headers })).status).toBe(403);
  });

  test('is nobody by a cookie, a form or a page of another site', async () => {
    await browser.createSession();
    const elsewhere = { origin: 'https://elsewhere.example' };
    const form = { ...elsewhere, 'content-type': 'application/x-www-form-urlencoded' };
    const said = await browser.request('POST', `/api/admin/message?token=${TOKEN}`, { headers: form });
    expect(said.status).toBe(403);
    expect((await browser.request('GET', `/metrics?token=${TOKEN}`)).status).toBe(403);
    const asked = { ...elsewhere, 'access-control-request-method': 'DELETE' };
    const { headers } = await browser.request('OPTIONS', '/api/admin', { headers: asked });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  test('wrong tokens are slow to try', async () => {
    const headers = { authorization: 'Bearer wrong-token-of-that-length' };
    const statuses: number[] = [];
    for (let tries = 0; tries < 12; tries++)
      statuses.push((await browser.request('GET', '/api/admin', { headers })).status);
    expect(statuses.slice(-2)).toEqual([429, 429]);
    expect((await browser.request('GET', '/api/admin', asAdmin)).status).toBe(200);
  });

  test('sees all machines, and no proof of whose they are', async () => {
    const session = await browser.createSession('first-image');
    const { body } = await browser.request<AdminOverview>('GET', '/api/admin', asAdmin);
    expect(body.sessions).toMatchObject([
      { id: session.id, lesson: 'first-image', state: 'running', pages: 0 },
    ]);
    expect(body.sessions[0]?.learner).toHaveLength(12);
    expect(body.host.memoryFreeBytes).toBe(4e9);
  });

  test('ends a machine: its page is told, and the trail says so', async () => {
    const session = await browser.createSession();
    const page = await browser.connect(session.id);
    const ended = new Promise<string>((resolve) => page.once('ended', ({ reason }) => resolve(reason)));
    const answer = await browser.request('DELETE', `/api/admin/sessions/${session.id}`, asAdmin);
    expect(answer.status).toBe(204);
    expect(await ended).toBe('The one who runs this server has ended this machine.');
    expect((await browser.request('DELETE', `/api/admin/sessions/${session.id}`, asAdmin)).status).toBe(404);
    await server.restart();
    expect((await trail()).map(({ what, session: id }) => [what, id])).toEqual([
      ['created', session.id],
      ['admin', session.id],
      ['ended', session.id],
    ]);
  });

  test('speaks to every page', async () => {
    const session = await browser.createSession();
    const page = await browser.connect(session.id);
    const told = new Promise<unknown>((resolve) => page.once('notice', resolve));
    const body = { message: 'We go on at two.' };
    const answer = await browser.request('POST', '/api/admin/message', { ...asAdmin, body });
    expect(answer.body).toEqual({ pages: 1 });
    expect(await told).toEqual({ level: 'info', message: 'We go on at two.' });
    const empty = await browser.request('POST', '/api/admin/message', { ...asAdmin, body: { message: ' ' } });
    expect(empty.status).toBe(400);
  });

  test('is not there without a token', async () => {
    const without = await startTestServer();
    try {
      const plain = new TestBrowser(without.url);
      for (const path of ['/metrics', '/api/admin'])
        expect((await plain.request('GET', path, asAdmin)).status).toBe(404);
    } finally {
      await without.close();
    }
  });
});

describe('the audit trail', () => {
  test('says what was created, stopped and ended, for whom and why, over a restart', async () => {
    const session = await browser.createSession('first-image');
    await server.supervisor.stop(session.id);
    await server.restart();
    await browser.request('POST', `/api/sessions/${session.id}/resume`);
    await browser.request('DELETE', `/api/sessions/${session.id}`);
    await server.restart();
    const entries = await trail();
    expect(entries.map(({ what }) => what)).toEqual(['created', 'stopped', 'running', 'ended']);
    expect(entries[0]).toMatchObject({ session: session.id, lesson: 'first-image' });
    expect(entries[1]).toMatchObject({ why: 'The machine was stopped.' });
    expect(entries[3]).toMatchObject({ why: 'You have ended this machine.' });
    expect(JSON.stringify(entries)).not.toContain(browser.cookie?.split('=')[1]);
  });
});

test('learners are told when the server stops', async () => {
  const session = await browser.createSession();
  const page = await browser.connect(session.id);
  const told = new Promise<{ message: string }>((resolve) => page.once('notice', resolve));
  await server.restart();
  expect((await told).message).toContain('Your machine keeps its disk');
});

describe('the log', () => {
  const events = () => server.log.map((line) => JSON.parse(line) as Record<string, unknown>);

  test('follows a machine by its id', async () => {
    const session = await browser.createSession('first-image');
    await server.supervisor.stop(session.id);
    await browser.request('DELETE', `/api/sessions/${session.id}`);
    const own = events().filter((event) => event.session === session.id);
    expect(own.map(({ event, state }) => state ?? event)).toEqual(['created', 'stopped', 'ended']);
    expect(own[0]).toMatchObject({ lesson: 'first-image', level: 'info' });
    expect(events()).toContainEqual(
      expect.objectContaining({ event: 'request', method: 'DELETE', route: '/sessions/:id', status: 204 }),
    );
  });

  test('and the audit trail have nothing that a learner named', async () => {
    const secret = 'hunter2-is-my-password';
    const session = await browser.createSession();
    server.supervisor.memoryKill(session.id, `The kernel ended \`${secret}\`: no memory was left.`);
    await server.supervisor.fail(session.id, { kind: 'boot', message: `It ended: \`${secret}\`.` });
    await browser.request('GET', `/api/hub/repositories/${secret}?q=${secret}`);
    await browser.request('GET', `/api/sessions/${session.id}/files?path=/root/${secret}`);
    await browser.request('PUT', `/api/sessions/${secret}/files?path=/root/${secret}`, { body: { secret } });
    await browser.request('POST', '/api/sessions', { body: { lesson: secret } });
    await server.restart();
    expect(server.log.length).toBeGreaterThan(5);
    expect(server.log.join('\n')).not.toContain(secret);
    expect((await trail()).length).toBe(3);
    expect(JSON.stringify(await trail())).not.toContain(secret);
  });
});
