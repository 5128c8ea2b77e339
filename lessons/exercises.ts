import * as z from 'zod';
import { Check } from './checks.ts';
import { variableName } from './variables.ts';

/** Everything in a lesson that can be done: tasks, quizzes and predictions. Sentences may have code in `backticks`. */

export const sentence = z.string().trim().min(1).max(500);

/** Unique in the lesson; progress is kept under it, so it must not change. */
const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by -');
const commands = z.string().trim().min(1).max(4000);

const Hint = z.strictObject({
  text: sentence,
  when: Check.optional().describe('Shown by itself while this holds; without it, the hint is unfolded.'),
  after: z.int().min(1).max(60).optional().describe('Minutes after which it unfolds by itself.'),
});
export type Hint = Readonly<z.infer<typeof Hint>>;

const DeadEnd = z.strictObject({
  when: Check.describe('The state from which the task cannot be done any more.'),
  text: sentence.describe('What happened, and the way back.'),
});
export type DeadEnd = Readonly<z.infer<typeof DeadEnd>>;

const NearMiss = z.strictObject({
  run: commands.describe('Commands that nearly solve the task, run before its solution.'),
  says: z.string().trim().min(1).describe('A part of what the task then says.'),
  back: commands.optional().describe('Lines that lead back, where the solution alone would not do any more.'),
  alone: z
    .boolean()
    .default(false)
    .describe('On a machine of its own: nothing leads back, or the way there would take too long twice.'),
});
export type NearMiss = Readonly<z.infer<typeof NearMiss>>;

/** A fenced block `task`. It is done when all its checks passed in one look at the engine. */
export const Task = z.strictObject({
  id,
  title: sentence,
  checks: z.array(Check).min(1).max(12),
  hints: z
    .array(z.union([sentence, Hint]))
    .max(6)
    .default([])
    .describe('In rungs: from a nudge to the command.'),
  solution: commands.optional().describe('Shell lines that solve it: the last hint, placed at the prompt.'),
  replay: commands
    .optional()
    .describe('Lines that do the same without a person: for a solution that asks for one.'),
  'dead-ends': z.array(DeadEnd).max(6).default([]),
  'near-misses': z.array(NearMiss).max(6).default([]),
});
export type Task = Readonly<z.infer<typeof Task>>;

const Choice = z.strictObject({
  text: sentence,
  right: z.boolean().default(false),
  why: sentence.optional().describe('Told to whoever chose it.'),
});

/** A fenced block `quiz`: choices, of which one or several are right, or an answer in words. */
export const Quiz = z
  .strictObject({
    id,
    question: sentence,
    choices: z.array(Choice).min(2).max(8).optional(),
    many: z.boolean().default(false).describe('Several can be chosen, and all that are right must be.'),
    answer: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('A regular expression for the whole answer; case is ignored.'),
    example: z.string().min(1).optional().describe('A right answer in words, told with the explanation.'),
    why: sentence.optional().describe('Told once the answer was right.'),
  })
  .superRefine((quiz, context) => {
    const wrong = quizProblem(quiz);
    if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong.message, path: [wrong.at] });
  });
export type Quiz = Readonly<z.infer<typeof Quiz>>;

const Outcome = z.strictObject({
  text: sentence,
  when: Check.describe('Holds in the engine when this was the right prediction.'),
});

/** A fenced block `predict`: a question asked before a command is run, graded by what the engine then has. */
export const Prediction = z
  .strictObject({
    id,
    question: sentence,
    choices: z.array(Outcome).min(2).max(8).optional(),
    value: variableName.optional().describe('A captured variable: the answer in words is compared with it.'),
    run: commands.optional().describe('To be run once something was predicted.'),
    why: sentence.optional().describe('Told when the engine has answered.'),
  })
  .superRefine(({ choices, value }, context) => {
    if ((choices === undefined) === (value === undefined))
      context.addIssue({
        code: 'custom',
        message: 'a prediction has either `choices` or a `value`',
        path: ['question'],
      });
  });
export type Prediction = Readonly<z.infer<typeof Prediction>>;

export type Exercise =
  | ({ readonly type: 'task'; readonly step: string } & Task)
  | ({ readonly type: 'quiz'; readonly step: string } & Quiz)
  | ({ readonly type: 'predict'; readonly step: string } & Prediction);

/** The hints of a task as rungs. */
export function rungsOf({ hints }: Pick<Task, 'hints'>): Hint[] {
  return hints.map((hint) => (typeof hint === 'string' ? { text: hint } : hint));
}

/** A right answer in words matches as a whole; blanks at its ends and letter case do not count. */
export function answerPattern(answer: string): RegExp {
  return new RegExp(`^(?:${answer})$`, 'iu');
}

function quizProblem(quiz: {
  readonly choices?: readonly { readonly right: boolean }[] | undefined;
  readonly many: boolean;
  readonly answer?: string | undefined;
  readonly example?: string | undefined;
}): { readonly at: string; readonly message: string } | undefined {
  const { choices, many, answer, example } = quiz;
  if ((choices === undefined) === (answer === undefined))
    return { at: 'question', message: 'a quiz has either `choices` or an `answer`' };
  if (choices) {
    const right = choices.filter((choice) => choice.right).length;
    if (right === 0) return { at: 'choices', message: 'no choice is marked `right: true`' };
    if (right > 1 && !many) return { at: 'choices', message: 'several choices are right: say `many: true`' };
    return undefined;
  }
  return wordsProblem(answer ?? '', example);
}

function wordsProblem(answer: string, example: string | undefined) {
  try {
    const pattern = answerPattern(answer);
    if (example === undefined)
      return { at: 'answer', message: 'an answer in words needs an `example` that is right' };
    return pattern.test(example.trim()) ? undefined : { at: 'example', message: 'does not match `answer`' };
  } catch {
    return { at: 'answer', message: 'is no regular expression' };
  }
}
