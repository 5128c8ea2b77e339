import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EngineClient } from '../engine/client.ts';
import type { TaskView } from '../protocol.ts';
import { until } from '../testing/browser.ts';
import { EngineDouble } from '../testing/engine.ts';
import { formatProblem } from '../../lessons/problems.ts';
import { parseLesson } from '../../lessons/reader.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import { Progress } from './progress.ts';
import { QUIET_MS } from './quiet.ts';
import { chosenValues, type Values } from './values.ts';

const LESSON = `---
title: A lesson
summary: s
level: beginner
minutes: 1
outcomes: [o]
variables:
  box: { label: the container, capture: { kind: container, value: short-id } }
  colour: { choose: [red, green, blue] }
---

## One

\`\`\`task
id: image
title: i
checks:
  - { kind: image-exists, image: web }
hints:
  - { text: Not that name., when: { kind: image-exists, image: wbe } }
dead-ends:
  - { text: Too late., when: { kind: image-exists, image: late } }
\`\`\`

\`\`\`task
id: change
title: c
checks:
  - { kind: container-changed, name: box, path: /x, change: added }
\`\`\`

## Two

\`\`\`quiz
id: quiz
question: q
choices:
  - { text: a, why: Not a. }
  - { text: b, right: true }
  - { text: c, right: true }
many: true
why: Because.
\`\`\`

\`\`\`quiz
id: words
question: q
answer: docker (image )?ls
example: docker ls
\`\`\`

\`\`\`predict
id: guess
question: q
choices:
  - { text: It is there., when: { kind: image-exists, image: new } }
  - { text: It is not., when: { kind: image-absent, image: old } }
\`\`\`

\`\`\`predict
id: name
question: q
value: box
\`\`\`
`;

const CONFIG = { Image: 'web', Env: [], Cmd: [], Entrypoint: [], Labels: {} };
const BOX = {
  Id: 'box',
  Name: '/box',
  Image: 'i',
  Path: 'sh',
  Args: [],
  State: { Status: 'running', Running: true, ExitCode: 0 },
  Config: CONFIG,
};

let folder: string;
let engine: EngineDouble;
let client: EngineClient;
let progress: Progress | undefined;
let tasks: readonly TaskView[];
let shows: number;
let done: (readonly string[])[];
let values: Values;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-progress-'));
  engine = await EngineDouble.listen(join(folder, 'engine.sock'));
  client = new EngineClient(engine.socketPath);
  tasks = [];
  shows = 0;
  done = [];
});

afterEach(async () => {
  vi.useRealTimers();
  progress?.close();
  client.close();
  await engine.close();
  await rm(folder, { recursive: true });
});

function lesson(more: string): LessonSource {
  const read = parseLesson(LESSON + more, { file: 'lesson.md', slug: 'x' });
  if ('lesson' in read) return read.lesson;
  throw new Error(read.problems.map(formatProblem).join('\n'));
}

const HTTP = `
\`\`\`task
id: serve
title: s
checks:
  - { kind: http, port: PORT, contains: Welcome }
\`\`\`
`;

const QUESTIONS = ['quiz', 'words', 'guess', 'name'];

function begin(already: string[] = QUESTIONS, more = ''): Progress {
  progress = new Progress({
    engine: client,
    lesson: lesson(more),
    seed: 'seed',
    begun: {},
    released: true,
    done: already,
    onValues: (now) => (values = now),
    onTasks: (now) => {
      tasks = now;
      shows += 1;
    },
    onDone: (ids) => done.push(ids),
  });
  return progress;
}

const viewOf = (id: string) => tasks.find((task) => task.id === id);
const stateOf = (id: string) => viewOf(id)?.state;
const findingOf = (id: string) => viewOf(id)?.findings[0]?.message ?? '';

test('tasks are done in any order, each told once', async () => {
  begin();
  await until(() => tasks.length === 6, 'a first look');
  engine.state.containers = [BOX];
  engine.state.changes = { box: [{ Path: '/x', Kind: 1 }] };
  engine.emit('container', 'die');
  await until(() => stateOf('change') === 'done', 'the second task');
  expect(stateOf('image')).toBe('open');
  engine.state.images.push({ Id: 'i', RepoTags: ['web:latest'], Config: undefined, RootFS: { Layers: [] } });
  engine.emit('image', 'commit');
  await until(() => stateOf('image') === 'done', 'the first task');
  expect(done).toEqual([
    [...QUESTIONS, 'change'],
    [...QUESTIONS, 'change', 'image'],
  ]);
});

