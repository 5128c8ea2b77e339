import type { Catalogue, CatalogueGroup, CatalogueLesson, LearnerProgress } from '../server/protocol.ts';

/** How far a learner is with a lesson. */
export interface Standing {
  readonly state: 'new' | 'begun' | 'done';
  readonly done: number;
  readonly total: number;
  /** The title of the step that was last looked at. */
  readonly step: string | null;
}

export function standingOf(lesson: CatalogueLesson, progress: LearnerProgress): Standing {
  const own = progress[lesson.slug];
  const total = lesson.exercises.length;
  if (!own) return { state: 'new', done: 0, total, step: null };
  const done = lesson.exercises.filter((id) => own.done.includes(id)).length;
  const step = lesson.steps.find(({ id }) => id === own.step)?.title ?? null;
  // A lesson that was finished once stays so, also when it is being taken again.
  const finished = own.finishedAt !== null || (total > 0 && done === total);
  return { state: finished ? 'done' : 'begun', done, total, step };
}

export const lessonsOf = ({ groups }: Catalogue): CatalogueLesson[] =>
  groups.flatMap(({ lessons }) => lessons);

/**
 * What to do next: go on with the lesson that was open last, else the first one that is not done and whose needs are
 * met, else the first that is not done. Null when all are done.
 */
export function nextLesson(catalogue: Catalogue, progress: LearnerProgress): CatalogueLesson | null {
  const lessons = lessonsOf(catalogue);
  const isDone = (slug: string): boolean => {
    const lesson = lessons.find((each) => each.slug === slug);
    return lesson === undefined || standingOf(lesson, progress).state === 'done';
  };
  const begun = lessons
    .filter((lesson) => standingOf(lesson, progress).state === 'begun')
    .sort((one, other) => seenAt(other, progress) - seenAt(one, progress));
  const open = lessons.filter(({ slug }) => !isDone(slug));
  return begun[0] ?? open.find(({ needs }) => needs.every(isDone)) ?? open[0] ?? null;
}

const seenAt = ({ slug }: CatalogueLesson, progress: LearnerProgress): number =>
  Date.parse(progress[slug]?.seenAt ?? '') || 0;

/** What of the catalogue is shown. */
export interface Filter {
  readonly level: CatalogueLesson['level'] | null;
  readonly tag: string | null;
  /** Only what is not done yet. */
  readonly open: boolean;
}

export const NO_FILTER: Filter = { level: null, tag: null, open: false };

export function filterCatalogue(
  { groups }: Catalogue,
  { level, tag, open }: Filter,
  progress: LearnerProgress,
): CatalogueGroup[] {
  const shown = (lesson: CatalogueLesson): boolean =>
    (level === null || lesson.level === level) &&
    (tag === null || lesson.tags.includes(tag)) &&
    (!open || standingOf(lesson, progress).state !== 'done');
  return groups
    .map((group) => ({ ...group, lessons: group.lessons.filter(shown) }))
    .filter(({ lessons }) => lessons.length > 0);
}

/** Every tag, each once, by the alphabet. */
export function tagsOf(catalogue: Catalogue): string[] {
  return [...new Set(lessonsOf(catalogue).flatMap(({ tags }) => tags))].sort();
}

/** The filter as the address keeps it, so that it survives a way into a lesson and back. */
export function readFilter(search: string): Filter {
  const query = new URLSearchParams(search);
  const level = LEVELS.find((each) => each === query.get('level')) ?? null;
  return { level, tag: query.get('tag'), open: query.get('open') === '1' };
}

export function writeFilter({ level, tag, open }: Filter): string {
  const query = new URLSearchParams();
  if (level) query.set('level', level);
  if (tag) query.set('tag', tag);
  if (open) query.set('open', '1');
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

export const LEVELS = ['beginner', 'intermediate', 'advanced'] as const;
