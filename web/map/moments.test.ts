import { describe, expect, test } from 'vitest';
import { changeOf, settle } from '../../server/map/change.ts';
import { MAP_MOMENTS_MAX, type BuildRecord, type MapState } from '../../server/protocol.ts';
import { describeChange } from './describe.ts';
import { flightsBetween, travelling } from './flights.ts';
import { applyChange, momentsOf, withChange, type Moment } from './moments.ts';
import { layOut } from './scene.ts';
import { container, crowd, image, stateOf, transfer } from './testing.ts';

const LAYER = { id: 'a', state: 'done', current: 1, total: 1 } as const;
const BASE = stateOf({ images: [image('base', ['b'])], containers: [container('c', 'base')] });

/** As the server settles it: what stays the same is the same object. */
function next(before: MapState, after: MapState): MapState {
  return Object.fromEntries(
    Object.entries(after).map(([table, rows]) => [
      table,
      settle(before[table as keyof MapState] as never, rows as never),
    ]),
  ) as unknown as MapState;
}

describe('a change', () => {
  test.each<[string, MapState]>([
    ['an image more', stateOf({ ...BASE, layers: [], images: [...BASE.images, image('two', ['b', 'c'])] })],
    ['everything gone', stateOf({})],
    [
      'a container that ended',
      stateOf({ ...BASE, containers: [container('c', 'base', { state: 'exited', exitCode: 1 })] }),
    ],
    ['very many images', crowd(50, 300)],
  ])('brings the page to the same state: %s', (_, after) => {
    const settled = next(BASE, after);
    const change = changeOf(BASE, settled, 7);
    if (!change) throw new Error('There is a change.');
    expect(applyChange(BASE, structuredClone(change))).toEqual(settled);
  });

  test('is none when all stays as it was, however it was read', () => {
    expect(changeOf(BASE, next(BASE, structuredClone(BASE)), 7)).toBeUndefined();
  });

  test('leaves out what stays', () => {
    const after = next(BASE, stateOf({ ...BASE, containers: [container('d', 'base')] }));
    const change = changeOf(BASE, after, 7);
    expect(Object.keys(change?.tables ?? {})).toEqual(['containers']);
    expect(change?.tables.containers).toMatchObject({ gone: ['c'], set: [{ id: 'd' }] });
  });
});

describe('moments', () => {
  const first: readonly Moment[] = momentsOf({ at: 1, state: BASE, changes: [] });

  test('grow by what happened, and say it', () => {
    const after = next(BASE, stateOf({ ...BASE, containers: [] }));
    const moments = withChange(first, changeOf(BASE, after, 9) as never);
    expect(moments.map(({ at }) => at)).toEqual([1, 9]);
    expect(moments[1]?.said).toEqual(['Container c was removed.']);
    expect(moments[0]?.state.containers).toHaveLength(1);
  });

  test('do not grow by progress', () => {
    const after = next(BASE, stateOf({ ...BASE, transfers: [transfer('t', {})] }));
    const change = changeOf(BASE, after, 9);
    expect(change?.minor).toBe(true);
    const moments = withChange(first, change as never);
    expect(moments).toHaveLength(1);
    expect(moments[0]?.state.transfers).toHaveLength(1);
  });

  test('have one for a push that ends, and none for one that ended before anybody looked', () => {
    const done = transfer('t', { state: 'done', layers: [LAYER, { ...LAYER, id: 'b', state: 'there' }] });
    const under = next(BASE, stateOf({ ...BASE, transfers: [transfer('t', {})] }));
    const over = next(under, stateOf({ ...BASE, transfers: [done] }));
    const seen = withChange(first, changeOf(BASE, under, 8) as never);
    expect(withChange(seen, changeOf(under, over, 9) as never).at(-1)?.said).toEqual([
      'Pushed web:1: 1 of 2 layers travelled.',
    ]);
    expect(changeOf(BASE, next(BASE, stateOf({ ...BASE, transfers: [done] })), 9)?.minor).toBe(true);
  });

  test('are bounded', () => {
    let moments = first;
    let state = BASE;
    for (let i = 0; i < 200; i += 1) {
      const after = next(state, stateOf({ ...state, containers: [container(`c${i}`, 'base')] }));
      moments = withChange(moments, changeOf(state, after, i) as never);
      state = after;
    }
    expect(moments).toHaveLength(MAP_MOMENTS_MAX);
    expect(moments.at(-1)?.state.containers[0]?.id).toBe('c199');
  });
});

