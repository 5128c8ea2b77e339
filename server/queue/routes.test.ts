import { afterEach, beforeEach, expect, test } from 'vitest';
import { SupervisorError } from '../../sandbox/host/supervisor.ts';
import type { SessionView } from '../protocol.ts';
import { hashAdminToken } from '../operations/admin-token.ts';
import { startTestServer, type TestServer } from '../testing.ts';
import { TestBrowser } from '../testing/browser.ts';

const TOKEN = 'a-token-of-nobody-else';
const FULL = new SupervisorError('full', 'All machines are taken.');
const ask = { body: { lesson: 'first-image' } };

let server: TestServer;
let browser: TestBrowser;

beforeEach(async () => {
  server = await startTestServer({ adminTokenHash: hashAdminToken(TOKEN) });
  browser = new TestBrowser(server.url);
  server.supervisor.refusal = FULL;
});

afterEach(async () => server.close());

/** The events of a learner's stream, as text, until `holds`. */
async function follow({ cookie = '' }: TestBrowser, holds: (text: string) => boolean): Promise<string> {
  const abort = new AbortController();
  const response = await fetch(`${server.url}/api/queue`, { headers: { cookie }, signal: abort.signal });
  let text = '';
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    if (holds(text)) break;
  }
  abort.abort();
  return text;
}

test('a learner who finds the host full waits, and has the machine when there is room', async () => {
  const waits = await browser.request('POST', '/api/sessions', ask);
  expect([waits.status, waits.body]).toEqual([202, { place: 1, of: 1 }]);
  const turn = follow(browser, (text) => {
    server.supervisor.refusal = undefined;
    return text.includes('event: turn');
  });
  expect(await turn).toBe('event: place\ndata: {"place":1,"of":1}\n\nevent: turn\ndata: {}\n\n');
  const [session] = (await browser.request<SessionView[]>('GET', '/api/sessions')).body;
  const answer = await browser.request<SessionView>('POST', '/api/sessions', ask);
  expect([answer.status, answer.body.id]).toEqual([200, session?.id]);
});

test('a machine that runs is visited past the queue', async () => {
  server.supervisor.refusal = undefined;
  const session = await browser.createSession('first-image');
  server.supervisor.refusal = FULL;
  expect((await new TestBrowser(server.url).request('POST', '/api/sessions', ask)).status).toBe(202);
  const answer = await browser.request<SessionView>('POST', '/api/sessions', ask);
  expect([answer.status, answer.body.id]).toEqual([200, session.id]);
});

test('a machine that sleeps waits in the queue, too', async () => {
  server.supervisor.refusal = undefined;
  const { id } = await browser.createSession('first-image');
  await server.supervisor.stop(id);
  server.supervisor.refusal = FULL;
  const other = new TestBrowser(server.url);
  await other.request('POST', '/api/sessions', ask);
  const page = browser.page(id);
  const noticed = new Promise<{ message: string }>((resolve) => void page.on('notice', resolve));
  page.connect();
  const notice = await noticed;
  expect(notice.message).toMatch(/^Other people wait for a machine/);
  const answer = await browser.request('POST', `/api/sessions/${id}/resume`);
  expect([answer.status, answer.body]).toEqual([202, { place: 2, of: 2 }]);
  await other.request('DELETE', '/api/queue');
  const turn = follow(browser, (text) => {
    server.supervisor.refusal = undefined;
    return text.includes('event: turn');
  });
  expect(await turn).toContain('event: turn');
  expect((await server.supervisor.get(id)).state).toBe('running');
  browser.close();
});

test('who does not wait is told so, and who leaves is gone', async () => {
  const events = async () => (await browser.request('GET', '/api/queue')).status;
  expect(await events()).toBe(204);
  await browser.request('POST', '/api/sessions', ask);
  expect((await browser.request('DELETE', '/api/queue')).status).toBe(204);
  expect(await events()).toBe(204);
});

test('waits are counted', async () => {
  await browser.request('POST', '/api/sessions', ask);
  const other = new TestBrowser(server.url);
  await other.request('POST', '/api/sessions', ask);
  await other.request('DELETE', '/api/queue');
  const headers = { authorization: `Bearer ${TOKEN}` };
  const { body } = await browser.request<string>('GET', '/metrics', { headers });
  expect(body).toContain('slipway_queue_length 1');
  expect(body).toContain('slipway_queue_wait_seconds_count{outcome="left"} 1');
});
