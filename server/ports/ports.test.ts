import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PortView } from '../protocol.ts';
import { startTestServer, type TestServer } from '../testing.ts';
import { TestBrowser, until } from '../testing/browser.ts';
import { responseHeaders } from './headers.ts';
import { PreviewKeys } from './keys.ts';
import { previewOrigin, readPreviewHost } from './origin.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe('names', () => {
  const session = '0123456789abcdef';
  test.each([
    [`8080-${session}.localhost:3000`, { port: 8080, session }],
    [`8080-${session}.LOCALHOST`, { port: 8080, session }],
    [`80-${session}.ports.example:8443`, { port: 80, session }],
    [`8080-${session}.other.example`, undefined],
    [`8080-${session}.localhost.evil.example`, undefined],
    [`0-${session}.localhost`, undefined],
    [`70000-${session}.localhost`, undefined],
    [`8080-${session}.localhost:99999`, undefined],
    [`8080-${session}`, undefined],
    ['localhost:3000', undefined],
    [undefined, undefined],
  ])('%s', (host, place) => {
    expect(readPreviewHost(host, 'ports.example')).toEqual(place);
  });

  test.each([
    ['http://localhost:3000', undefined, `http://80-${session}.localhost:3000`],
    ['http://127.0.0.1:3000', 'ports.example', `http://80-${session}.localhost:3000`],
    ['https://slipway.example', 'ports.example', `https://80-${session}.ports.example`],
    ['http://192.168.1.5:3000', undefined, undefined],
  ])('of a page at %s with the domain %s', (page, domain, origin) => {
    expect(previewOrigin({ port: 80, session }, page, domain)).toBe(origin);
  });
});

describe('keys', () => {
  const place = { port: 80, session: '0123456789abcdef' };

  test('a ticket opens its own place, once and soon', () => {
    let now = 0;
    const keys = new PreviewKeys(() => now);
    const ticket = keys.ticket(place);
    expect(keys.redeem(ticket, { ...place, port: 81 })).toBe(false);
    expect(keys.redeem(ticket, place)).toBe(true);
    expect(keys.redeem(ticket, place)).toBe(false);
    const late = keys.ticket(place);
    now = 61_000;
    expect(keys.redeem(late, place)).toBe(false);
  });

  test('a pass is for its own place, for a time, and not made by others', () => {
    let now = 0;
    const keys = new PreviewKeys(() => now);
    const pass = keys.pass(place);
    expect(keys.admits(pass, place)).toBe(true);
    expect(keys.admits(pass, { ...place, port: 81 })).toBe(false);
    expect(keys.admits(pass, { ...place, session: 'f'.repeat(16) })).toBe(false);
    expect(new PreviewKeys(() => 0).admits(pass, place)).toBe(false);
    expect(keys.admits(`9${pass}`, place)).toBe(false);
    expect(keys.admits(undefined, place)).toBe(false);
    now = 13 * 3_600_000;
    expect(keys.admits(pass, place)).toBe(false);
  });
});

describe('answers', () => {
  const place = { port: 8080, origin: 'http://8080-0123456789abcdef.localhost:3000' };

  test.each([
    ['http://localhost:8080/a?b#c', `${place.origin}/a?b#c`],
    ['http://127.0.0.1:8080/', `${place.origin}/`],
    ['http://localhost:9090/', 'http://localhost:9090/'],
    ['/login', '/login'],
    ['https://example.org/', 'https://example.org/'],
  ])('that lead to %s lead to %s', (location, to) => {
    expect(responseHeaders({ location }, place).location).toBe(to);
  });

  test('set cookies on their own host alone, and not ours', () => {
    const cookies = ['a=1; Domain=localhost; Path=/', 'b=2', 'slipway-preview=x; Path=/'];
    expect(responseHeaders({ 'set-cookie': cookies }, place)['set-cookie']).toEqual(['a=1; Path=/', 'b=2']);
  });
});

