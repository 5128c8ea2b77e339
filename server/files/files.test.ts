import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { EngineClient } from '../engine/client.ts';
import { RATES } from '../http/rate.ts';
import type { FolderListing } from '../protocol.ts';
import { startTestServer, type TestServer } from '../testing.ts';
import { TestBrowser, until as untilTrue, type PageSocket } from '../testing/browser.ts';
import { NAMES_MAX, StepBeginning } from './beginning.ts';
import { MachineFiles } from './machine-files.ts';
import { FIND_MAX } from './protocol.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let server: TestServer;
let browser: TestBrowser;
let id: string;
let home: string;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.close());

beforeEach(async () => {
  browser = new TestBrowser(server.url);
  ({ id } = await browser.createSession());
  home = engine().home;
  return () => browser.close();
});

function engine() {
  const found = server.supervisor.engines.get(id);
  if (!found) throw new Error('The machine is not running.');
  return found;
}

const until = (condition: () => boolean) => untilTrue(condition, 'the expected');

const at = (path: string, more = '') => `/api/sessions/${id}/files?path=${path}${more}`;

describe('over HTTP', () => {
  test('a file is written and read by its version', async () => {
    const made = await browser.request<{ version: string }>('PUT', at('app/a.txt', '&version=new'), {
      body: 'x',
    });
    expect(made.status).toBe(200);
    const read = await browser.request('GET', at('app/a.txt'));
    expect(read.body).toBe('"x"');
    expect(read.headers.get('slipway-version')).toBe(made.body.version);
    await writeFile(join(home, 'app/a.txt'), 'by the terminal');
    const late = await browser.request('PUT', at('app/a.txt', `&version=${made.body.version}`), {
      body: 'y',
    });
    expect(late).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining('changed') as string },
    });
    expect(await readFile(join(home, 'app/a.txt'), 'utf8')).toBe('by the terminal');
  });

  test('what comes is never shown as a page of this origin', async () => {
    await writeFile(join(home, 'page.html'), '<script>alert(1)</script>');
    const { headers } = await browser.request('GET', at('page.html'));
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toBe('attachment; filename=page.html');
    expect(headers.get('content-security-policy')).toContain('sandbox');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('all of it comes as a zip', async () => {
    await writeFile(join(home, 'a'), 'x');
    const zip = await browser.request<string>('GET', `/api/sessions/${id}/files/zip`);
    expect(zip.status).toBe(200);
    expect(zip.headers.get('content-disposition')).toBe('attachment; filename=home.zip');
    expect(zip.body.startsWith('PK')).toBe(true);
  });

  test('nobody else gets it, and no other page writes it', async () => {
    await writeFile(join(home, 'a'), 'x');
    const stranger = new TestBrowser(server.url);
    await stranger.createSession();
    expect((await stranger.request('GET', at('a'))).status).toBe(404);
    expect((await stranger.request('PUT', at('a', '&version=any'), { body: 'y' })).status).toBe(404);
    const evil = { headers: { origin: 'http://evil.example' }, body: 'y' };
    expect((await browser.request('PUT', at('a', '&version=any'), evil)).status).toBe(403);
    expect(await readFile(join(home, 'a'), 'utf8')).toBe('x');
  });

  test.each(['../a', 'a/../b', '', 'a//b'])('%j is no file', async (path) => {
    expect((await browser.request('GET', at(encodeURIComponent(path)))).status).toBe(400);
  });

  test('a machine that is stopped has none', async () => {
    await server.supervisor.stop(id);
    expect((await browser.request('GET', at('a'))).status).toBe(409);
  });
});

