import { describe, expect, test } from 'vitest';
import type { BuildRecord, BuildStep, LayerFile } from '../../server/protocol.ts';
import { compareConfigs, compareLayers } from './comparison.ts';
import { rowsOf, treeOf, withSingle } from './files.ts';
import { byId, hostOf, instructionOf, registriesOf } from './names.ts';
import { documentNotes, notesFor } from './notes.ts';
import { relatedTo } from './related.ts';
import { container, image, stateOf } from './testing.ts';
import { causeOf, formatMs, summaryOf } from './x-ray.ts';

const file = (path: string, part: Partial<LayerFile> = {}): LayerFile => ({
  path,
  change: 'added',
  kind: 'file',
  size: 10,
  hides: 0,
  ...part,
});

describe('files of a layer', () => {
  const files = [
    file('etc', { kind: 'folder', change: 'changed', size: 0 }),
    file('etc/motd', { change: 'deleted', size: 0, hides: 30 }),
    file('etc/hosts', { change: 'changed', hides: 5 }),
    file('app/a/b/c.txt'),
    file('z.txt'),
  ];

  test('are a tree: folders first, sizes summed', () => {
    const tree = treeOf(files);
    expect(tree.map(({ name, size, hides }) => [name, size, hides])).toEqual([
      ['app', 10, 0],
      ['etc', 10, 35],
      ['z.txt', 10, 0],
    ]);
    expect(tree[1]?.change).toBeNull();
    expect(tree[1]?.children.map(({ name, change }) => [name, change])).toEqual([
      ['hosts', 'changed'],
      ['motd', 'deleted'],
    ]);
  });

  test('can be only those that were deleted', () => {
    expect(rowsOf(treeOf(files, 'deleted'), new Set(['etc'])).map(({ node }) => node.path)).toEqual([
      'etc',
      'etc/motd',
    ]);
  });

  test('folders that lead to one folder alone open together', () => {
    const app = treeOf(files)[0];
    expect(app && withSingle(app)).toEqual(['app', 'app/a', 'app/a/b']);
  });
});

describe('instructions', () => {
  test.each([
    ['/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'],
    [`/bin/sh -c #(nop) COPY file:${'a'.repeat(64)} in /app `, 'COPY … /app'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['|1 A=b /bin/sh -c make', 'RUN make'],
    ['RUN /bin/sh -c true # buildkit', 'RUN /bin/sh -c true'],
    ['', 'no instruction known'],
  ])('%s', (said, shown) => expect(instructionOf(said)).toBe(shown));
});

test.each([
  ['debian', 'docker.io'],
  ['anna/web', 'docker.io'],
  ['localhost:5000/web', 'localhost:5000'],
  ['localhost/web', 'localhost'],
  ['registry.example/a/b', 'registry.example'],
])('%s is of %s', (name, host) => expect(hostOf(name)).toBe(host));

test('registries are the hub, and those that images are known to be in', () => {
  const images = [image('a', ['1'], { digests: ['debian@sha256:1', 'localhost:5000/d@sha256:1'] })];
  expect(
    registriesOf({ images, transfers: [] }).map(({ title, repositories }) => [title, repositories.length]),
  ).toEqual([
    ['Hub', 1],
    ['localhost:5000', 1],
  ]);
});

test('what belongs together', () => {
  const state = stateOf({
    images: [image('a', ['b', 'x'])],
    containers: [
      container('c', 'a', {
        networks: [{ name: 'back', address: '' }],
        mounts: [{ volume: 'data', source: '', target: '/d' }],
      }),
    ],
    networks: [{ id: 'n', name: 'back', driver: 'bridge', subnet: '' }],
    volumes: [{ id: 'data', driver: 'local' }],
  });
  expect([...relatedTo(state, 'container c')].sort()).toEqual(
    ['container c', 'image a', 'layer b', 'layer x', 'network n', 'volume data'].sort(),
  );
  expect([...relatedTo(state, 'volume data')]).toEqual(['volume data', 'container c']);
  expect([...relatedTo(state, 'layer x')]).toEqual(['layer x', 'image a']);
  expect(relatedTo(state, '').size).toBe(0);
});

describe('two images', () => {
  test('by their layers', () => {
    const [a, b] = [image('a', ['1', '2', '3']), image('b', ['1', '2', '4'])];
    const layers = byId(stateOf({ images: [a, b] }).layers);
    const found = compareLayers(a, b, layers);
    expect([found.shared, found.onlyFirst, found.onlySecond].map((all) => all.map(({ id }) => id))).toEqual([
      ['1', '2'],
      ['3'],
      ['4'],
    ]);
  });

  test('by their settings', () => {
    const one = JSON.stringify({ os: 'linux', config: { Env: ['A=1', 'B=2=3'], Cmd: ['sh'], User: '' } });
    const two = JSON.stringify({
      os: 'linux',
      config: { Env: ['A=1', 'B=4'], Cmd: ['sh'], WorkingDir: '/x' },
    });
    expect(compareConfigs(one, two)).toEqual([
      { key: 'Env B', first: '2=3', second: '4' },
      { key: 'WorkingDir', first: null, second: '/x' },
    ]);
    expect(compareConfigs(one, '{"config": {"En')).not.toEqual([]);
  });

  test('notes are for the keys that are there', () => {
    expect(notesFor('{\n  "os": "linux",\n  "mine": 1\n}').map(({ key }) => key)).toEqual(['os']);
    const manifest = '{\n  "layers": [],\n  "config": {},\n  "mine": 1\n}';
    expect(documentNotes(manifest).map(({ key }) => key)).toEqual(['layers', 'config']);
    expect(documentNotes(manifest)).not.toEqual(notesFor(manifest));
  });
});

describe('X-ray', () => {
  const step = (number: number, result: BuildStep['result'], part: Partial<BuildStep> = {}): BuildStep => ({
    number,
    text: `STEP ${number}`,
    result,
    durationMs: 5,
    size: 0,
    image: '',
    ...part,
  });
  const build = (steps: BuildStep[], part: Partial<BuildRecord> = {}): BuildRecord => ({
    id: 'b',
    startedAt: 1,
    durationMs: 1234,
    state: 'done',
    tags: [],
    noCache: false,
    image: '',
    error: '',
    steps,
    total: steps.length,
    ...part,
  });

  test('says where the cache broke and why, and what follows from it', () => {
    const difference = { files: [{ path: 'f', change: 'changed' as const }], total: 1 };
    const record = build([
      step(1, 'base'),
      step(2, 'cached'),
      step(3, 'made', { difference }),
      step(4, 'made'),
      step(5, 'made'),
      step(6, 'base'),
      step(7, 'made'),
    ]);
    expect(record.steps.map((_, i) => causeOf(record, i))).toEqual([
      '',
      '',
      'The cache broke here: other files than the last time.',
      'Made anew because step 3 was, as all that follows: what stands below is another image.',
      '',
      '',
      'The cache ends here: this instruction has not been run on this image before.',
    ]);
    expect(summaryOf(record)).toBe('Done in 1.2 s: 1 of 5 steps from the cache.');
  });

  test('says it once when the cache is off', () => {
    const record = build([step(1, 'base'), step(2, 'made'), step(3, 'made')], { noCache: true });
    expect(record.steps.map((_, i) => causeOf(record, i))).toEqual([
      '',
      'Made anew: the cache was switched off with --no-cache.',
      '',
    ]);
  });

  test.each([
    [5, '5 ms'],
    [1449, '1.4 s'],
    [125_000, '2 min 5 s'],
  ])('%d ms are %s', (ms, words) => expect(formatMs(ms)).toBe(words));
});
