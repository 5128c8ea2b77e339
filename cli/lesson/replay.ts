import type { Exercise, NearMiss, Quiz } from '../../lessons/exercises.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import { messageOf } from '../failure.ts';
import { Learner } from './learner.ts';
import { sectionsOf, withValues, type Section } from './sections.ts';
import type { Shell } from './shell.ts';

type Task = Extract<Exercise, { type: 'task' }>;

/** Something that the replay of a lesson found to be otherwise than the lesson says. */
export interface ReplayProblem {
  /** Id of the exercise it is about, if of one. */
  readonly exercise?: string;
  readonly message: string;
}

export interface Replay {
  readonly slug: string;
  readonly problems: readonly ReplayProblem[];
  readonly milliseconds: number;
}

/** Lines of one section may take so long, in milliseconds: a build on a busy host. */
const LINES_MAX_MS = 120_000;
/** From the end of the lines to the tick, in milliseconds; it is there at once on a quiet host. */
const TICK_MAX_MS = 15_000;

/**
 * Takes a lesson as a learner does, at a running service: every exercise must be open before its lines and done after
 * them, wrong answers must not count, right ones must, and what a near miss is said to say must be said.
 */
export async function replayLesson(url: string, lesson: LessonSource): Promise<Replay> {
  const begun = performance.now();
  const problems: ReplayProblem[] = [];
  try {
    problems.push(...(await walk(url, lesson)));
    for (const [index, section] of sectionsOf(lesson).entries())
      for (const exercise of section.exercises)
        if (exercise.type === 'task') problems.push(...(await missAlone(url, lesson, exercise, index)));
  } catch (error) {
    problems.push({ message: messageOf(error) });
  }
  return { slug: lesson.slug, problems, milliseconds: performance.now() - begun };
}

async function walk(url: string, lesson: LessonSource): Promise<ReplayProblem[]> {
  const problems: ReplayProblem[] = [];
  await withLearner(url, lesson, async (learner, shell) => {
    for (const { id } of lesson.exercises)
      if (learner.isDone(id))
        problems.push({ exercise: id, message: 'It is done before anything was done.' });
    for (const [index, section] of sectionsOf(lesson).entries()) {
      await prepare(learner, lesson, index);
      for (const exercise of section.exercises)
        if (exercise.type !== 'task') problems.push(...(await answer(learner, exercise)));
      const early = section.exercises.filter(({ type, id }) => type !== 'quiz' && learner.isDone(id));
      for (const { id } of early)
        if (index > 0)
          problems.push({ exercise: id, message: 'It is done already before the lines that solve it.' });
      for (const file of section.files) await learner.save(file);
      for (const exercise of section.exercises)
        if (exercise.type === 'task')
          problems.push(...(await missOnTheWay({ learner, shell, lesson }, exercise)));
      problems.push(...(await solve(learner, shell, lesson, section)));
    }
  });
  return problems;
}

/** Runs the lines of a section; what is not done soon after is a problem, told with what the server says of it. */
async function solve(
  learner: Learner,
  shell: Shell,
  lesson: LessonSource,
  { exercises, lines }: Section,
): Promise<ReplayProblem[]> {
  const { output, exitCode } =
    lines.trim() === ''
      ? { output: '', exitCode: 0 }
      : await shell.run(withValues(lines, lesson, learner.values), LINES_MAX_MS);
  await learner
    .until(() => exercises.every(({ id }) => learner.isDone(id)), TICK_MAX_MS)
    .catch(() => undefined);
  return exercises
    .filter(({ id }) => !learner.isDone(id))
    .map(({ id }) => {
      const said = learner.saidOf(id).map((sentence) => `  ${sentence}`);
      const printed = output
        .trim()
        .split('\n')
        .slice(-15)
        .map((line) => `  | ${line}`);
      const heading = `It is open after its lines, which ended with ${exitCode}. The task says:`;
      return { exercise: id, message: [heading, ...said, 'and the lines printed:', ...printed].join('\n') };
    });
}

