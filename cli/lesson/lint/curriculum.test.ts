import { join } from 'node:path';
import { readFile, readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readLessons } from '../../../lessons/reader.ts';
import { commandLines, dockerCommands } from './lesson.ts';

/** What the lessons promise to teach: each of these commands is run in some text, and by something that a test runs. */

const FOLDER = join(import.meta.dirname, '../../../lessons');

const COMMANDS = [
  ...[
    'run',
    'container ls',
    'image ls',
    'inspect',
    'image inspect',
    'history',
    'diff',
    'commit',
    'build',
    'tag',
  ],
  ...[
    'image rm',
    'rm',
    'image prune',
    'container prune',
    'volume prune',
    'system prune',
    'system df',
    'save',
  ],
  ...['load', 'export', 'import', 'push', 'pull', 'search', 'login', 'logout', 'update', 'compose up'],
  ...['compose down', 'trust inspect', 'trust sign', 'trust signer', 'trust revoke', 'manifest create'],
  ...['manifest push', 'logs', 'exec', 'cp', 'create', 'start', 'stop', 'rename'],
];

const { lessons } = await readLessons(FOLDER);
const texts = await Promise.all(
  (await readdir(FOLDER, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(async ({ name }) => (await readFile(join(FOLDER, name, 'lesson.md'), 'utf8')).split('\n')),
);

const taught = new Set(
  texts.flatMap((lines) =>
    commandLines({ lines }).flatMap(({ text, run }) => (run ? dockerCommands(text) : [])),
  ),
);
for (const { exercises } of lessons.values())
  for (const exercise of exercises)
    if (exercise.type === 'predict')
      dockerCommands(exercise.run ?? '').forEach((command) => taught.add(command));
const proven = new Set(
  [...lessons.values()].flatMap(({ exercises }) =>
    exercises.flatMap((exercise) => {
      if (exercise.type === 'quiz') return [];
      if (exercise.type === 'predict') return dockerCommands(exercise.run ?? '');
      const misses = exercise['near-misses'].map(({ run }) => run);
      return [exercise.solution ?? '', exercise.replay ?? '', ...misses].flatMap(dockerCommands);
    }),
  ),
);

test.each(COMMANDS)('docker %s is taught, and something that is tested uses it', (command) => {
  expect(taught).toContain(command);
  expect(proven).toContain(command);
});

test.each([...lessons.values()])(
  '$slug has at least five tasks, a question, and what one can do after it',
  (lesson) => {
    expect(lesson.tasks.length).toBeGreaterThanOrEqual(5);
    expect(lesson.exercises.some(({ type }) => type !== 'task')).toBe(true);
    expect(lesson.minutes).toBeGreaterThanOrEqual(5);
    expect(lesson.minutes).toBeLessThanOrEqual(20);
  },
);

test.each([...lessons.values()])('$slug knows where learners go wrong', ({ tasks }) => {
  expect(tasks.filter((task) => task['near-misses'].length > 0).length).toBeGreaterThanOrEqual(
    tasks.length / 2,
  );
});
