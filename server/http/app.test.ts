import { existsSync, readFileSync } from 'node:fs';
import { request as rawRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SupervisorError } from '../../sandbox/host/supervisor.ts';
import type { LessonSummary, SessionView } from '../protocol.ts';
import { SHELLS } from './pages.ts';
import { startTestServer, type TestServer } from '../testing.ts';
import { TestBrowser } from '../testing/browser.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());

describe('the page', () => {
  test.each([
    ['/', 200],
    ['/machine', 200],
    ['/lessons/first-image', 200],
    ['/nowhere', 404],
    ['/lessons/first-image/more', 404],
  ])('%s answers %i with the shell, never from a cache', async (path, status) => {
    const answer = await new TestBrowser(server.url).request('GET', path);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain('<title>Slipway</title>');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
  });

  test('the shell names what its address needs beside its own script', async () => {
    const linked = async (path: string) => {
      const { body } = await new TestBrowser(server.url).request<string>('GET', path);
      return [
        ...body.matchAll(/<link rel="(\w+)" (?:as="style" )?crossorigin href="\/assets\/(.*)-0123abcd/g),
      ].map(([, rel, name]) => `${rel} ${name}`);
    };
    const workspace = [
      ...['workspace', 'terminals', 'screen'].map((name) => `modulepreload ${name}`),
      'preload screen',
    ];
    expect(await linked('/lessons/first-image')).toEqual(workspace);
    expect(await linked('/machine')).toEqual(workspace);
    expect(await linked('/')).toEqual([]);
    expect(await linked('/nowhere')).toEqual([]);
  });

  test('what the shell names is there to be built', () => {
    const web = join(import.meta.dirname, '../../web');
    const modules = Object.values(SHELLS).flat();
    expect(modules.filter((name) => !existsSync(join(web, name)))).toEqual([]);
    const sources = readFileSync(join(web, 'views/app.ts'), 'utf8');
    for (const [, name = ''] of sources.matchAll(/import\('\.\/(.*)'\)/g))
      expect(modules).toContain(`views/${name}`);
  });

  test('hashed assets are kept for ever, missing ones are not the shell', async () => {
    const browser = new TestBrowser(server.url);
    const found = await browser.request('GET', '/assets/main-0123abcd.js');
    expect(found.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const missing = await browser.request('GET', '/assets/gone.js');
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8']);
  });

  test.each([
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['', null],
  ])('to %j an asset goes as %s', async (accepted, encoding) => {
    const browser = new TestBrowser(server.url);
    const headers = { 'accept-encoding': accepted };
    const answer = await browser.request('GET', '/assets/main-0123abcd.js', { headers });
    expect([answer.headers.get('content-encoding'), answer.body]).toEqual([encoding, 'export {};']);
    expect(answer.headers.get('content-type')).toContain('javascript');
    expect(answer.headers.get('vary')).toContain('Accept-Encoding');
  });

  test('no inline script, no foreign origin, no frame', async () => {
    const policy = (await new TestBrowser(server.url).request('GET', '/')).headers.get(
      'content-security-policy',
    );
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
  });

  test.each([
    '/../main.ts',
    '/assets/..%2f..%2fstate',
    '/%2e%2e/state/sessions',
    '/.env',
    '/.vite/manifest.json',
  ])('%s leads nowhere', async (path) => {
    const status = await new Promise((resolve) => {
      rawRequest(server.url + '/', { path }, (response) => resolve(response.statusCode)).end();
    });
    expect([400, 403, 404]).toContain(status);
  });
});

describe('lessons', () => {
  test('are listed and read', async () => {
    const browser = new TestBrowser(server.url);
    const list = await browser.request<LessonSummary[]>('GET', '/api/lessons');
    expect(list.body[0]?.slug).toBe('first-image');
    const lesson = await browser.request<{ tasks?: unknown }>('GET', '/api/lessons/first-image');
    expect(lesson.body).toHaveProperty('steps');
    // The checks are the server's: a page gets how many there are, and no answers to copy.
    expect(JSON.stringify(lesson.body)).toContain('"checks":1');
    expect(JSON.stringify(lesson.body)).not.toMatch(/"kind"|image-exists|"right"/);
    expect((await browser.request('GET', '/api/lessons/none')).status).toBe(404);
  });
});

describe('sessions', () => {
  test('the cookie comes with the first session, and only then', async () => {
    const browser = new TestBrowser(server.url);
    await browser.request('GET', '/');
    const before = await browser.request('GET', '/api/sessions');
    expect([before.body, browser.cookie]).toEqual([[], undefined]);
    const created = await browser.request<SessionView>('POST', '/api/sessions', { body: { lesson: null } });
    expect(created.status).toBe(201);
    expect(created.headers.getSetCookie()[0]).toMatch(
      /^slipway=[\w-]{43}; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const again = await browser.request<SessionView>('POST', '/api/sessions', { body: { lesson: null } });
    expect([again.status, again.body.id, again.headers.getSetCookie()]).toEqual([200, created.body.id, []]);
  });

  test('two requests at once make one session', async () => {
    const browser = new TestBrowser(server.url);
    await browser.createSession('first-image');
    const [one, other] = await Promise.all([browser.createSession(null), browser.createSession(null)]);
    expect(one.id).toBe(other.id);
  });

  test('another browser gets the answer of a session that is not there', async () => {
    const { id } = await new TestBrowser(server.url).createSession();
    const stranger = new TestBrowser(server.url);
    await stranger.createSession();
    for (const [method, path] of [
      ['POST', 'resume'],
      ['POST', 'reset'],
      ['DELETE', ''],
    ] as const) {
      const foreign = await stranger.request(method, `/api/sessions/${id}/${path}`);
      const unknown = await stranger.request(method, `/api/sessions/aaaaaaaaaaaaaaaa/${path}`);
      expect([foreign.status, foreign.body]).toEqual([404, unknown.body]);
    }
    expect(server.supervisor.engines.has(id)).toBe(true);
    expect(
      (await stranger.request<SessionView[]>('GET', '/api/sessions')).body.map((own) => own.id),
    ).not.toContain(id);
  });

  test.each(['slipway=', 'slipway=short', `slipway=${'a'.repeat(43)}`, 'other=1'])(
    'the cookie %s owns nothing',
    async (cookie) => {
      await new TestBrowser(server.url).createSession();
      expect((await new TestBrowser(server.url, cookie).request('GET', '/api/sessions')).body).toEqual([]);
    },
  );

  test('the token itself is not on the disk', async () => {
    const { readdir, readFile } = await import('node:fs/promises');
    const browser = new TestBrowser(server.url);
    const { id } = await browser.createSession();
    const folder = `${server.folder}/state/sessions`;
    expect(await readdir(folder)).toContain(`${id}.json`);
    expect(await readFile(`${folder}/${id}.json`, 'utf8')).not.toContain(browser.cookie?.split('=')[1]);
  });

  test('at most so many machines for one learner', async () => {
    const small = await startTestServer({ sessionsPerLearner: 1 });
    const browser = new TestBrowser(small.url);
    await browser.createSession('first-image');
    const refused = await browser.request<{ error: string }>('POST', '/api/sessions', {
      body: { lesson: null },
    });
    expect([refused.status, refused.body.error]).toEqual([
      409,
      'You have 1 machine running already. End one of them first.',
    ]);
    await small.close();
  });

  test('a full host where nobody may wait is said so', async () => {
    const small = await startTestServer({ queuePlaces: 0 });
    small.supervisor.refusal = new SupervisorError('full', 'All machines are taken. Please try again later.');
    const refused = await new TestBrowser(small.url).request('POST', '/api/sessions', {
      body: { lesson: null },
    });
    await small.close();
    expect([refused.status, refused.body]).toEqual([
      503,
      { error: 'All machines are taken. Please try again later.' },
    ]);
  });

  test('too many are refused for a while', async () => {
    const browser = new TestBrowser(server.url);
    await browser.createSession();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => browser.request('POST', '/api/sessions', { body: { lesson: null } })),
    );
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
  });

  test.each([
    [{ lesson: 'none' }, 404],
    [{ lesson: 7 }, 400],
    [{ lesson: '../x' }, 400],
    [{ lesson: null, limits: { memoryBytes: 1e12 } }, 400],
    [{ lesson: 'a'.repeat(10_000) }, 413],
    [{}, 400],
  ])('the body %j answers %i', async (body, status) => {
    expect((await new TestBrowser(server.url).request('POST', '/api/sessions', { body })).status).toBe(
      status,
    );
  });
});

describe('where requests come from', () => {
  const create = (headers: Record<string, string>) =>
    new TestBrowser(server.url).request('POST', '/api/sessions', { body: { lesson: null }, headers });

  test.each(['http://evil.example', 'null', 'http://localhost:1', ''])(
    'a foreign origin %s is refused',
    async (origin) => {
      expect((await create({ origin })).status).toBe(403);
    },
  );

  test('a rebound name is refused, even for reading', async () => {
    const port = Number(new URL(server.url).port);
    const status = await new Promise((resolve) => {
      const headers = { host: `evil.example:${port}`, origin: `http://evil.example:${port}` };
      rawRequest(server.url + '/api/lessons', { headers }, (response) => resolve(response.statusCode)).end();
    });
    expect(status).toBe(403);
  });
});
