import { cp, mkdtemp, rm, writeFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LessonSummary, SessionView, TaskView } from '../protocol.ts';
import { startTestServer, type TestServer } from '../testing.ts';
import { openTerminal, TestBrowser, until } from '../testing/browser.ts';

/** A lesson's file that is broken while learners are at it. */

let lessonsDir: string;
let server: TestServer;

beforeEach(async () => {
  lessonsDir = await mkdtemp(join(tmpdir(), 'slipway-lessons-'));
  const from = join(import.meta.dirname, '../../lessons');
  for (const name of ['01-first-image', '02-images-and-containers', 'groups.yaml', 'errors.yaml'])
    await cp(join(from, name), join(lessonsDir, name), { recursive: true });
  server = await startTestServer({ lessonsDir });
});

afterEach(async () => {
  await server.close();
  await rm(lessonsDir, { recursive: true });
});

test.each([
  ['no front matter', () => 'nothing of what a lesson has\n'],
  ['a cut in the middle', (text: string) => text.slice(0, text.indexOf('```task') + 20)],
  ['an unknown check', (text: string) => text.replace(/kind: \S+/, 'kind: nonsense')],
])('with %s keeps machines and the other lessons', { timeout: 60_000 }, async (_, broken) => {
  const browser = new TestBrowser(server.url);
  const session = await browser.createSession('first-image');
  const file = join(lessonsDir, '01-first-image/lesson.md');
  const text = await readFile(file, 'utf8');
  const slugs = async () =>
    (await browser.request<LessonSummary[]>('GET', '/api/lessons')).body.map(({ slug }) => slug);

  await writeFile(file, broken(text));
  await server.restart();
  expect(await slugs()).toEqual(['images-and-containers']);
  expect(server.reports.join('\n')).toContain('01-first-image/lesson.md');
  const page = await browser.connect(session.id);
  expect((await openTerminal(page)).ended).toBe(false);
  const [mine] = (await browser.request<SessionView[]>('GET', '/api/sessions')).body;
  expect(mine).toMatchObject({ id: session.id, state: 'running' });

  await writeFile(file, text);
  await server.restart();
  expect(await slugs()).toEqual(['first-image', 'images-and-containers']);
  let tasks: readonly TaskView[] = [];
  const back = browser.page(session.id);
  back.on('tasks', (told) => (tasks = told));
  back.connect();
  await until(() => tasks.length > 0, 'the tasks of the lesson');
  browser.close();
});