test('what is written without an event is seen soon after a command', async () => {
  const own = begin(['image', ...QUESTIONS]);
  await until(() => tasks.length === 6, 'a first look');
  engine.state.containers = [BOX];
  engine.state.changes = { box: [{ Path: '/x', Kind: 1 }] };
  own.commandEntered();
  await until(() => stateOf('change') === 'done', 'the task');
});

test('what becomes ready a while after the last event is seen without anybody doing anything', async () => {
  const late = createServer((_request, response) => response.end('Welcome'));
  await new Promise<void>((resolve) => late.listen(0, '127.0.0.1', resolve));
  const { port } = late.address() as AddressInfo;
  await new Promise((resolve) => late.close(resolve));
  begin(['image', 'change', ...QUESTIONS], HTTP.replace('PORT', String(port)));
  await until(() => stateOf('serve') === 'open', 'a first look');
  engine.emit('container', 'start');
  await until(() => findingOf('serve').includes(`port ${port}`), 'a look that finds nobody');
  await new Promise<void>((resolve) => late.listen(port, '127.0.0.1', resolve));
  await until(() => stateOf('serve') === 'done', 'the task');
  await new Promise((resolve) => late.close(resolve));
});

test('a flood of events is judged in few rounds', async () => {
  begin();
  await until(() => tasks.length === 6, 'a first look');
  const before = engine.requests.length;
  for (let i = 0; i < 500; i += 1) engine.emit('container', 'exec_create', { n: String(i) });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(engine.requests.length - before).toBeLessThan(50);
  expect(shows).toBe(1);
});

test('what holds between two events of one command is not judged', async () => {
  begin();
  await until(() => tasks.length === 6, 'a first look');
  const { setTimeout: wait } = globalThis;
  // While no time goes by, requests and answers do: a look would come to its end.
  const heard = () => new Promise((resolve) => wait(resolve, 100));
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  engine.state.images = [image('web')];
  engine.emit('image', 'tag');
  await heard();
  engine.state.images = [];
  engine.emit('image', 'untag');
  await heard();
  await vi.advanceTimersByTimeAsync(QUIET_MS);
  await heard();
  expect(stateOf('image')).toBe('open');
});

test('an engine that goes and comes back is followed again', async () => {
  begin();
  await until(() => tasks.length === 6, 'a first look');
  await engine.close();
  engine = await EngineDouble.listen(join(folder, 'engine.sock'));
  engine.state.images.push({ Id: 'i', RepoTags: ['web:latest'], Config: undefined, RootFS: { Layers: [] } });
  await until(() => stateOf('image') === 'done', 'the task');
});

test('answers that no engine gives change nothing', async () => {
  engine.state.images = [{ Id: 5, RepoTags: ['web:latest'], RootFS: 'none' }] as never;
  begin();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(done).toEqual([]);
  engine.state.images = [{ Id: 'i', RepoTags: ['web:latest'], Config: undefined, RootFS: { Layers: [] } }];
  engine.emit('image', 'commit');
  await until(() => stateOf('image') === 'done', 'the task');
});

test('what got no answer is looked at again without anybody doing anything', async () => {
  engine.state.images = [{ Id: 5, RepoTags: ['web:latest'], RootFS: 'none' }] as never;
  begin();
  await until(() => engine.requests.some((request) => request.includes('/images/')), 'a round in vain');
  engine.state.images = [image('web')];
  await until(() => stateOf('image') === 'done', 'the task');
});

const image = (name: string) => ({
  Id: name,
  RepoTags: [`${name}:latest`],
  Config: undefined,
  RootFS: { Layers: [] },
});
const taskOf = (id: string) => tasks.find((task) => task.id === id);

test('hints for a state come and go with it, and so does a dead end', async () => {
  begin();
  await until(() => tasks.length === 6, 'a first look');
  engine.state.images = [image('wbe'), image('late')];
  engine.emit('image', 'tag');
  await until(() => taskOf('image')?.deadEnd !== undefined, 'the dead end');
  expect(taskOf('image')).toMatchObject({ advice: ['Not that name.'], deadEnd: 'Too late.' });
  engine.state.images = [];
  engine.emit('image', 'delete');
  await until(() => taskOf('image')?.deadEnd === undefined, 'the way back');
  expect(taskOf('image')?.advice).toBeUndefined();
});