/** A wrong answer must be told apart from a right one; a prediction must be taken, whatever it is. */
async function answer(
  learner: Learner,
  exercise: Exclude<Exercise, { type: 'task' }>,
): Promise<ReplayProblem[]> {
  const { id } = exercise;
  if (exercise.type === 'predict') {
    await learner.answer(id, exercise.choices ? [0] : 'a guess');
    // What is there already is looked at: a prediction that this grades is told as done too early.
    const looked = () => learner.isDone(id) || learner.exercise(id)?.waiting === true;
    await learner.until(looked, TICK_MAX_MS).catch(() => undefined);
    return [];
  }
  const problems: ReplayProblem[] = [];
  const wrong = await learner.answer(id, wrongAnswer(exercise));
  if (wrong.state !== 'wrong')
    problems.push({ exercise: id, message: 'A wrong answer is taken for a right one.' });
  const right = await learner.answer(id, rightAnswer(exercise));
  if (right.state !== 'right')
    problems.push({ exercise: id, message: `The right answer is not taken: ${right.messages.join(' ')}` });
  return problems;
}

function rightAnswer({ choices, example = '' }: Quiz): readonly number[] | string {
  return choices ? choices.flatMap(({ right }, index) => (right ? [index] : [])) : example;
}

function wrongAnswer({ choices }: Quiz): readonly number[] | string {
  if (!choices) return 'surely not this';
  const wrong = choices.findIndex(({ right }) => !right);
  return wrong === -1 ? [] : [wrong];
}

interface Place {
  readonly learner: Learner;
  readonly shell: Shell;
  readonly lesson: LessonSource;
}

/** As learners go wrong: the miss, what is said to it, the way back; the solution comes after. */
async function missOnTheWay(place: Place, task: Task): Promise<ReplayProblem[]> {
  const problems: ReplayProblem[] = [];
  for (const miss of task['near-misses'].filter(({ alone }) => !alone)) {
    problems.push(...(await missOnce(place, task, miss)));
    if (miss.back === undefined) continue;
    const { learner, shell, lesson } = place;
    const { exitCode, output } = await shell.run(withValues(miss.back, lesson, learner.values), LINES_MAX_MS);
    if (exitCode !== 0)
      problems.push({
        exercise: task.id,
        message: `The way back from the near miss \`${miss.run}\` ends with ${exitCode}: ${output.trim()}`,
      });
  }
  return problems;
}

/** Each on a machine of its own, on which all before the task was done. */
async function missAlone(
  url: string,
  lesson: LessonSource,
  task: Task,
  index: number,
): Promise<ReplayProblem[]> {
  const problems: ReplayProblem[] = [];
  for (const miss of task['near-misses'].filter(({ alone }) => alone))
    await withLearner(url, lesson, async (learner, shell) => {
      for (const [place, section] of sectionsOf(lesson).slice(0, index).entries()) {
        await prepare(learner, lesson, place);
        for (const file of section.files) await learner.save(file);
        if (section.lines.trim() !== '')
          await shell.run(withValues(section.lines, lesson, learner.values), LINES_MAX_MS);
      }
      await prepare(learner, lesson, index);
      for (const file of sectionsOf(lesson)[index]?.files ?? []) await learner.save(file);
      problems.push(...(await missOnce({ learner, shell, lesson }, task, miss)));
    });
  return problems;
}

/** The task must stay open, and say what the author says that it says. */
async function missOnce(
  { learner, shell, lesson }: Place,
  { id }: Task,
  { run, says }: NearMiss,
): Promise<ReplayProblem[]> {
  await shell.run(withValues(run, lesson, learner.values), LINES_MAX_MS);
  const said = () => learner.saidOf(id).some((sentence) => sentence.includes(says));
  await learner.until(said, TICK_MAX_MS).catch(() => undefined);
  if (learner.isDone(id)) return [{ exercise: id, message: `The near miss \`${run}\` solves it.` }];
  if (said()) return [];
  const told = learner.saidOf(id).join(' ');
  return [
    { exercise: id, message: `After the near miss \`${run}\` it does not say “${says}”, but: ${told}` },
  ];
}

/** Has the steps that a section reaches made ready, as the page does when a learner comes to them. */
async function prepare(learner: Learner, lesson: LessonSource, index: number): Promise<void> {
  const reached = new Set(sectionsOf(lesson)[index]?.exercises.map(({ step }) => step));
  for (const { id, prepared } of lesson.steps) if (prepared && reached.has(id)) await learner.begin(id);
}

async function withLearner(
  url: string,
  lesson: LessonSource,
  work: (learner: Learner, shell: Shell) => Promise<void>,
): Promise<void> {
  const learner = await Learner.open(url, lesson.slug);
  try {
    await work(learner, await learner.openShell());
  } finally {
    await learner.close();
  }
}
