import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { replayLesson } from '../cli/lesson/replay.ts';
import { readLessons } from '../lessons/reader.ts';
import { makeDataFolder, removeDataFolder, startService, type Service } from './service.ts';

/**
 * Every lesson, taken on a real machine as its author says that it can be taken: what is open before, done after, and
 * said about what nearly does it (`slipway lesson test`).
 */

const { lessons } = await readLessons(join(import.meta.dirname, '../lessons'));

let folder: string;
let service: Service;

beforeAll(async () => {
  folder = await makeDataFolder();
  service = await startService(folder, ['--sessions-per-learner', '1']);
});

afterAll(async () => {
  await service.stop();
  await removeDataFolder(folder);
});

/** Taken in catalog.test.ts, where the image that it is about has been built. */
const ELSEWHERE = 'own-registry';

test.each([...lessons.values()].filter(({ slug }) => slug !== ELSEWHERE))(
  'the lesson $slug can be taken as it is written',
  async (lesson) => {
    const { problems } = await replayLesson(service.url, lesson);
    expect(problems).toEqual([]);
  },
  300_000,
);
