import { describe, expect, test } from 'vitest';
import type { Catalogue, CatalogueLesson, LessonProgress } from '../server/protocol.ts';
import {
  filterCatalogue,
  NO_FILTER,
  nextLesson,
  readFilter,
  standingOf,
  tagsOf,
  writeFilter,
  type Filter,
} from './catalogue.ts';

const lesson = (slug: string, part: Partial<CatalogueLesson> = {}): CatalogueLesson => ({
  slug,
  title: slug,
  summary: '',
  level: 'beginner',
  minutes: 5,
  outcomes: [],
  needs: [],
  tags: [],
  steps: [{ id: 's', title: 'The step' }],
  exercises: ['a', 'b'],
  ...part,
});

const progress = (part: Partial<LessonProgress> = {}): LessonProgress => ({
  done: [],
  step: null,
  startedAt: '2026-01-01T00:00:00.000Z',
  seenAt: '2026-01-01T00:00:00.000Z',
  finishedAt: null,
  ...part,
});

const catalogue: Catalogue = {
  groups: [
    {
      title: 'One',
      summary: '',
      lessons: [lesson('one', { tags: ['image'] }), lesson('two', { tags: ['run'] })],
    },
    {
      title: 'Two',
      summary: '',
      lessons: [lesson('three', { needs: ['two'], level: 'advanced' }), lesson('four', { tags: ['image'] })],
    },
  ],
};
const FINISHED = progress({ finishedAt: '2026-01-02T00:00:00.000Z' });

describe('how far a learner is', () => {
  test.each([
    ['never opened', undefined, { state: 'new', done: 0, total: 2, step: null }],
    ['opened', progress(), { state: 'begun', done: 0, total: 2, step: null }],
    [
      'on the way',
      progress({ done: ['b', 'gone'], step: 's' }),
      { state: 'begun', done: 1, total: 2, step: 'The step' },
    ],
    ['all done', progress({ done: ['a', 'b'] }), { state: 'done', done: 2, total: 2, step: null }],
    [
      'finished, and taken again',
      progress({ ...FINISHED, done: ['a'] }),
      { state: 'done', done: 1, total: 2, step: null },
    ],
  ])('%s', (_what, own, standing) => {
    expect(standingOf(lesson('x'), own ? { x: own } : {})).toEqual(standing);
  });
});

describe('what comes next', () => {
  test.each([
    ['at first, the first', {}, 'one'],
    ['then the one after it', { one: FINISHED }, 'two'],
    ['what was begun goes first', { one: FINISHED, four: progress() }, 'four'],
    [
      'the one that was open last',
      { one: progress(), two: progress({ seenAt: '2026-02-01T00:00:00.000Z' }) },
      'two',
    ],
    ['what needs something later waits', { one: FINISHED, two: FINISHED }, 'three'],
    [
      'nothing, when all is done',
      { one: FINISHED, two: FINISHED, three: FINISHED, four: FINISHED },
      undefined,
    ],
  ])('%s', (_what, own, slug) => {
    expect(nextLesson(catalogue, own)?.slug).toBe(slug);
  });

  test('a lesson whose needs are open is not proposed before one that has none', () => {
    const groups = [{ title: '', summary: '', lessons: [lesson('late', { needs: ['two'] }), lesson('two')] }];
    expect(nextLesson({ groups }, {})?.slug).toBe('two');
  });
});

describe('the filter', () => {
  const slugs = (filter: Partial<Filter>) =>
    filterCatalogue(catalogue, { ...NO_FILTER, ...filter }, { one: FINISHED }).map(({ lessons }) =>
      lessons.map(({ slug }) => slug),
    );

  test.each<[string, Partial<Filter>, string[][]]>([
    [
      'shows all',
      {},
      [
        ['one', 'two'],
        ['three', 'four'],
      ],
    ],
    ['by level', { level: 'advanced' }, [['three']]],
    ['by tag', { tag: 'image' }, [['one'], ['four']]],
    ['what is open', { open: true }, [['two'], ['three', 'four']]],
    ['all at once', { level: 'advanced', tag: 'image' }, []],
  ])('%s', (_what, filter, shown) => {
    expect(slugs(filter)).toEqual(shown);
  });

  test('knows every tag once', () => {
    expect(tagsOf(catalogue)).toEqual(['image', 'run']);
  });

  test('stands in the address', () => {
    const filter: Filter = { level: 'beginner', tag: 'build cache', open: true };
    expect(readFilter(writeFilter(filter))).toEqual(filter);
    expect(writeFilter(NO_FILTER)).toBe('');
    expect(readFilter('?level=nonsense')).toEqual(NO_FILTER);
  });
});