test('a quiz is graded at once, and done when it is right', () => {
  const own = begin([]);
  expect(own.answer('quiz', [0, 1])).toEqual({ state: 'wrong', messages: ['Not a. Try again.'] });
  expect(own.answer('quiz', [1])).toMatchObject({ state: 'wrong' });
  expect(own.answer('quiz', 'b')).toMatchObject({ state: 'wrong' });
  expect(done).toEqual([]);
  expect(own.answer('quiz', [1, 2])).toEqual({
    state: 'right',
    messages: ['Right: b', 'Right: c', 'Because.'],
  });
  expect(own.answer('words', ' Docker  image LS ')).toMatchObject({ state: 'right' });
  expect(own.answer('words', 'docker lsx')).toMatchObject({ state: 'wrong' });
  expect(done.at(-1)).toEqual(['quiz', 'words']);
  expect(() => own.answer('image', [0])).toThrow('There is no such question.');
});

test('what was answered before is shown with its explanation', async () => {
  begin();
  await until(() => tasks.length === 6, 'a first look');
  expect(taskOf('quiz')?.findings.map(({ message }) => message)).toEqual([
    'Right: b',
    'Right: c',
    'Because.',
  ]);
});

test('a prediction is graded by what the engine then has', async () => {
  engine.state.images = [image('old')];
  const own = begin(['quiz', 'words', 'name']);
  expect(own.answer('guess', [1])).toEqual({ state: 'waiting', messages: [] });
  await until(() => taskOf('guess')?.waiting === true, 'the prediction');
  expect(stateOf('guess')).toBe('open');
  engine.state.images.push(image('new'));
  engine.emit('image', 'tag');
  await until(() => stateOf('guess') === 'done', 'the answer');
  expect(taskOf('guess')?.findings).toEqual([{ passed: false, message: 'It was “It is there.” this time.' }]);
});

test('a prediction in words is compared with what was captured', async () => {
  const own = begin(['quiz', 'words', 'guess']);
  own.answer('name', 'abc');
  engine.state.containers = [{ ...BOX, Id: 'abc' }];
  engine.emit('container', 'create');
  await until(() => stateOf('name') === 'done', 'the answer');
  expect(taskOf('name')?.findings).toEqual([{ passed: true, message: 'You were right: `abc`.' }]);
  expect(values.box).toBe('abc');
});

test('a captured value follows the engine, and nothing is taken that is no word', async () => {
  begin();
  await until(() => tasks.length === 6, 'a first look');
  expect(Object.keys(values)).toEqual(['colour']);
  engine.state.containers = [{ ...BOX, Id: 'one' }];
  engine.emit('container', 'create');
  await until(() => values.box === 'one', 'the first');
  engine.state.containers = [{ ...BOX, Id: 'two words' }];
  engine.emit('container', 'create');
  engine.state.images.push(image('web'));
  engine.emit('image', 'tag');
  await until(() => stateOf('image') === 'done', 'a later look');
  expect(values.box).toBe('one');
});

test('values are chosen by the seed', () => {
  const { variables } = lesson('');
  const colours = new Set(
    Array.from({ length: 50 }, (_, seed) => chosenValues(variables, String(seed)).colour),
  );
  expect([...colours].sort()).toEqual(['blue', 'green', 'red']);
  expect(chosenValues(variables, 'x')).toEqual(chosenValues(variables, 'x'));
  expect(chosenValues({ port: { between: [5, 5] } }, 'x')).toEqual({ port: '5' });
});

test('what is still being made ready is not judged', async () => {
  engine.state.images = [image('web')];
  progress = new Progress({
    engine: client,
    lesson: lesson(''),
    seed: 'seed',
    begun: {},
    released: false,
    done: [],
    onTasks: (now) => (tasks = now),
    onDone: (ids) => done.push(ids),
  });
  await until(() => tasks.length === 6, 'a first look');
  expect(done).toEqual([]);
  progress.begin('one', Date.now());
  await until(() => stateOf('image') === 'done', 'the task');
});
