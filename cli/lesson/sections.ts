import type { Exercise } from '../../lessons/exercises.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import { substitute } from '../../lessons/variables.ts';

/** One part of the way through a lesson: some exercises, and the lines after which they are done. */
export interface Section {
  readonly exercises: readonly Exercise[];
  readonly lines: string;
  /** Numbers of the lesson's files that are saved before. */
  readonly files: readonly number[];
}

/** The solution of a whole lesson, in one file. */
export const SOLUTION = 'solution.sh';

/**
 * The way through a lesson, in the order of its text: each task with its own lines; or, when the lesson has a
 * `solution.sh`, the parts of that file, which `# task: ID` divides. A file without such lines is one part.
 */
export function sectionsOf(lesson: LessonSource): Section[] {
  const whole = lesson.assets.get(SOLUTION)?.toString();
  return whole === undefined ? ownLines(lesson) : partsOf(whole, lesson.exercises);
}

function ownLines({ steps, exercises }: LessonSource): Section[] {
  let files: number[] = [];
  return steps.flatMap(({ blocks }) =>
    blocks.flatMap((block): Section[] => {
      if (block.type === 'file') files.push(block.index);
      if (block.type !== 'task' && block.type !== 'quiz' && block.type !== 'predict') return [];
      const exercise = exercises.find(({ id }) => id === block.id);
      if (!exercise) return [];
      const section = { exercises: [exercise], lines: linesOf(exercise), files };
      files = [];
      return [section];
    }),
  );
}

function linesOf(exercise: Exercise): string {
  if (exercise.type === 'task') return exercise.replay ?? exercise.solution ?? '';
  return exercise.type === 'predict' ? (exercise.run ?? '') : '';
}

function partsOf(script: string, exercises: readonly Exercise[]): Section[] {
  const [head = '', ...parts] = script.split(/^# task: */m);
  if (parts.length === 0) return [{ exercises, lines: script, files: [] }];
  let from = 0;
  return parts.map((part, index): Section => {
    const [id = '', ...lines] = part.split('\n');
    const at = exercises.findIndex((exercise) => exercise.id === id.trim());
    if (at < from) throw new Error(`\`# task: ${id.trim()}\` in ${SOLUTION} names no task that comes next.`);
    const end = index === parts.length - 1 ? exercises.length : at + 1;
    const section = {
      exercises: exercises.slice(from, end),
      lines: (index === 0 ? head : '') + lines.join('\n'),
      files: [],
    };
    from = end;
    return section;
  });
}

/** `lines` with the learner's own values in their places. Throws for one that is not known. */
export function withValues(
  lines: string,
  lesson: LessonSource,
  values: Readonly<Record<string, string>>,
): string {
  const unknown = Object.keys(lesson.variables).find(
    (name) => lines.includes(`{{${name}}}`) && !Object.hasOwn(values, name),
  );
  if (unknown !== undefined)
    throw new Error(`\`{{${unknown}}}\` has no value when the lines that use it are run.`);
  return substitute(lines, values);
}
