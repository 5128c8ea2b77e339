import * as z from 'zod';
import type { LessonSource } from '../../lessons/schema.ts';
import type { LearnerProgress, LessonProgress, ProgressFile, ProgressImported } from './protocol.ts';

/** Bytes of a file that is read: some hundred lessons. */
export const PROGRESS_FILE_MAX_BYTES = 256 * 1024;

const LESSONS_MAX = 500;
const TASKS_MAX = 200;

const id = z.string().regex(/^[a-z0-9-]{1,80}$/);
const time = z.iso.datetime();

/** What a learner brings back. It may come from anywhere: only what this server has lessons for is taken. */
const ProgressFileSchema = z.object({
  format: z.literal('slipway-progress'),
  version: z.literal(1),
  exportedAt: time,
  lessons: z
    .record(
      id,
      z.object({
        done: z.array(id).max(TASKS_MAX),
        step: id.nullable(),
        startedAt: time,
        seenAt: time,
        finishedAt: time.nullable(),
      }),
    )
    .refine((lessons) => Object.keys(lessons).length <= LESSONS_MAX),
});

type Lessons = ReadonlyMap<string, Pick<LessonSource, 'steps' | 'tasks'>>;

export function progressFile(lessons: LearnerProgress, now: Date): ProgressFile {
  return { format: 'slipway-progress', version: 1, exportedAt: now.toISOString(), lessons };
}

/**
 * The part of a file that means something here: lessons, steps and tasks that there are, and times that have been.
 * Undefined for what is no such file.
 */
export function readProgressFile(
  data: unknown,
  lessons: Lessons,
  now: Date,
): (ProgressImported & { readonly progress: LearnerProgress }) | undefined {
  const parsed = ProgressFileSchema.safeParse(data);
  if (!parsed.success) return undefined;
  const given = Object.entries(parsed.data.lessons);
  const known = given.flatMap(([slug, progress]) => {
    const lesson = lessons.get(slug);
    return lesson ? [[slug, fitting(progress, lesson, now)] as const] : [];
  });
  return {
    progress: Object.fromEntries(known),
    lessons: known.map(([slug]) => slug),
    unknown: given.map(([slug]) => slug).filter((slug) => !lessons.has(slug)),
  };
}

function fitting(
  { done, step, startedAt, seenAt, finishedAt }: LessonProgress,
  { steps, tasks }: Pick<LessonSource, 'steps' | 'tasks'>,
  now: Date,
): LessonProgress {
  const past = (time: string) => (Date.parse(time) > now.getTime() ? now.toISOString() : time);
  return {
    done: tasks.map(({ id }) => id).filter((id) => done.includes(id)),
    step: steps.some(({ id }) => id === step) ? step : null,
    startedAt: past(startedAt),
    seenAt: past(seenAt),
    finishedAt: finishedAt === null ? null : past(finishedAt),
  };
}
