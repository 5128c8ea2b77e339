import type { LessonGroup } from '../../lessons/groups.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import { lessonSummary } from '../http/lessons.ts';
import type { Catalogue, CatalogueLesson } from './protocol.ts';

export function catalogueOf(
  lessons: ReadonlyMap<string, LessonSource>,
  groups: readonly LessonGroup[],
): Catalogue {
  return {
    groups: groups.map(({ title, summary, lessons: slugs }) => ({
      title,
      summary,
      lessons: slugs.flatMap((slug) => entryOf(lessons.get(slug)) ?? []),
    })),
  };
}

function entryOf(lesson: LessonSource | undefined): CatalogueLesson | undefined {
  if (!lesson) return undefined;
  return {
    ...lessonSummary(lesson),
    steps: lesson.steps.map(({ id, title }) => ({ id, title })),
    exercises: lesson.exercises.map(({ id }) => id),
  };
}
