import { describe, expect, test } from 'vitest';
import { Check } from '../../lessons/checks.ts';
import { goalOf } from './goal.ts';

const goal = (
  checks: readonly object[],
  { values = {}, met = [] }: { values?: Record<string, string>; met?: boolean[] } = {},
) =>
  goalOf({
    task: { id: 'one', title: 'One', checks: checks.map((check) => Check.parse(check)) },
    values,
    met,
  });

describe('what a task asks for', () => {
  test.each<[string, object, object]>([
    [
      'an image',
      { kind: 'image-exists', image: 'web' },
      { kind: 'image', name: 'web:latest', gone: false, parent: '', layers: null, wants: [] },
    ],
    ['an image that is to go', { kind: 'image-absent', image: 'web:1' }, { name: 'web:1', gone: true }],
    [
      'an image on another one',
      { kind: 'image-made-from', image: 'web:2', parent: 'debian', addedLayers: 1 },
      { name: 'web:2', parent: 'debian:latest', layers: 1 },
    ],
    [
      'a number of layers',
      { kind: 'image-layers', image: 'web:2', max: 3 },
      { layers: null, wants: ['with at most 3 layers'] },
    ],
    [
      'a setting of an image',
      { kind: 'image-config', image: 'web:2', cmd: ['greet'] },
      { wants: ['with cmd ["greet"]'] },
    ],
    [
      'a file that must not be there',
      { kind: 'file-in-image', image: 'web:2', path: '/x', present: false },
      { wants: ['without /x'] },
    ],
    [
      'a container',
      { kind: 'container-exists', image: 'web:2', state: 'exited', exitCode: 0 },
      { kind: 'container', name: '', image: 'web:2', state: 'exited', wants: ['ended with 0'] },
    ],
    [
      'how a container is connected',
      {
        kind: 'container-config',
        name: 'db',
        network: 'front',
        mounts: { '/data': 'kept' },
        ports: { '80/tcp': 8080 },
      },
      { name: 'db', wants: ['in network front', 'with kept at /data', 'with port 80/tcp published as 8080'] },
    ],
    ['a volume', { kind: 'volume-exists', name: 'kept' }, { kind: 'volume', name: 'kept', gone: false }],
    [
      'a network that is to go',
      { kind: 'network-exists', name: 'front', present: false },
      { kind: 'network', gone: true },
    ],
    [
      'a repository of the hub',
      { kind: 'registry-tag', repository: 'card', tag: '1' },
      { kind: 'repository', registry: 'docker.io', name: 'card', tag: '1' },
    ],
    [
      'the usual way of several',
      {
        kind: 'any',
        checks: [
          { kind: 'image-exists', image: 'a' },
          { kind: 'image-exists', image: 'b' },
        ],
      },
      { name: 'a:latest' },
    ],
  ])('is %s', (_, check, wish) => {
    expect(goal([check]).wishes).toMatchObject([wish]);
  });

  test('is nothing that cannot be drawn', () => {
    const checks = [
      { kind: 'http', port: 80 },
      { kind: 'workspace-file', path: '~/x' },
      { kind: 'not', check: { kind: 'image-exists', image: 'a' }, missing: 'No.' },
    ];
    expect(goal(checks).wishes).toEqual([]);
  });

  test('is one wish for each thing, reached when all of it is', () => {
    const checks = [
      { kind: 'image-exists', image: 'web:1' },
      { kind: 'image-made-from', image: 'web:1', parent: 'debian' },
      { kind: 'file-in-image', image: 'web:1', path: '/x' },
    ];
    const [wish, ...more] = goal(checks, { met: [true, true, false] }).wishes;
    expect(more).toEqual([]);
    expect(wish).toMatchObject({ parent: 'debian:latest', wants: ['with /x'], reached: false });
    expect(goal(checks, { met: [true, true, true] }).wishes[0]?.reached).toBe(true);
    expect(goal(checks).wishes[0]?.reached).toBe(false);
  });

  test('is two images of which one is another name', () => {
    expect(goal([{ kind: 'same-image', images: ['web:1', 'web:2'] }]).wishes).toMatchObject([
      { name: 'web:1', sameAs: '' },
      { name: 'web:2', sameAs: 'web:1' },
    ]);
  });

  test('has the learner’s own values, and waits for those that are not known', () => {
    const checks = [{ kind: 'image-exists', image: 'web:{{number}}' }];
    expect(goal(checks, { values: { number: '7' } }).wishes).toMatchObject([{ name: 'web:7' }]);
    expect(goal(checks).wishes).toEqual([]);
  });

  test('is bounded', () => {
    const checks = Array.from({ length: 12 }, (_, i) => ({
      kind: 'file-in-image',
      image: 'web:1',
      path: `/${String(i).repeat(300)}`,
    }));
    expect(JSON.stringify(goal(checks)).length).toBeLessThan(1500);
  });
});