describe('over the session’s connection', () => {
  interface Seen {
    readonly path: string;
    readonly listing: FolderListing | null;
  }

  async function look(folders: readonly string[]): Promise<{ page: PageSocket; seen: Seen[] }> {
    const page = await browser.connect(id);
    const seen: Seen[] = [];
    page.on('files:folder', (message) => seen.push(message));
    page.emit('files:watch', { folders });
    return { page, seen };
  }

  const names = (seen: readonly Seen[], path: string) =>
    seen
      .filter((each) => each.path === path)
      .at(-1)
      ?.listing?.entries.map(({ name }) => name)
      .sort();

  test('folders are shown, and shown again when something changes', async () => {
    await mkdir(join(home, 'app'));
    await writeFile(join(home, 'app/Dockerfile'), 'FROM debian\n');
    const { seen } = await look(['', 'app', 'gone']);
    await until(() => names(seen, 'app')?.length === 1 && names(seen, '')?.[0] === 'app');
    await until(() => seen.some(({ path, listing }) => path === 'gone' && listing === null));
    await writeFile(join(home, 'app/main.py'), '');
    await until(() => names(seen, 'app')?.join() === 'Dockerfile,main.py');
    const before = seen.at(-1)?.listing?.entries.find(({ name }) => name === 'main.py')?.version;
    await writeFile(join(home, 'app/main.py'), 'print(1)');
    await until(
      () =>
        seen.findLast(({ path }) => path === 'app')?.listing?.entries.find(({ name }) => name === 'main.py')
          ?.version !== before,
    );
    await rm(join(home, 'app'), { recursive: true });
    await until(() => seen.findLast(({ path }) => path === 'app')?.listing === null);
  });

  test('files are made, moved and removed, or it is said why not', async () => {
    const { page } = await look([]);
    expect(await page.emitWithAck('files:make-folder', { path: 'a' })).toEqual({ ok: true, value: null });
    expect(await page.emitWithAck('files:make-folder', { path: 'a' })).toEqual({
      ok: false,
      error: 'There is something of this name already: a',
    });
    expect(await page.emitWithAck('files:move', { from: 'a', to: 'b' })).toEqual({ ok: true, value: null });
    expect(await page.emitWithAck('files:remove', { path: 'b' })).toEqual({ ok: true, value: null });
    expect(await page.emitWithAck('files:remove', { path: '../../etc' })).toMatchObject({ ok: false });
  });
});

test('a check reads a file of the workspace, and does without one that is not there or too large', async () => {
  const client = new EngineClient(engine().socketPath);
  const files = new MachineFiles(client);
  await writeFile(join(home, 'a'), 'text');
  expect(await files.readText('a', 100)).toBe('text');
  expect(await files.readText('a', 3)).toBeUndefined();
  expect(await files.readText('gone', 100)).toBeUndefined();
  client.close();
});

test('a file can be compared with what it was when the step began', async () => {
  const { id: lessonId } = await browser.createSession('first-image');
  const home = server.supervisor.engines.get(lessonId)?.home ?? '';
  const socket = await browser.connect(lessonId);
  const before = (path: string) => socket.emitWithAck('files:before', { path });
  await mkdir(join(home, 'app'));
  await writeFile(join(home, 'app/a.txt'), 'as it was');
  await writeFile(join(home, 'large.txt'), 'x'.repeat(40_000));
  await socket.emitWithAck('lesson:begin', { step: 'a-container-from-it' });
  // What is not large is read before anybody may change it.
  expect(await before('app/a.txt')).toEqual({ ok: true, value: 'as it was' });
  await writeFile(join(home, 'app/a.txt'), 'as it is');
  await writeFile(join(home, 'new.txt'), 'new');
  expect(await before('app/a.txt')).toEqual({ ok: true, value: 'as it was' });
  expect(await before('new.txt')).toEqual({ ok: true, value: null });
  expect(await before('large.txt')).toMatchObject({
    ok: false,
    error: expect.stringContaining('small') as string,
  });
});

test('of a home with very many files no more is remembered than a bound, and what is not known is said', async () => {
  const client = new EngineClient(engine().socketPath);
  const beginning = new StepBeginning(new MachineFiles(client));
  const many = Array.from({ length: NAMES_MAX + 200 }, (_each, index) => `many-${index % 4}/file-${index}`);
  for (const folder of ['many-0', 'many-1', 'many-2', 'many-3']) await mkdir(join(home, folder));
  await Promise.all(many.map((path) => writeFile(join(home, path), '\0')));
  beginning.take();
  await expect(beginning.find('many-0/file-0')).rejects.toThrow('not kept');
  await expect(beginning.find('new.txt')).rejects.toThrow('not kept');
  beginning.close();
  client.close();
});

test('one page cannot have a machine’s folders listed all the time', async () => {
  const socket = await browser.connect(id);
  const paths = Array.from({ length: FIND_MAX }, (_each, index) => `folder-${index}/file`);
  const tries = Math.ceil(RATES.lookupsBySession.points / FIND_MAX) + 1;
  const answers = [];
  for (let i = 0; i < tries; i += 1) answers.push(await socket.emitWithAck('files:find', { paths }));
  expect(answers[0]).toEqual({ ok: true, value: [] });
  expect(answers.at(-1)).toMatchObject({ ok: false, error: expect.stringContaining('too often') as string });
});

test('only files are found, by whole paths', async () => {
  const socket = await browser.connect(id);
  await mkdir(join(home, 'web'));
  await writeFile(join(home, 'web/app.js'), 'x');
  const paths = ['web/app.js', 'web', 'app.js', 'none/app.js'];
  expect(await socket.emitWithAck('files:find', { paths })).toEqual({ ok: true, value: ['web/app.js'] });
  const upward = await socket.emitWithAck('files:find', { paths: ['../x'] });
  expect(upward.ok).toBe(false);
});
