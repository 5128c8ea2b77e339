import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EngineClient } from '../engine/client.ts';
import type { TaskView } from '../protocol.ts';
import { until } from '../testing/browser.ts';
import { EngineDouble } from '../testing/engine.ts';
import { Progress, type ProgressOptions } from './progress.ts';

const TASKS: ProgressOptions['tasks'] = [
  { id: 'image', checks: [{ kind: 'image-exists', image: 'web' }] },
  {
    id: 'change',
    checks: [{ kind: 'container-changed', name: 'box', path: '/x', change: 'added' }],
  },
];
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

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-progress-'));
  engine = await EngineDouble.listen(join(folder, 'engine.sock'));
  client = new EngineClient(engine.socketPath);
  tasks = [];
  shows = 0;
  done = [];
});

afterEach(async () => {
  progress?.close();
  client.close();
  await engine.close();
  await rm(folder, { recursive: true });
});

function begin(already: string[] = []): Progress {
  progress = new Progress({
    engine: client,
    tasks: TASKS,
    done: already,
    onTasks: (now) => {
      tasks = now;
      shows += 1;
    },
    onDone: (ids) => done.push(ids),
  });
  return progress;
}

const stateOf = (id: string) => tasks.find((task) => task.id === id)?.state;

test('tasks are done in any order, each told once', async () => {
  begin();
  await until(() => tasks.length === 2, 'a first look');
  engine.state.containers = [BOX];
  engine.state.changes = { box: [{ Path: '/x', Kind: 1 }] };
  engine.emit('container', 'die');
  await until(() => stateOf('change') === 'done', 'the second task');
  expect(stateOf('image')).toBe('open');
  engine.state.images.push({ Id: 'i', RepoTags: ['web:latest'], Config: undefined, RootFS: { Layers: [] } });
  engine.emit('image', 'commit');
  await until(() => stateOf('image') === 'done', 'the first task');
  expect(done).toEqual([['change'], ['change', 'image']]);
});

test('what is written without an event is seen soon after a command', async () => {
  const own = begin(['image']);
  await until(() => tasks.length === 2, 'a first look');
  engine.state.containers = [BOX];
  engine.state.changes = { box: [{ Path: '/x', Kind: 1 }] };
  own.commandEntered();
  await until(() => stateOf('change') === 'done', 'the task');
});

test('a flood of events is judged in few rounds', async () => {
  begin();
  await until(() => tasks.length === 2, 'a first look');
  const before = engine.requests.length;
  for (let i = 0; i < 500; i += 1) engine.emit('container', 'exec_create', { n: String(i) });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(engine.requests.length - before).toBeLessThan(50);
  expect(shows).toBe(1);
});

test('an engine that goes and comes back is followed again', async () => {
  begin();
  await until(() => tasks.length === 2, 'a first look');
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

test('with everything done, the engine is left alone', async () => {
  begin(['image', 'change']);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(engine.requests).toEqual([]);
});
