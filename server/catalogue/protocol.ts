import type { LessonSummary } from '../protocol.ts';

/** `GET /api/catalogue`: all lessons, as the front page arranges them. */
export interface Catalogue {
  readonly groups: readonly CatalogueGroup[];
}

export interface CatalogueGroup {
  readonly title: string;
  readonly summary: string;
  /** In the order in which they are best taken. */
  readonly lessons: readonly CatalogueLesson[];
}

export interface CatalogueLesson extends LessonSummary {
  readonly steps: readonly { readonly id: string; readonly title: string }[];
  /** Ids of all that can be done in it, as they stand in `LessonProgress`. */
  readonly exercises: readonly string[];
}
