import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readGroups } from './groups.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-groups-'));
});
afterEach(async () => rm(folder, { recursive: true }));

async function read(text: string, slugs: readonly string[]) {
  await writeFile(join(folder, 'groups.yaml'), text);
  const { groups, problems } = await readGroups(folder, slugs);
  return {
    groups: groups.map(({ title, lessons }) => [title, ...lessons]),
    problems: problems.map(({ line, message }) => `${line}: ${message}`),
  };
}

const TWO = `- title: One
  summary: First.
  lessons: [a, b]
- title: Two
  summary: Second.
  lessons: [c]
`;

test('every lesson stands in a group, those that no group names at the end', async () => {
  expect(await read(TWO, ['c', 'd', 'b', 'a'])).toEqual({
    groups: [
      ['One', 'a', 'b'],
      ['Two', 'c'],
      ['More lessons', 'd'],
    ],
    problems: [],
  });
});

test('without the file there is one group', async () => {
  const { groups } = await readGroups(folder, ['a', 'b']);
  expect(groups.map(({ lessons }) => lessons)).toEqual([['a', 'b']]);
});

test('what it names wrongly is told with its line, and the rest is arranged', async () => {
  expect(await read(TWO.replace('[c]', '[c, fist-image, a]'), ['a', 'c', 'first-image'])).toEqual({
    groups: [
      ['One', 'a'],
      ['Two', 'c'],
      ['More lessons', 'first-image'],
    ],
    problems: [
      '3: There is no lesson `b`. Did you mean `a`?',
      '6: There is no lesson `fist-image`. Did you mean `first-image`?',
      '3: The lesson `a` stands in two places.',
    ],
  });
});

test('a file that is something else leaves the lessons in their order', async () => {
  const { groups, problems } = await read('titel: x', ['a']);
  expect(groups).toEqual([['More lessons', 'a']]);
  expect(problems).toHaveLength(1);
});

test('a lesson that cannot be read at the moment may be named', async () => {
  await writeFile(join(folder, 'groups.yaml'), TWO);
  const { groups, problems } = await readGroups(folder, ['a', 'c'], ['a', 'b', 'c']);
  expect(problems).toEqual([]);
  expect(groups.map(({ lessons }) => lessons)).toEqual([['a'], ['c']]);
});
