import { expect, test } from 'vitest';
import type { BuildRequest } from '../../build/request.ts';
import type { Progress } from '../../image/progress.ts';
import { DockerfileError } from '../../dockerfile/error.ts';
import { parseReference } from '../../oci/reference.ts';
import type { ActivityLine } from './records.ts';
import { Activity } from './activity.ts';

const open = (sizes: Record<string, number> = {}) =>
  new Activity({ epoch: 'e', sizes: () => Promise.resolve(new Map(Object.entries(sizes))) });

const REQUEST = { tags: ['docker.io/library/web:1'], noCache: false } as unknown as BuildRequest;

async function* lines(...all: Progress[]): AsyncGenerator<Progress> {
  yield* all;
  await Promise.resolve();
}

const transferOf = (line: ActivityLine | undefined) =>
  line && 'transfer' in line ? line.transfer : undefined;
const buildOf = (line: ActivityLine | undefined) => (line && 'build' in line ? line.build : undefined);

test('a push says which layers travel, and passes every line on', async () => {
  const activity = open();
  const said: Progress[] = [
    { status: 'Preparing', id: 'aaaaaaaaaaaa' },
    { status: 'Preparing', id: 'bbbbbbbbbbbb' },
    { status: 'Layer already exists', id: 'aaaaaaaaaaaa' },
    { status: 'Pushing', id: 'bbbbbbbbbbbb', progressDetail: { current: 5, total: 10 } },
    { status: 'Pushed', id: 'bbbbbbbbbbbb' },
    { status: 'latest: digest: sha256:… size: 1' },
  ];
  const passed: Progress[] = [];
  for await (const line of activity.transfer(
    'push',
    parseReference('localhost:5000/web:1'),
    lines(...said),
  )) {
    passed.push(line);
  }
  expect(passed).toEqual(said);
  expect(transferOf(activity.lines()[0])).toMatchObject({
    verb: 'push',
    reference: 'localhost:5000/web:1',
    registry: 'localhost:5000',
    state: 'done',
    layers: [
      { id: 'aaaaaaaaaaaa', state: 'there' },
      { id: 'bbbbbbbbbbbb', state: 'done', current: 5, total: 10 },
    ],
  });
});

test('a transfer that breaks, or that nobody reads to its end, has failed', async () => {
  const activity = open();
  const reading = activity.transfer(
    'pull',
    parseReference('debian'),
    lines({ status: 'x' }, { status: 'y' }),
  );
  await reading.next();
  expect(transferOf(activity.lines()[0])?.state).toBe('running');
  await reading.return(undefined);
  expect(transferOf(activity.lines()[0])?.state).toBe('failed');
});

test('a build says of each step what became of it', async () => {
  const activity = open({ two: 7, three: 9 });
  const heard: ActivityLine[] = [];
  const stop = activity.listen((line) => heard.push(line));
  const build = activity.build(REQUEST);
  build.step(1, 3, 'FROM debian', 1);
  build.made('one' as never);
  build.step(2, 3, 'RUN true', 2);
  build.usedCache();
  build.made('two' as never);
  build.step(3, 3, 'COPY . .', 3);
  build.differs({ files: [{ path: 'a.txt', change: 'changed' }], total: 1 });
  build.made('three' as never);
  build.ended({ image: 'three' as never });
  await Promise.resolve();
  await expect.poll(() => buildOf(heard.at(-1))?.steps.map(({ size }) => size)).toEqual([0, 7, 9]);
  expect(buildOf(activity.lines()[0])).toMatchObject({
    state: 'done',
    tags: ['web:1'],
    image: 'three',
    steps: [
      { result: 'base' },
      { result: 'cached' },
      { result: 'made', difference: { files: [{ path: 'a.txt', change: 'changed' }] } },
    ],
  });
  stop();
  activity.build(REQUEST);
  expect(buildOf(heard.at(-1))?.image).toBe('three');
});

test('a step that fails is the last one, and the error is kept short', () => {
  const activity = open();
  const build = activity.build(REQUEST);
  build.step(1, 2, 'FROM debian', 1);
  build.made('one' as never);
  build.step(2, 2, 'RUN false', 2);
  build.ended({ error: new Error('x'.repeat(5000)) });
  const record = buildOf(activity.lines()[0]);
  expect(record?.state).toBe('failed');
  expect(record?.error).toHaveLength(300);
  expect(record?.steps.map(({ result }) => result)).toEqual(['base', 'none']);
});

test('a build that has ended tells its Dockerfile, and the line that it failed at', () => {
  const activity = open();
  const source = () => {
    const record = buildOf(activity.lines().at(-1));
    return [record?.dockerfile, record?.line];
  };
  const failing = activity.build(REQUEST);
  failing.read('FROM debian\n\nRUN false\n');
  failing.step(1, 2, 'FROM debian', 1);
  failing.made('one' as never);
  failing.step(2, 2, 'RUN false', 3);
  expect(source()).toEqual(['', 0]);
  failing.ended({ error: new Error('1') });
  expect(source()).toEqual(['FROM debian\n\nRUN false\n', 3]);

  const mistaken = activity.build(REQUEST);
  mistaken.read('FROM debian\nRUM true\n');
  mistaken.ended({
    error: new DockerfileError('dockerfile parse error line 2: unknown instruction: RUM', 2),
  });
  expect(source()).toEqual(['FROM debian\nRUM true\n', 2]);

  const good = activity.build(REQUEST);
  good.read('FROM debian\n');
  good.step(1, 1, 'FROM debian', 1);
  good.ended({ image: 'one' as never });
  expect(source()).toEqual(['FROM debian\n', 0]);
});

test('what is kept is bounded', async () => {
  const activity = open();
  for (let i = 0; i < 50; i += 1) {
    const build = activity.build(REQUEST);
    build.read('x'.repeat(1_000_000));
    for (let step = 1; step < 300; step += 1) build.step(step, 300, 'RUN '.padEnd(2000, 'x'), step);
    build.ended({ error: new Error('1') });
    for await (const line of activity.transfer('pull', parseReference(`a:${i}`), lines({ status: '' })))
      expect(line.status).toBe('');
  }
  expect(activity.lines().length).toBeLessThan(40);
  expect(Buffer.byteLength(JSON.stringify(activity.lines()))).toBeLessThan(2 * 1024 * 1024);
});
