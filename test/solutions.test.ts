import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { readLessons } from '../lessons/reader.ts';
import { EngineClient } from '../server/engine/client.ts';
import { Course, NO_MEMORY } from '../server/lessons/course.ts';
import type { LessonStanding, TaskView } from '../server/protocol.ts';
import type { SpawnedSupervisor } from '../sandbox/host/spawned.ts';
import { openHost, type Host } from './host/supervisors.ts';
import { openShell } from './shell.ts';

/** The solution beside each lesson proves that the lesson can be solved, on a real machine and by its own checks. */

const LESSONS = join(import.meta.dirname, '../lessons');
const { lessons } = await readLessons(LESSONS);

let host: Host;
let running: SpawnedSupervisor;

beforeAll(async () => {
  host = await openHost();
  running = await host.start();
});

afterAll(async () => {
  await running.close();
  await host.remove();
});

test.each([...lessons.values()])(
  'the lesson $slug is solved by its solution, and by nothing less',
  async (lesson) => {
    const { slug, tasks } = lesson;
    const session = await running.supervisor.create();
    const engine = new EngineClient(session.engineSocket);
    const looks: (readonly TaskView[])[] = [];
    let steps: LessonStanding['steps'] = {};
    const course = new Course({
      engine,
      lesson,
      seed: slug,
      // Questions are for people.
      done: lesson.exercises.filter(({ type }) => type !== 'task').map(({ id }) => id),
      memory: NO_MEMORY,
      onStanding: (standing) => (steps = standing.steps),
      onMemory: () => undefined,
      onTasks: (now) => looks.push(now),
      onDone: () => undefined,
    });
    try {
      await expect.poll(() => looks.length).toBeGreaterThan(0);
      expect(openTasks(looks[0])).toEqual(tasks.map(({ id }) => id));

      await expect.poll(() => Object.values(steps)[0]?.state, { timeout: 60_000 }).toBe('ready');

      const solution = await readFile(join(LESSONS, await folderOf(slug), 'solution.sh'), 'utf8');
      const shell = await openShell(session.engineSocket);
      const { output, exitCode } = await shell.run(solution, 60_000);
      await shell.close();
      expect(exitCode, output).toBe(0);
      await expect.poll(() => openTasks(looks.at(-1)), { timeout: 3000 }).toEqual([]);
    } finally {
      course.close();
      engine.close();
      await running.supervisor.destroy(session.id);
    }
  },
);

async function folderOf(slug: string): Promise<string> {
  const folder = (await readdir(LESSONS)).find((name) => name.replace(/^\d+-/, '') === slug);
  if (folder === undefined) throw new Error(`There is no folder of the lesson ${slug}.`);
  return folder;
}

function openTasks(tasks: readonly TaskView[] = []): string[] {
  return tasks.filter(({ state }) => state === 'open').map(({ id }) => id);
}