describe('a port of a machine', () => {
  let server: TestServer;
  let browser: TestBrowser;
  let id: string;
  let program: Server;
  let port: number;
  let asked: { url: string; headers: IncomingHttpHeaders }[];

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => server.close());

  beforeEach(async () => {
    asked = [];
    program = createServer((incoming, response) => {
      asked.push({ url: incoming.url ?? '', headers: incoming.headers });
      response.writeHead(200, { 'Set-Cookie': 'own=1' }).end(`hello from ${incoming.url ?? ''}`);
    });
    program.on('upgrade', (incoming, socket) => {
      asked.push({ url: incoming.url ?? '', headers: incoming.headers });
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => program.listen(0, '127.0.0.1', resolve));
    port = (program.address() as AddressInfo).port;
    browser = new TestBrowser(server.url);
    ({ id } = await browser.createSession());
  });

  afterEach(() => {
    browser.close();
    program.closeAllConnections();
    program.close();
  });

  const host = () => `${port}-${id}.localhost:${new URL(server.url).port}`;

  async function get(path: string, headers: Record<string, string> = {}) {
    const answer = await new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>(
      (resolve, reject) => {
        const sent = request({
          host: '127.0.0.1',
          port: new URL(server.url).port,
          path,
          headers: { host: host(), ...headers },
        });
        sent.on('response', (response) => {
          void text(response).then((body) =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          );
        });
        sent.on('error', reject).end();
      },
    );
    return answer;
  }

  async function open(): Promise<string> {
    const page = await browser.connect(id);
    const answer = await page.emitWithAck('ports:open', { port });
    if (!answer.ok) throw new Error(answer.error);
    const url = new URL(answer.value.url);
    expect(url.host).toBe(host());
    return url.pathname + url.search;
  }

  /** The cookie that the one visit gives. */
  async function enter(): Promise<string> {
    const { status, headers } = await get(await open());
    expect([status, headers.location]).toEqual([303, '/']);
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).not.toMatch(/Domain/i);
    return cookie.split(';')[0] ?? '';
  }

  test('is opened by its owner, with all its paths', async () => {
    const cookie = await enter();
    const { status, body, headers } = await get('/a/b?c=d', { cookie: `${cookie}; own=1` });
    expect([status, body]).toEqual([200, 'hello from /a/b?c=d']);
    expect(headers['set-cookie']).toEqual(['own=1']);
    expect(asked[0]?.headers).toMatchObject({
      host: `localhost:${port}`,
      cookie: 'own=1',
      'x-forwarded-host': host(),
    });
  });

  test('speaks over an upgraded connection', async () => {
    const cookie = await enter();
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    const lines = `Host: ${host()}\r\nOrigin: http://${host()}\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
    socket.write(`GET /socket.io/ HTTP/1.1\r\n${lines}\r\n`);
    let heard = '';
    socket.on('data', (chunk) => (heard += chunk.toString()));
    await until(() => heard.includes('\r\n\r\n'), 'the answer');
    expect(heard).toMatch(/^HTTP\/1\.1 101/);
    socket.write('ping');
    await until(() => heard.endsWith('ping'), 'the echo');
    socket.destroy();
    expect(asked[0]?.headers).toMatchObject({ origin: `http://localhost:${port}` });
    expect(asked[0]?.headers.cookie).toBeUndefined();
  });

  test('is nobody else’s: attacks end before the machine hears of them', async () => {
    const ticket = await open();
    const cookie = (await get(ticket)).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const other = new TestBrowser(server.url);
    const stranger = await other.createSession();
    const attempts: [string, Promise<{ status: number }>][] = [
      ['without a cookie', get('/')],
      ['with the app’s own cookie', get('/', { cookie: browser.cookie ?? '' })],
      ['with a ticket that was used', get(ticket)],
      ['with a made-up ticket', get('/.slipway/enter?ticket=x')],
      ['with a made-up cookie', get('/', { cookie: `slipway-preview=${Date.now() + 60_000}.x` })],
      ['on another port', get('/', { cookie, host: `${port + 1}-${id}.localhost` })],
      ['on another machine', get('/', { cookie, host: `${port}-${stranger.id}.localhost` })],
    ];
    for (const [how, attempt] of attempts) expect([how, (await attempt).status]).toEqual([how, 403]);
    expect(asked).toEqual([]);
    const foreign = await get('/socket', {
      cookie,
      origin: 'http://evil.example',
      connection: 'Upgrade',
      upgrade: 'websocket',
    });
    expect(foreign.status).toBe(403);
    expect(asked).toEqual([]);
    other.close();
  });

  test('carries nothing of the app: no API, no cookie, no page', async () => {
    const cookie = await enter();
    const { body } = await get('/api/sessions', { cookie: `${cookie}; ${browser.cookie ?? ''}` });
    expect(body).toBe('hello from /api/sessions');
    const fromThere = { headers: { origin: `http://${host()}` }, body: { lesson: null } };
    expect((await browser.request('POST', '/api/sessions', fromThere)).status).toBe(403);
  });

  test('does not keep the server from ending', async () => {
    const cookie = await enter();
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `GET / HTTP/1.1\r\nHost: ${host()}\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await server.restart();
    await ended;
  });

  test('says so when nothing answers, and when the machine is stopped', async () => {
    const cookie = await enter();
    program.closeAllConnections();
    program.close();
    const silent = await get('/', { cookie });
    expect(silent).toMatchObject({ status: 502, body: `Nothing answers on port ${port} of this machine.\n` });
    await server.supervisor.stop(id);
    expect(await get('/', { cookie })).toMatchObject({ status: 502, body: 'This machine is not running.\n' });
  });

  test.each([
    ['a status that is none', 'HTTP/1.1 099 X\r\n\r\n'],
    [
      'a switch of protocols that nobody asked for',
      'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    ],
    ['no HTTP', 'SSH-2.0-x\r\n\r\n'],
  ])('ends no server by %s', async (_what, answer) => {
    const cookie = await enter();
    program.removeAllListeners('request').on('request', ({ socket }) => socket.end(answer));
    const reply = await get('/', { cookie });
    expect(reply).toMatchObject({
      status: 502,
      body: expect.stringContaining('broke the connection off') as string,
    });
  });

  test('ends no server by a ticket that is brought to a host that is none', async () => {
    const path = await open();
    const [name = ''] = host().split(':');
    expect((await get(path, { host: `${name}:99999` })).status).toBe(403);
    expect((await get(path)).status).toBe(303);
  });

  test('is told of when a container publishes it', async () => {
    const page = await browser.connect(id);
    const seen: (readonly PortView[])[] = [];
    page.on('ports', (ports) => seen.push(ports));
    page.emit('ports:watch', null);
    await until(() => seen.length === 1, 'the first list');
    const engine = server.supervisor.engines.get(id);
    engine?.publish('web', [
      { PublicPort: 8080, PrivatePort: 80, Type: 'tcp' },
      { PublicPort: 53, PrivatePort: 53, Type: 'udp' },
    ]);
    await until(() => seen.length === 2, 'the port');
    expect(seen).toEqual([[], [{ port: 8080, container: 'web' }]]);
  });
});
