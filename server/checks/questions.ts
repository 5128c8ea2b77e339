import { answerPattern, type Prediction, type Quiz } from '../../lessons/exercises.ts';
import type { CheckResult } from './judge.ts';
import { fail, pass } from './images.ts';
import { quoted } from './names.ts';
import type { Values } from './values.ts';

/** What a learner gave: numbers of choices, from 0, or words. */
export type Answer = readonly number[] | string;

/** Whether an answer to a quiz is right, and what there is to say about it. */
export function gradeQuiz({ choices, answer, why }: Quiz, given: Answer): CheckResult[] {
  if (choices === undefined) {
    if (typeof given !== 'string') return [fail('Answer in words.')];
    return answerPattern(answer ?? '').test(given.trim().replace(/\s+/g, ' '))
      ? [pass(`Right: ${quoted(given)}.`), ...told(why)]
      : [fail(`${quoted(given)} is not it. Try again.`)];
  }
  if (typeof given === 'string') return [fail('Choose an answer.')];
  const chosen = choices.filter((_, index) => given.includes(index));
  const wrong = chosen.filter(({ right }) => !right);
  if (wrong.length > 0)
    return wrong.map(({ text, why: because }) => fail(`${because ?? `“${text}” is not right.`} Try again.`));
  if (chosen.length < choices.filter(({ right }) => right).length)
    return [fail(chosen.length === 0 ? 'Choose an answer.' : 'That is right, but it is not all.')];
  return [...chosen.map(({ text, why: because }) => pass(because ?? `Right: ${text}`)), ...told(why)];
}

/** What is shown of a quiz that was answered before. */
export function solvedQuiz(quiz: Quiz): CheckResult[] {
  const { choices, example = '' } = quiz;
  return gradeQuiz(quiz, choices ? choices.flatMap(({ right }, index) => (right ? [index] : [])) : example);
}

/**
 * What the engine says to a prediction; undefined while it says nothing yet. `judge` judges a check with its variables in
 * place.
 */
export async function gradePrediction(
  { choices, value, why }: Prediction,
  given: Answer | undefined,
  { values, judge }: { readonly values: Values; readonly judge: JudgeCheck },
): Promise<CheckResult[] | undefined> {
  if (choices === undefined) {
    const truth = value === undefined ? undefined : values[value];
    if (truth === undefined) return undefined;
    const right = typeof given === 'string' && given.trim().toLowerCase() === truth.toLowerCase();
    return [verdict(right, quoted(truth), given === undefined), ...told(why)];
  }
  for (const [index, choice] of choices.entries()) {
    if (!(await judge(choice.when))) continue;
    const right = Array.isArray(given) && given.includes(index);
    return [verdict(right, `“${choice.text}”`, given === undefined), ...told(why)];
  }
  return undefined;
}

type JudgeCheck = (check: NonNullable<Prediction['choices']>[number]['when']) => Promise<boolean>;

function verdict(right: boolean, truth: string, unasked: boolean): CheckResult {
  if (unasked) return pass(`It was ${truth}.`);
  return right ? pass(`You were right: ${truth}.`) : fail(`It was ${truth} this time.`);
}

function told(why: string | undefined): CheckResult[] {
  return why === undefined ? [] : [pass(why)];
}
