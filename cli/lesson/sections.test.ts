import { expect, test } from 'vitest';
import { parseLesson } from '../../lessons/reader.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import { EXAMPLE } from './new.ts';
import { sectionsOf, withValues } from './sections.ts';

function lessonWith(solution?: string, text = EXAMPLE): LessonSource {
  const assets = new Map(solution === undefined ? [] : [['solution.sh', Buffer.from(solution)] as const]);
  const read = parseLesson(text, { file: 'lesson.md', slug: 'x', assets });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.lesson;
}

const shown = (lesson: LessonSource) =>
  sectionsOf(lesson).map(({ exercises, lines }) => [exercises.map(({ id }) => id).join(' '), lines]);

test('each task has its own lines, in the order of the text', () => {
  expect(shown(lessonWith())).toEqual([
    ['pull', 'docker pull busybox'],
    ['tag', 'docker tag busybox mine:1'],
    ['copies', ''],
  ]);
});

test('lines that need nobody go before those that are placed at the prompt', () => {
  const text = EXAMPLE.replace(
    'solution: docker pull busybox',
    'solution: docker run -it busybox\nreplay: docker run busybox',
  );
  expect(shown(lessonWith(undefined, text))[0]).toEqual(['pull', 'docker run busybox']);
});

test('a file is saved before the next exercise', () => {
  const text = EXAMPLE.replace('```task\nid: tag', '```text file=~/a\nx\n```\n\n```task\nid: tag');
  expect(sectionsOf(lessonWith(undefined, text)).map(({ files }) => files)).toEqual([[], [0], []]);
});

test('a whole solution is one part', () => {
  expect(shown(lessonWith('one\ntwo\n'))).toEqual([['pull tag copies', 'one\ntwo\n']]);
});

test('marks divide it', () => {
  expect(shown(lessonWith('set -e\n# task: pull\none\n# task: tag\ntwo\n'))).toEqual([
    ['pull', 'set -e\none\n'],
    ['tag copies', 'two\n'],
  ]);
  expect(() => sectionsOf(lessonWith('# task: tag\n# task: pull\n'))).toThrow(
    'names no task that comes next',
  );
});

test('variables have their values, or the lines are not run', () => {
  const text = EXAMPLE.replace(
    'tags: [tags]',
    'tags: [tags]\nvariables:\n  name: { choose: [a, b] }',
  ).replace('Every lesson', 'Every {{name}} lesson');
  const lesson = lessonWith(undefined, text);
  expect(withValues('docker tag {{name}} {{.Id}}', lesson, { name: 'b' })).toBe('docker tag b {{.Id}}');
  expect(() => withValues('docker tag {{name}} x', lesson, {})).toThrow('`{{name}}` has no value');
});
