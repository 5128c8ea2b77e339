import { setTimeout as sleep } from 'node:timers/promises';

import type { Learner } from '../../cli/lesson/learner.ts';
import { sectionsOf, withValues } from '../../cli/lesson/sections.ts';
import type { Shell } from '../../cli/lesson/shell.ts';
import type { Exercise } from '../../lessons/exercises.ts';
import type { LessonSource } from '../../lessons/schema.ts';

/** Learners read and type ten times as fast as people. */
const HASTE = 10;
/** Lines of one part may take so long, in milliseconds. */
const LINES_MAX_MS = 180_000;
/** From the end of the lines to the tick, in milliseconds. */
const TICK_MAX_MS = 30_000;

export interface Taken {
  readonly done: number;
  /** Ids of exercises that were not done after their lines. */
  readonly failed: readonly string[];
}

/** Takes a lesson by its own solution, with a tenth of the pauses that its minutes give a person, until `signal`. */
export async function takeLesson(
  learner: Learner,
  shell: Shell,
  lesson: LessonSource,
  signal: AbortSignal,
): Promise<Taken> {
  const sections = sectionsOf(lesson);
  const pauseMs = (lesson.minutes * 60_000) / sections.length / HASTE;
  const failed: string[] = [];
  let done = 0;
  for (const { exercises, files, lines } of sections) {
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const reached = new Set(exercises.map(({ step }) => step));
    for (const { id, prepared } of lesson.steps) if (prepared && reached.has(id)) await learner.begin(id);
    for (const exercise of exercises) await answer(learner, exercise);
    for (const file of files) await learner.save(file);
    if (lines.trim() !== '') await shell.run(withValues(lines, lesson, learner.values), LINES_MAX_MS);
    await learner
      .until(() => exercises.every(({ id }) => learner.isDone(id)), TICK_MAX_MS)
      .catch(() => undefined);
    const open = exercises.filter(({ id }) => !learner.isDone(id)).map(({ id }) => `${lesson.slug}: ${id}`);
    failed.push(...open);
    done += exercises.length - open.length;
  }
  return { done, failed };
}

async function answer(learner: Learner, exercise: Exercise): Promise<void> {
  if (exercise.type === 'predict') await learner.answer(exercise.id, exercise.choices ? [0] : 'a guess');
  if (exercise.type !== 'quiz') return;
  const { choices, example = '' } = exercise;
  const right = choices ? choices.flatMap((choice, index) => (choice.right ? [index] : [])) : example;
  await learner.answer(exercise.id, right);
}
