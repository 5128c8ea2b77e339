/** What the page and the server say to each other about a learner's progress; see `server/protocol.ts` for the rest. */

/** How far a learner is in one lesson. Times are ISO 8601. */
export interface LessonProgress {
  /** Ids of the tasks that were done once. */
  readonly done: readonly string[];
  /** The step that was last looked at, when the page told. */
  readonly step: string | null;
  readonly startedAt: string;
  readonly seenAt: string;
  /** When the last open task was done; `null` while one is open. */
  readonly finishedAt: string | null;
}

/** By the lesson's slug; lessons that were never opened are not there. */
export type LearnerProgress = Readonly<Record<string, LessonProgress>>;

/** A file that a learner takes along: no secret is in it, and it opens nothing but ticks. */
export interface ProgressFile {
  readonly format: 'slipway-progress';
  readonly version: 1;
  readonly exportedAt: string;
  readonly lessons: LearnerProgress;
}

/** What became of an imported file. */
export interface ProgressImported {
  /** Slugs whose progress is kept now. */
  readonly lessons: readonly string[];
  /** Slugs that this server has no lesson for. */
  readonly unknown: readonly string[];
}
