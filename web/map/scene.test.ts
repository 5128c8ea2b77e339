import { describe, expect, test } from 'vitest';
import { forestOf } from './forest.ts';
import { isTarget, layOut, neighbour, visibleItems, type Item, type Scene } from './scene.ts';
import { container, crowd, image, stateOf } from './testing.ts';

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
    const scene = layOut(crowd(40, 200), width);
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
    const scene = layOut(TWO, width);
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
  const scene = layOut(stateOf({}), 380);
  expect(scene.items.map(({ key }) => key)).toEqual([
    'lane Registries',
    'registry docker.io',
    'lane Images and containers',
  ]);
});

test('many tags do not make an image endless', () => {
  const tags = Array.from({ length: 30 }, (_, i) => `web:${i}`);
  const scene = layOut(stateOf({ images: [image('web', ['b'], { tags })] }), 380);
  const shown = scene.items.filter(({ kind }) => kind === 'tag');
  expect(shown).toHaveLength(4);
  expect(shown.at(-1)?.note).toBe('+26');
});

test('only what is in sight is drawn', () => {
  const scene = layOut(crowd(200, 2000), 900);
  const shown = visibleItems(scene, { left: 0, top: 0, width: 900, height: 700 });
  expect(scene.items.length).toBeGreaterThan(2300);
  expect(shown.length).toBeGreaterThan(20);
  expect(shown.length).toBeLessThan(600);
});

describe('arrow keys', () => {
  const scene = layOut(TWO, 900);
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
    const big = layOut(crowd(30, 120), 900);
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
