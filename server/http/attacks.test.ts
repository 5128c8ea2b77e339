import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestBrowser } from '../testing/browser.ts';
import { startTestServer, type TestServer } from '../testing.ts';

/** What strangers send to the server, byte by byte where a browser or a client would not. */

let server: TestServer;
let host: string;
let owner: TestBrowser;
let session: string;

beforeAll(async () => {
  server = await startTestServer();
  ({ host } = new URL(server.url));
  owner = new TestBrowser(server.url);
  session = (await owner.createSession()).id;
});
afterAll(() => server.close());

/** Sends bytes as they are, and gives all that comes back until the server ends the connection. */
function send(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

const statuses = (answer: string): number[] =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));

describe('a request that two servers would cut differently is refused, and what hides in it is not heard', () => {
  const hidden = (): string =>
    `DELETE /api/sessions/${session} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${server.url}\r\nCookie: ${owner.cookie ?? ''}\r\n\r\n`;
  test.each([
    [
      'a length beside chunks',
      (rest: string) =>
        `Content-Length: ${rest.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${rest}`,
    ],
    ['two lengths', (rest: string) => `Content-Length: 0\r\nContent-Length: ${rest.length}\r\n\r\n${rest}`],
    [
      'chunks that are not named last',
      (rest: string) => `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${rest}`,
    ],
    ['an encoding nobody knows', (rest: string) => `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${rest}`],
    ['a space before the colon', (rest: string) => `Content-Length : 0\r\n\r\n${rest}`],
    ['a folded header', (rest: string) => `X: a\r\n Content-Length: 0\r\n\r\n${rest}`],
    ['a bare line feed in a header', (rest: string) => `X: a\nContent-Length: 0\r\n\r\n${rest}`],
    ['a length that is no number', (rest: string) => `Content-Length: +0\r\n\r\n${rest}`],
  ])('%s', async (_title, framing) => {
    const answer = await send(`POST /api/sessions HTTP/1.1\r\nHost: ${host}\r\n${framing(hidden())}`);
    expect(statuses(answer)).toEqual([expect.toSatisfy((status: number) => status >= 400)]);
    expect((await owner.request<unknown[]>('GET', '/api/sessions')).body).toHaveLength(1);
  });
});

test.each([
  [
    'headers without an end',
    () => `GET / HTTP/1.1\r\nHost: ${host}\r\n${'X: yyyyyyyy\r\n'.repeat(3000)}\r\n`,
    431,
  ],
  ['a path without an end', () => `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 431],
  ['no host', () => 'GET / HTTP/1.1\r\n\r\n', 400],
  ['a method that is none', () => `EVIL / HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400],
  [
    'another server as a proxy would be asked',
    () => `CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    undefined,
  ],
])('%s is refused', async (_title, bytes, status) => {
  expect(statuses(await send(bytes()))).toEqual(status === undefined ? [] : [status]);
  expect((await owner.request('GET', '/healthz')).status).toBe(200);
});

test.each([
  '/assets/..%2f..%2f..%2fetc/passwd',
  '/assets/%2e%2e/%2e%2e/state/progress.db',
  '/assets//etc/passwd',
  '/api/lessons/first-image/files/..%2f..%2f..%2fpackage.json',
  '/api/lessons/%2e%2e%2fgroups.yaml',
  '/assets/x%00.js',
])('the path %s leads to no file of the host', async (path) => {
  const answer = await send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  expect(statuses(answer)[0]).toBeGreaterThanOrEqual(400);
  expect(answer).not.toMatch(/root:|SQLite|"name": "slipway"/);
});

describe('whose machine it is, is said by the whole cookie alone', () => {
  const token = (): string => owner.cookie?.split('=')[1] ?? '';
  const changed = (text: string): string => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
  test.each([
    ['none', () => ''],
    ['one letter changed', () => `slipway=${changed(token())}`],
    ['cut short', () => `slipway=${token().slice(0, -1)}`],
    ['with more behind it', () => `slipway=${token()}x`],
    ['under another name', () => `slipway2=${token()}`],
    ['the id of the machine', () => `slipway=${session}`],
    ['an object of JavaScript', () => 'slipway=__proto__'],
  ])('%s', async (_title, cookie) => {
    const thief = new TestBrowser(server.url, cookie());
    for (const action of ['resume', 'reset', 'extend', 'moments', 'back'])
      expect((await thief.request('POST', `/api/sessions/${session}/${action}`, { body: {} })).status).toBe(
        404,
      );
    expect((await thief.request('DELETE', `/api/sessions/${session}`)).status).toBe(404);
    expect((await thief.request<unknown[]>('GET', '/api/sessions')).body).toEqual([]);
  });

  test('an id that is guessed answers as one that nobody has', async () => {
    const stranger = new TestBrowser(server.url);
    await stranger.createSession();
    const [taken, free] = await Promise.all(
      [session, 'a'.repeat(16)].map((id) => stranger.request('POST', `/api/sessions/${id}/resume`)),
    );
    expect([taken?.status, taken?.body]).toEqual([free?.status, free?.body]);
  });

  test('the cookie of a learner whose machine has ended opens nothing', async () => {
    const gone = new TestBrowser(server.url);
    const { id } = await gone.createSession();
    await gone.request('DELETE', `/api/sessions/${id}`);
    expect((await gone.request('POST', `/api/sessions/${id}/resume`)).status).toBe(404);
  });
});
