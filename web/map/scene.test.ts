import { describe, expect, test } from 'vitest';
import { forestOf } from './forest.ts';
import { isTarget, neighbour } from './neighbour.ts';
import { layOut, type Item, type Scene } from './scene.ts';
import { container, crowd, image, stateOf } from './testing.ts';
import { changesBetween, visibleItems } from './visible.ts';

const WIDTHS = [380, 900, 1900];

const at = (scene: Scene, key: string): Item => {
  const found = scene.items.find((item) => item.key === key);
  if (!found) throw new Error(`There is no ${key}.`);
  return found;
};

const overlap = (a: Item, b: Item) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const TWO = stateOf({
  images: [image('base', ['b']), image('one', ['b', 'x', 'y']), image('two', ['b', 'z'])],
  containers: [container('c', 'base')],
});

describe('a forest', () => {
  test('has a shared layer once, and what stands on it side by side', () => {
    const [tree, ...more] = forestOf(TWO);
    expect(more).toEqual([]);
    expect(tree?.layer?.id).toBe('b');
    expect(tree?.images.map(({ id }) => id)).toEqual(['base']);
    expect(tree?.containers.map(({ id }) => id)).toEqual(['c']);
    expect(tree?.branches.map((branch) => branch.layer?.id)).toEqual(['x', 'z']);
    expect(tree?.columns).toBe(3);
  });

  test('keeps apart what has no layer in common, and images without any', () => {
    const state = stateOf({ images: [image('a', ['1']), image('b', ['2']), image('scratch', [])] });
    expect(forestOf(state).map(({ layer }) => layer?.id)).toEqual(['1', '2', undefined]);
  });

  test('stacks images of the same layers', () => {
    const images = [image('new', ['1'], { created: 2 }), image('old', ['1'], { created: 1 })];
    expect(forestOf(stateOf({ images }))[0]?.images.map(({ id }) => id)).toEqual(['old', 'new']);
  });
});

describe.each(WIDTHS)('a scene %d wide', (width) => {
  test('puts everything somewhere once, and nothing over anything', () => {
    const scene = layOut(crowd(40, 200), { width: width });
    expect(new Set(scene.items.map(({ key }) => key)).size).toBe(scene.items.length);
    const targets = scene.items.filter(isTarget);
    for (const [i, item] of targets.entries()) {
      expect(item.x).toBeGreaterThanOrEqual(0);
      expect(item.x + item.width).toBeLessThanOrEqual(scene.width);
      expect(item.y + item.height).toBeLessThanOrEqual(scene.height);
      for (const other of targets.slice(i + 1))
        if (overlap(item, other)) throw new Error(`${item.key} ${other.key}`);
    }
  });

  test('an image lies on its last layer, layers on the one below, containers on their image', () => {
    const scene = layOut(TWO, { width: width });
    const [base, x, y, z] = ['b', 'x', 'y', 'z'].map((id) => at(scene, `layer ${id}`)) as [
      Item,
      Item,
      Item,
      Item,
    ];
    const lid = at(scene, 'image base');
    expect(lid.y + lid.height).toBeLessThan(base.y);
    expect(x.y + x.height).toBeLessThan(lid.y);
    expect(y.y).toBeLessThan(x.y);
    expect(z.y).toBe(x.y);
    expect(base.width).toBeGreaterThan(x.width + z.width);
    const held = at(scene, 'container c');
    expect(held.y + held.height).toBeLessThan(lid.y);
    const tag = at(scene, 'tag one:latest');
    expect(overlap(tag, at(scene, 'image one'))).toBe(true);
  });
});

test('a scene of nothing has the hub, and room for images', () => {
  const scene = layOut(stateOf({}), { width: 380 });
  expect(scene.items.map(({ key }) => key)).toEqual([
    'lane Registries',
    'registry docker.io',
    'lane Images and containers',
  ]);
});

test('many tags do not make an image endless', () => {
  const tags = Array.from({ length: 30 }, (_, i) => `web:${i}`);
  const scene = layOut(stateOf({ images: [image('web', ['b'], { tags })] }), { width: 380 });
  const shown = scene.items.filter(({ kind }) => kind === 'tag');
  expect(shown).toHaveLength(4);
  expect(shown.at(-1)?.note).toBe('+26');
});

test('only what is in sight is drawn', () => {
  const scene = layOut(crowd(200, 2000), { width: 900 });
  const shown = visibleItems(scene, { left: 0, top: 0, width: 900, height: 700 });
  expect(scene.items.length).toBeGreaterThan(1200);
  expect(shown.length).toBeGreaterThan(20);
  expect(shown.length).toBeLessThan(600);
});

test('between two scenes, what came, went and moved in sight is told', () => {
  const view = { left: 0, top: 0, width: 900, height: 700 };
  const [before, after] = [crowd(6, 30), stateOf({ images: crowd(6, 30).images.slice(1) })];
  const changes = changesBetween(layOut(before, { width: 900 }), layOut(after, { width: 900 }), view);
  expect(changes.gone.map(({ key }) => key)).toContain('image i0');
  expect(changes.fresh).toEqual([]);
  expect(changes.moved.map(({ key }) => key)).toContain('image i5');
  expect(changesBetween(layOut(after, { width: 900 }), layOut(after, { width: 900 }), view)).toEqual({
    fresh: [],
    gone: [],
    moved: [],
  });
});

