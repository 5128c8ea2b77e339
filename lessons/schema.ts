import * as z from 'zod';
import type { LessonStep } from './blocks.ts';
import { LayersDiagram } from './diagram.ts';
import { Prediction, Quiz, sentence, Task, type Exercise } from './exercises.ts';
import { Setup } from './setup.ts';
import { Variables } from './variables.ts';

/**
 * What authors write. Unknown keys are errors everywhere: a misspelt key must not be a check that is never made.
 * Sentences are plain text with code in `backticks`.
 */

const slug = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be the slug of a lesson, such as first-image');
const tag = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by -');

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
  needs: z.array(slug).max(8).default([]).describe('Lessons that should have been done before.'),
  tags: z.array(tag).max(8).default([]),
  gated: z.boolean().default(false).describe('A step opens when all exercises before it are done.'),
  variables: Variables.default({}),
  setup: Setup.optional(),
});
export type FrontMatter = z.infer<typeof FrontMatter>;

/** A lesson as read: what the page shows, and what the server judges. */
export interface LessonSource extends Readonly<FrontMatter> {
  readonly slug: string;
  readonly steps: readonly LessonStep[];
  /** All that can be done, in the order of the text. */
  readonly exercises: readonly Exercise[];
  /** The tasks among them. */
  readonly tasks: readonly Extract<Exercise, { type: 'task' }>[];
  /** By id of the step. */
  readonly setups: ReadonlyMap<string, Setup>;
  /** What else lies in the lesson's folder, by path in it. */
  readonly assets: ReadonlyMap<string, Buffer>;
}

/** For editors that complete and check YAML: the front matter, and each fenced block that is YAML by its word. */
export function lessonJsonSchemas(): Readonly<Record<'frontMatter' | BlockSchema, object>> {
  const json = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' });
  return {
    frontMatter: json(FrontMatter),
    task: json(Task),
    quiz: json(Quiz),
    predict: json(Prediction),
    setup: json(Setup),
    layers: json(LayersDiagram),
  };
}
type BlockSchema = 'task' | 'quiz' | 'predict' | 'setup' | 'layers';
