import type { Response } from 'express';
import { extname } from 'node:path';
import type { LessonProblem } from '../../lessons/problems.ts';
import { PICTURES } from '../../lessons/reader.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import type { Lesson, LessonSummary } from '../protocol.ts';
import { Refusal } from '../refusal.ts';
import type { ReturnPoint } from '../sessions/sessions.ts';

export function lessonSummary(lesson: LessonSource): LessonSummary {
  const { slug, title, summary, level, minutes, outcomes, needs, tags } = lesson;
  return { slug, title, summary, level, minutes, outcomes, needs, tags };
}

export function lessonView(lesson: LessonSource, authoring: boolean): Lesson {
  const { steps, gated, variables } = lesson;
  const labels = Object.entries(variables).map(([name, variable]): [string, string] => [
    name,
    'label' in variable ? variable.label : '',
  ]);
  return { ...lessonSummary(lesson), steps, gated, variables: Object.fromEntries(labels), authoring };
}

/**
 * What keeps the lesson from being read, with files as seen from the folder of lessons; nothing when it can be. Refused for
 * a lesson that is not there at all, and everywhere but in a preview, where `problems` are told.
 */
export function problemsOf(
  problems: readonly LessonProblem[] | undefined,
  lessons: ReadonlyMap<string, LessonSource>,
  slug: string,
): LessonProblem[] {
  const found = (problems ?? []).flatMap(({ file, ...problem }) => {
    const parts = file.split('/');
    const at = parts.findIndex((part) => part.replace(/^\d+-/, '') === slug);
    return at === -1 ? [] : [{ ...problem, file: parts.slice(at).join('/') }];
  });
  if (!problems || (found.length === 0 && !lessons.has(slug)))
    throw new Refusal('not-found', 'There is no such lesson.');
  return found;
}

/** Only pictures leave a lesson's folder. One that is opened by itself, such as an SVG with a script, can do nothing. */
export function sendPicture(response: Response, lesson: LessonSource | undefined, path: string): void {
  const picture: Buffer | undefined = lesson?.assets.get(path);
  const type = PICTURES[extname(path)];
  if (!picture || type === undefined) throw new Refusal('not-found', 'There is no such picture.');
  response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  response.setHeader('Content-Type', type);
  response.send(picture);
}

/** A machine that goes back to a step does the tasks before it again; what was answered there stays. */
export function returnPoint(
  lesson: LessonSource | undefined,
  step: string,
  done: readonly string[],
): ReturnPoint {
  const place = lesson?.steps.findIndex(({ id }) => id === step) ?? -1;
  if (!lesson || place === -1) throw new Refusal('not-found', 'The lesson has no such step.');
  const before = new Set(lesson.steps.slice(0, place).map(({ id }) => id));
  const answered = lesson.exercises.filter(
    ({ type, id, step: of }) => type !== 'task' && before.has(of) && done.includes(id),
  );
  return { step, doneTasks: answered.map(({ id }) => id) };
}
