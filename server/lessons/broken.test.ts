import { cp, mkdtemp, rm, writeFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Lesson, LessonProblem, LessonSummary, SessionView, TaskView } from '../protocol.ts';
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

test('for its author, what is wrong is told by file and line, until it is mended', async () => {
  const authors = await startTestServer({ lessonsDir, authoring: true });
  const browser = new TestBrowser(authors.url);
  const problems = async (slug: string) =>
    (await browser.request<LessonProblem[]>('GET', `/api/lessons/${slug}/problems`)).body;
  try {
    const file = join(lessonsDir, '01-first-image/lesson.md');
    const text = await readFile(file, 'utf8');
    expect(await problems('first-image')).toEqual([]);
    const { body } = await browser.request<Lesson>('GET', '/api/lessons/first-image');
    expect(body.authoring).toBe(true);

    await writeFile(file, text.replace('kind: image-exists', 'kind: image-exist'));
    await authors.restart();
    const [problem] = await problems('first-image');
    expect(problem?.file).toBe('01-first-image/lesson.md');
    expect(problem?.line).toBe(text.split('\n').findIndex((line) => line.includes('kind: image-exists')) + 1);
    expect(problem?.message).toContain('Did you mean `image-exists`?');
    expect(await problems('images-and-containers')).toEqual([]);
    expect((await browser.request('GET', '/api/lessons/none/problems')).status).toBe(404);
  } finally {
    await authors.close();
  }
});

test('learners are not told what is wrong with a lesson', async () => {
  const browser = new TestBrowser(server.url);
  expect((await browser.request('GET', '/api/lessons/first-image/problems')).status).toBe(404);
  const { body } = await browser.request<Lesson>('GET', '/api/lessons/first-image');
  expect(body.authoring).toBe(false);
});
