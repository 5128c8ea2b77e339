import type { Check } from '../../lessons/checks.ts';
import { rungsOf, type Exercise, type Task } from '../../lessons/exercises.ts';
import { substituteAll, type Variables } from '../../lessons/variables.ts';
import { EngineRefused } from '../engine/client.ts';
import type { EngineView } from './engine-view.ts';
import { fail } from './images.ts';
import { judge, touches, type CheckResult, type Touch } from './judge.ts';
import { quoted } from './names.ts';
import { gradePrediction, type Answer } from './questions.ts';
import { unknownIn, type Values } from './values.ts';

/** What one look at the machine says of an exercise. */
export interface Finding {
  readonly done: boolean;
  readonly findings: readonly CheckResult[];
  /** Of each check of a task, in their order, whether it holds. */
  readonly met?: readonly boolean[];
  /** Hints for the state the learner is in. */
  readonly advice: readonly string[];
  /** Why the task cannot be done any more, and the way back. */
  readonly deadEnd?: string;
}

export interface LookContext {
  readonly engine: EngineView;
  readonly variables: Variables;
  readonly values: Values;
  /** What was predicted. */
  readonly given?: Answer | undefined;
}

/** Judges an exercise; undefined when a look at the machine says nothing of it. */
export async function lookAtExercise(exercise: Exercise, context: LookContext): Promise<Finding | undefined> {
  if (exercise.type === 'task') return lookAtTask(exercise, context);
  if (exercise.type === 'quiz' || context.given === undefined) return undefined;
  const findings = await gradePrediction(exercise, context.given, {
    values: context.values,
    judge: async (check) => (await judgeWith(check, context)).passed,
  });
  return findings && { done: true, findings, advice: [] };
}

/** All that can touch what is said of an exercise. */
export function touchesOf(exercise: Exercise): Set<Touch> {
  return new Set(checksOf(exercise).flatMap((check) => [...touches(check)]));
}

/** Every check that is asked for an exercise. */
export function checksOf(exercise: Exercise): Check[] {
  if (exercise.type === 'quiz') return [];
  if (exercise.type === 'predict') return (exercise.choices ?? []).map(({ when }) => when);
  const states = [
    ...rungsOf(exercise).flatMap(({ when }) => when ?? []),
    ...exercise['dead-ends'].map(({ when }) => when),
  ];
  return [...exercise.checks, ...states];
}

async function lookAtTask(task: Task, context: LookContext): Promise<Finding> {
  const findings = await Promise.all(task.checks.map((check) => judgeWith(check, context)));
  const met = findings.map(({ passed }) => passed);
  const done = !met.includes(false);
  if (done) return { done, met, findings: distinct(findings), advice: [] };
  const holds = async (check: Check) => (await judgeWith(check, context)).passed;
  const rungs = rungsOf(task).flatMap(({ when, text }) => (when ? [{ when, text }] : []));
  const advice = await Promise.all(rungs.map(async ({ when, text }) => ((await holds(when)) ? [text] : [])));
  for (const { when, text } of task['dead-ends'])
    if (await holds(when))
      return { done, met, findings: distinct(findings), advice: advice.flat(), deadEnd: text };
  return { done, met, findings: distinct(findings), advice: advice.flat() };
}

async function judgeWith(check: Check, { engine, variables, values }: LookContext): Promise<CheckResult> {
  const [unknown] = unknownIn(check, variables, values);
  if (unknown === undefined) return judge(substituteAll(check, values), engine).catch(refused);
  const variable = variables[unknown];
  const label = variable && 'label' in variable ? variable.label : unknown;
  return fail(`This asks for ${label}, which is not there yet.`);
}

/** What the engine refuses to tell is no reason to say nothing: its own words help. */
function refused(error: unknown): CheckResult {
  if (!(error instanceof EngineRefused)) throw error;
  return fail(`Docker could not tell: ${quoted(error.message)}.`);
}

/** One sentence once: several checks of a task may miss the same image. */
function distinct(findings: readonly CheckResult[]): CheckResult[] {
  return findings.filter(
    ({ message }, index) => findings.findIndex((other) => other.message === message) === index,
  );
}