describe('what happened', () => {
  const said = (after: Partial<MapState>, before: MapState = BASE) =>
    describeChange(before, stateOf({ ...before, layers: [], ...after }));

  test.each<[string, Partial<MapState>, string[]]>([
    [
      'a commit',
      { images: [...BASE.images, image('web', ['b', 'n'], { container: 'c' })] },
      ['Committed from container c: image web:latest.'],
    ],
    [
      'a build',
      { images: [...BASE.images, image('web', ['b', 'n'], { parent: 'base' })] },
      ['Built: image web:latest.'],
    ],
    [
      'a pull',
      { images: [...BASE.images, image('web', ['q'], { digests: ['web@sha256:1'] })] },
      ['Pulled: image web:latest.'],
    ],
    ['a removal', { images: [] }, ['Image base:latest was removed.']],
    [
      'a tag',
      { images: [image('base', ['b'], { tags: ['base:latest', 'mine:1'] })] },
      ['Tag mine:1 was added.'],
    ],
    [
      'a container that ended',
      { containers: [container('c', 'base', { state: 'exited', exitCode: 3 })] },
      ['Container c is now exited with code 3.'],
    ],
    ['a volume', { volumes: [{ id: 'data', driver: 'local' }] }, ['Volume data was created.']],
  ])('%s', (_, after, words) => {
    expect(said(after)).toEqual(words);
  });

  test('a build says its end, and not each step', () => {
    const record = (state: 'running' | 'done'): BuildRecord => ({
      id: 'b',
      startedAt: 1,
      durationMs: 1,
      state,
      tags: [],
      noCache: false,
      image: '',
      error: '',
      steps: [{ number: 1, text: 'RUN x', result: 'made', durationMs: 1, size: 1, image: 'web' }],
      total: 1,
    });
    const web = image('web', ['b', 'n'], { container: 'c' });
    const images = [...BASE.images, web];
    expect(said({ images: [...BASE.images, { ...web, tags: [] }], builds: [record('running')] })).toEqual([]);
    expect(said({ images, builds: [record('done')] })).toEqual(['Built: image web:latest.']);
  });

  test('a tag that moves', () => {
    const before = stateOf({
      images: [image('a', ['1'], { tags: ['web:1'] }), image('b', ['2'], { tags: [] })],
    });
    const after = { images: [image('a', ['1'], { tags: [] }), image('b', ['2'], { tags: ['web:1'] })] };
    expect(said(after, before)).toEqual(['Tag web:1 moved to another image.']);
  });

  test('very much at once is cut short', () => {
    const words = describeChange(crowd(100, 200), stateOf({}));
    expect(words).toHaveLength(6);
    expect(words.at(-1)).toBe('And 95 more changes.');
  });
});

describe('what travels', () => {
  const drawn = (state: MapState) => ({ state, scene: layOut(state, { width: 900 }) });
  const flights = (before: MapState, after: MapState) =>
    flightsBetween(drawn(before), drawn(after)).map(({ from, to }) => `${from.key} → ${to.key}`);

  test('a commit: the writable layer onto the stack', () => {
    const after = stateOf({
      ...BASE,
      layers: [],
      images: [...BASE.images, image('web', ['b', 'n'], { container: 'c' })],
    });
    expect(flights(BASE, after)).toEqual(['container c → layer n']);
  });

  test('a push: only the layers that are sent', () => {
    const state = stateOf({ images: [image('web', ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'])] });
    const push = (sent: 'travelling' | 'done') =>
      stateOf({
        ...state,
        transfers: [
          transfer('t', {
            layers: [
              { id: 'aaaaaaaaaaaa', state: 'there', current: 0, total: 0 },
              { id: 'bbbbbbbbbbbb', state: sent, current: 1, total: 2 },
            ],
          }),
        ],
      });
    expect(flights(state, push('travelling'))).toEqual([]);
    expect([...travelling(push('travelling'))]).toEqual(['layer bbbbbbbbbbbb']);
    expect(flights(push('travelling'), push('done'))).toEqual(['layer bbbbbbbbbbbb → registry docker.io']);
    expect(flights(push('done'), push('done'))).toEqual([]);
  });

  test('a pull: only the layers that were not there', () => {
    const after = stateOf({
      ...BASE,
      layers: [],
      images: [...BASE.images, image('web', ['b', 'n', 'm'], { tags: ['web:1'] })],
      transfers: [transfer('t', { verb: 'pull', reference: 'web:1', state: 'done' })],
    });
    expect(flights(BASE, after)).toEqual(['registry docker.io → layer n', 'registry docker.io → layer m']);
  });
});
