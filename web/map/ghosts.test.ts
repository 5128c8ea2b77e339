import { describe, expect, test } from 'vitest';
import type { MapGoal, MapWish } from '../../server/protocol.ts';
import { haunt } from './ghosts.ts';
import { cameTrue, wordsOf } from './goal-words.ts';
import { layOut } from './scene.ts';
import { container, image, stateOf } from './testing.ts';

const BASE = { reached: false, gone: false, wants: [] };
const wants = {
  image: (name: string, part: Partial<MapWish & { kind: 'image' }> = {}): MapWish => ({
    ...BASE,
    kind: 'image',
    name,
    parent: '',
    sameAs: '',
    layers: null,
    ...part,
  }),
  container: (name: string, part: Partial<MapWish & { kind: 'container' }> = {}): MapWish => ({
    ...BASE,
    kind: 'container',
    name,
    image: '',
    state: '',
    ...part,
  }),
  repository: (name: string, registry: string): MapWish => ({
    ...BASE,
    kind: 'repository',
    name,
    registry,
    tag: '1',
  }),
};
const goal = (...wishes: MapWish[]): MapGoal => ({ task: 'one', title: 'One', wishes });

const debian = image('d', ['b'], { tags: ['debian:latest'], digests: ['debian@sha256:1'] });
const HERE = stateOf({
  images: [debian],
  containers: [container('1', 'd', { name: 'clock' })],
  volumes: [{ id: 'kept', driver: 'local' }],
});

describe('what is asked for', () => {
  test('stands on what it is to be made from, with as many layers as asked', () => {
    const { state, asked } = haunt(HERE, goal(wants.image('web:2', { parent: 'debian:latest', layers: 2 })));
    expect(state.images.at(-1)).toMatchObject({
      tags: ['web:2'],
      layers: ['b', 'goal web:2 1', 'goal web:2 2'],
    });
    expect(asked).toMatchObject([{ standing: 'wanted', key: 'image goal web:2' }]);
    const items = layOut(state, { width: 900 }).items.filter(({ look }) => look === 'goal');
    expect(items.map(({ kind }) => kind)).toEqual(['layer', 'layer', 'image', 'tag']);
  });

  test('is not there a second time when it is there, but not as asked', () => {
    const { state, asked } = haunt(HERE, goal(wants.image('debian:latest', { wants: ['with /x'] })));
    expect(state).toEqual(HERE);
    expect(asked).toMatchObject([{ standing: 'unlike', key: 'image d' }]);
  });

  test('is only marked when it is reached', () => {
    const { state, standings } = haunt(HERE, goal(wants.image('debian:latest', { reached: true })));
    expect(state).toEqual(HERE);
    expect(standings.get('image d')).toBe('reached');
  });

  test('may be another name of an image', () => {
    const { state, asked } = haunt(HERE, goal(wants.image('mine:1', { sameAs: 'debian:latest' })));
    expect(state.images).toMatchObject([{ id: 'd', tags: ['debian:latest', 'mine:1'] }]);
    expect(asked[0]?.key).toBe('tag mine:1');
  });

  test('may stand on something that is asked for, too', () => {
    const both = goal(
      wants.image('base:1', { parent: 'debian:latest' }),
      wants.image('app:1', { parent: 'base:1' }),
      wants.container('', { image: 'app:1', state: 'running' }),
    );
    const { state } = haunt(HERE, both);
    expect(state.images.at(-1)?.layers).toEqual(['b', 'goal base:1 1', 'goal app:1 1']);
    expect(state.containers.at(-1)).toMatchObject({ image: 'goal app:1', state: 'running' });
  });

  test('may be to go', () => {
    const asked = (name: string) => haunt(HERE, goal(wants.container(name, { gone: true }))).asked[0];
    expect(asked('clock')).toMatchObject({ standing: 'leave', key: 'container 1' });
    expect(asked('other')).toMatchObject({ standing: 'left', key: '' });
  });

  test('has no place when nobody knows what it would stand on', () => {
    const { state, asked } = haunt(HERE, goal(wants.container('second')));
    expect(state).toEqual(HERE);
    expect(asked).toMatchObject([{ standing: 'wanted', key: '' }]);
  });

  test('may be a repository, in a registry that is not known yet', () => {
    const { state, wanted, asked } = haunt(HERE, goal(wants.repository('tools', 'localhost:5000')));
    const items = layOut(state, { width: 900, wanted }).items;
    expect(items.find(({ key }) => key === asked[0]?.key)).toMatchObject({ label: 'tools', look: 'goal' });
    expect(items.some(({ key }) => key === 'registry localhost:5000')).toBe(true);
  });

  test.each(['volume', 'network'] as const)('may be a %s', (kind) => {
    const { state, asked } = haunt(HERE, goal({ ...BASE, kind, name: 'front' }));
    expect(layOut(state, { width: 900 }).items.find(({ key }) => key === asked[0]?.key)).toMatchObject({
      label: 'front',
      look: 'goal',
    });
  });

  test('is nothing without a goal', () => {
    expect(haunt(HERE, null)).toMatchObject({ state: HERE, asked: [], wanted: [] });
  });
});

describe('in words', () => {
  test.each<[MapWish, string]>([
    [
      wants.image('web:2', { parent: 'debian:latest', layers: 1, wants: ['with /x'] }),
      'Still asked for: image web:2, made from debian:latest with one layer on top, with /x.',
    ],
    [wants.image('debian:latest', { wants: ['with /x'] }), 'Not yet as asked: image debian:latest, with /x.'],
    [wants.image('debian:latest', { reached: true, wants: ['with /x'] }), 'Reached: image debian:latest.'],
    [wants.container('clock', { gone: true }), 'Still to be removed: container clock.'],
    [wants.container('', { image: 'web:2' }), 'Still asked for: a container of web:2.'],
    [wants.repository('card', 'docker.io'), 'Still asked for: repository card:1 in the hub.'],
  ])('%o', (wish, words) => {
    expect(haunt(HERE, goal(wish)).asked.map(wordsOf)).toEqual([words]);
  });

  test('what came true is said once, and nothing of another task', () => {
    const [before, after] = [goal(wants.image('a:1')), goal(wants.image('a:1', { reached: true }))];
    expect(cameTrue(before, after)).toEqual(['Reached: image a:1.']);
    expect(cameTrue(after, after)).toEqual([]);
    expect(cameTrue(before, { ...after, task: 'two' })).toEqual([]);
    expect(cameTrue(null, after)).toEqual([]);
  });
});