test('one wide tree makes nothing else narrow', () => {
  const wide = Array.from({ length: 12 }, (_, i) => image(`w${i}`, ['b', `x${i}`]));
  const scene = layOut(stateOf({ images: [...wide, image('other', ['o'])] }), { width: 900 });
  expect(at(scene, 'layer x0').width).toBeLessThan(at(scene, 'layer o').width);
  expect(at(scene, 'registry docker.io').width).toBe(at(scene, 'layer o').width);
});

describe('layers with nothing between them', () => {
  const ids = Array.from({ length: 12 }, (_, i) => `n${i}`);
  const deep = stateOf({ images: [image('deep', ids), image('side', ['n0', 'x'])] });

  test('are drawn as one when they are many, the ends of them one by one', () => {
    const scene = layOut(deep, { width: 900 });
    const slabs = scene.items.filter(({ kind }) => kind === 'layer' || kind === 'fold');
    expect(slabs.map(({ key }) => key).sort()).toEqual(
      ['layer n0', 'layer n1', 'layer n2', 'fold n3', 'layer n10', 'layer n11', 'layer x'].sort(),
    );
    expect(at(scene, 'fold n3')).toMatchObject({ label: '7 layers', folds: ids.slice(3, 10) });
    expect(at(scene, 'fold n3').y).toBeLessThan(at(scene, 'layer n2').y);
    expect(at(scene, 'layer n10').y).toBeLessThan(at(scene, 'fold n3').y);
  });

  test('are all there when that is wanted, above what closes them again', () => {
    const scene = layOut(deep, { width: 900, opened: new Set(['n3']) });
    expect(scene.items.filter(({ kind }) => kind === 'layer')).toHaveLength(13);
    const fold = at(scene, 'fold n3');
    expect(fold.look).toBe('open');
    expect(at(scene, 'layer n3').y).toBeLessThan(fold.y);
    expect(at(scene, 'layer n2').y).toBeGreaterThan(fold.y);
  });

  test('stay as they are when they are few', () => {
    const few = stateOf({ images: [image('few', ids.slice(0, 6))] });
    expect(layOut(few, { width: 900 }).items.filter(({ kind }) => kind === 'fold')).toEqual([]);
  });
});

test('many containers of one image stand side by side', () => {
  const containers = Array.from({ length: 40 }, (_, i) => container(`c${i}`, 'base'));
  const scene = layOut(stateOf({ images: [image('base', ['b'])], containers }), { width: 900 });
  const shown = scene.items.filter(({ kind }) => kind === 'container');
  expect(shown).toHaveLength(40);
  expect(new Set(shown.map(({ x }) => x)).size).toBe(4);
  expect(new Set(shown.map(({ y }) => y)).size).toBe(10);
});

test('a registry is followed by its repositories, with the tags known here', () => {
  const web = image('web', ['b'], {
    tags: ['localhost:5000/web:1', 'web:1'],
    digests: ['localhost:5000/web@sha256:1'],
  });
  const scene = layOut(stateOf({ images: [web] }), { width: 900 });
  expect(at(scene, 'repository localhost:5000/web')).toMatchObject({ label: 'web', note: ':1' });
  expect(at(scene, 'repository localhost:5000/web').y).toBe(at(scene, 'registry localhost:5000').y);
});

describe('arrow keys', () => {
  const scene = layOut(TWO, { width: 900 });
  test.each([
    ['layer b', 'up', 'image base'],
    ['image base', 'up', 'layer x'],
    ['layer x', 'left', 'container c'],
    ['layer x', 'right', 'layer z'],
    ['layer z', 'left', 'layer x'],
    ['layer x', 'up', 'layer y'],
    ['layer y', 'up', 'image one'],
    ['image one', 'down', 'layer y'],
  ] as const)('from %s %s is %s', (from, direction, to) => {
    expect(neighbour(scene, at(scene, from), direction)?.key).toBe(to);
  });

  test('reach everything', () => {
    const big = layOut(crowd(30, 120), { width: 900 });
    const reached = new Set<Item>();
    const waiting = big.items.filter(isTarget).slice(0, 1);
    for (let item = waiting.pop(); item; item = waiting.pop()) {
      reached.add(item);
      for (const direction of ['up', 'down', 'left', 'right'] as const) {
        const next = neighbour(big, item, direction);
        if (next && !reached.has(next)) waiting.push(next);
      }
    }
    expect(reached.size).toBe(big.items.filter(isTarget).length);
  });

  test('end at the edge', () => {
    expect(neighbour(scene, at(scene, 'registry docker.io'), 'up')).toBeUndefined();
  });
});

test('is larger as a whole where text is', () => {
  const scene = layOut(TWO, { width: 900, scale: 1.5 });
  const usual = layOut(TWO, { width: 600 });
  expect(scene.width).toBe(900);
  expect(scene.items.map(({ key, height }) => [key, height])).toEqual(
    usual.items.map(({ key, height }) => [key, height * 1.5]),
  );
});

test('gives names room before it begins a third column', () => {
  const card = (room: number) => at(layOut(TWO, { width: room }), 'registry docker.io').width;
  expect(card(306)).toBeGreaterThanOrEqual(116);
  for (const room of [380, 600, 900, 1900]) expect(card(room)).toBeGreaterThanOrEqual(152);
});
