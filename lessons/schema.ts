import * as z from 'zod';
import { Check } from './checks.ts';

/**
 * What authors write. Unknown keys are errors everywhere: a misspelt key must not be a check that is never made.
 * Sentences are plain text with code in `backticks`.
 */

const sentence = z.string().trim().min(1).max(500);

/** The head of `lesson.md`, between two lines of `---`. */
export const FrontMatter = z.strictObject({
  title: z.string().trim().min(1).max(80),
  /** One or two sentences for the list of lessons. */
  summary: sentence,
  level: z.enum(['beginner', 'intermediate', 'advanced']),
  /** How long it takes somebody new to it. */
  minutes: z.int().min(1).max(240),
  /** What one can do after it; each completes "You can …". */
  outcomes: z.array(sentence).min(1).max(8),
});
export type FrontMatter = z.infer<typeof FrontMatter>;

/** A fenced block `task`. It is done when all its checks passed in one look at the engine. */
export const Task = z.strictObject({
  /** Unique in the lesson; progress is kept under it, so it must not change. */
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by -'),
  title: sentence,
  /** Shown when asked for: enough to go on, with the command. */
  hint: sentence.optional(),
  checks: z.array(Check).min(1).max(8),
});
export type Task = Readonly<z.infer<typeof Task>>;

export type LessonBlock =
  | { readonly type: 'prose'; readonly html: string }
  | { readonly type: 'command'; readonly text: string; readonly run: boolean }
  | { readonly type: 'task'; readonly id: string; readonly title: string; readonly hint?: string };

export interface LessonStep {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly LessonBlock[];
}

/** A lesson as read: what the page shows, and what the server judges. */
export interface LessonSource extends Readonly<FrontMatter> {
  readonly slug: string;
  readonly steps: readonly LessonStep[];
  /** In the order of the text. */
  readonly tasks: readonly Task[];
}

/** For editors that complete and check YAML. */
export function lessonJsonSchemas(): { frontMatter: object; task: object } {
  const io = { io: 'input' } as const;
  return { frontMatter: z.toJSONSchema(FrontMatter, io), task: z.toJSONSchema(Task, io) };
}
