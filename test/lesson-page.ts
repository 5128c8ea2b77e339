import { expect } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { sectionsOf, type Section } from '../cli/lesson/sections.ts';
import type { Exercise } from '../lessons/exercises.ts';
import type { LessonSource } from '../lessons/schema.ts';
import { typeInTerminal, waitForTerminal } from './browser.ts';

type Task = Extract<Exercise, { type: 'task' }>;

/** A machine, and what a step needs, on a busy host, in milliseconds. */
const READY = { timeout: 180_000 };
/** A build there. */
const DONE = { timeout: 120_000, interval: 50 };
const PROMPT = /# ?$/u;

/** Remembers every layout shift: what moved without being asked to, as the browser itself counts it. */
const WATCH_SHIFTS = `
  window.shifts = [];
  const named = (element) => [element.localName, ...element.classList].join('.');
  // What is in a shadow is not told: there, what is drawn at its place now.
  const drawnAt = ({ x, y }, root = document) => {
    const found = root.elementFromPoint(x + 1, y + 1);
    return found?.shadowRoot && found.shadowRoot !== root ? drawnAt({ x, y }, found.shadowRoot) : found;
  };
  const whereIs = (node, rect) => {
    const element = node ? (node.nodeType === 1 ? node : node.parentElement) : drawnAt(rect);
    if (!element) return 'something out of sight';
    return [element.getRootNode().host, element.parentElement, element].filter(Boolean).map(named).join(' ');
  };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      for (const { node, previousRect, currentRect } of entry.sources)
        window.shifts.push({
          node: whereIs(node, currentRect),
          at: [previousRect, currentRect].map(({ x, y, width, height }) => [x, y, width, height].map(Math.round)),
        });
  }).observe({ type: 'layout-shift', buffered: true });
`;

interface Shift {
  readonly node: string;
  readonly at: readonly (readonly [x: number, y: number, width: number, height: number])[];
}

/**
 * Takes a lesson in the page as a learner does: with the mouse in its text, and a keyboard in the terminal. Wrong turns
 * that a lesson knows are taken, too. Returns what moved in the lesson while a task came to be done.
 */
export async function takeLesson(page: Page, lesson: LessonSource): Promise<Shift[]> {
  await page.addInitScript(WATCH_SHIFTS);
  await page.goto(`/lessons/${lesson.slug}`);
  await waitForTerminal(page, PROMPT, READY.timeout);
  const moved: Shift[] = [];
  for (const section of sectionsOf(lesson)) moved.push(...(await takeSection(page, lesson, section)));
  await page.locator('#lesson-end').waitFor();
  // Out of sight, the first task is folded to its title.
  await expect.poll(() => page.locator('slip-task').first().locator('.findings').count()).toBe(0);
  return moved;
}

async function takeSection(page: Page, lesson: LessonSource, section: Section): Promise<Shift[]> {
  const [exercise] = section.exercises;
  if (!exercise) return [];
  const step = page.locator('.step').nth(lesson.steps.findIndex(({ id }) => id === exercise.step));
  const prepared = lesson.steps.find(({ id }) => id === exercise.step)?.prepared === true;
  if (prepared) await step.getByText('What this step needs is ready.').waitFor(READY);
  for (const file of section.files) await page.locator('slip-file').nth(file).getByText('Save it').click();
  if (exercise.type !== 'task') return answer(page, lesson, exercise);
  const task = page.locator('slip-task').nth(lesson.tasks.findIndex(({ id }) => id === exercise.id));
  await takeWrongTurns(page, task, exercise);
  await atPrompt(page);
  await offerSolution(task, exercise);
  return whatMoves(page, task, async () => {
    await typeInTerminal(page, exercise.replay === undefined ? '\r' : `${exercise.replay}\r`);
    await expect.poll(() => task.getAttribute('done'), DONE).not.toBeNull();
  });
}

/** What still runs could take keys for its own. A command that does not end by itself is none of those. */
async function atPrompt(page: Page): Promise<void> {
  await waitForTerminal(page, PROMPT).catch(() => undefined);
}

/** Those that the page can be told of without the learner's own values. */
async function takeWrongTurns(page: Page, task: Locator, { 'near-misses': misses }: Task): Promise<void> {
  for (const { run, says, back = ':', alone } of misses) {
    if (alone || run.includes('{{')) continue;
    await atPrompt(page);
    await typeInTerminal(page, `${run}\r`);
    await task
      .getByText(says.replaceAll('`', ''))
      .or(task.getByText(firstWords(says)))
      .first()
      .waitFor(DONE);
    await atPrompt(page);
    await typeInTerminal(page, `${back}\rclear\r`);
    expect(await task.getAttribute('done'), run).toBeNull();
  }
}

/** The longest part without code: the page shows code in elements of its own. */
function firstWords(says: string): string {
  return (
    says
      .split('`')
      .filter((_, index) => index % 2 === 0)
      .toSorted((one, other) => other.length - one.length)[0] ?? says
  );
}

/** All hints, and then the solution at the prompt. */
async function offerSolution(task: Locator, { hints, replay }: Task): Promise<void> {
  const rungs = hints.filter((hint) => typeof hint === 'string' || hint.when === undefined).length;
  for (let rung = 0; rung <= rungs; rung += 1) await task.locator('button.more').click();
  await task.getByText('Place it at the prompt').scrollIntoViewIfNeeded();
  if (replay === undefined) await task.getByText('Place it at the prompt').click();
}

async function answer(
  page: Page,
  lesson: LessonSource,
  exercise: Exclude<Exercise, { type: 'task' }>,
): Promise<Shift[]> {
  const questions = lesson.exercises.filter(({ type }) => type !== 'task');
  const question = page.locator('slip-question').nth(questions.findIndex(({ id }) => id === exercise.id));
  if (exercise.type === 'predict') {
    if (exercise.choices) await question.locator('input').first().check();
    else await question.locator('input').fill('a guess');
    await question.getByRole('button', { name: 'Predict' }).click();
    await question.getByText('Noted.').waitFor();
    // A quiz may have a command after it, too.
    const command = question.locator('xpath=following-sibling::*[1]');
    await command.getByRole('button', { name: /Run/u }).click();
    await expect.poll(() => question.getAttribute('done'), DONE).not.toBeNull();
    return [];
  }
  const wrong = exercise.choices?.findIndex(({ right }) => !right) ?? -1;
  if (wrong >= 0) {
    await question.locator('input').nth(wrong).check();
    await question.getByRole('button', { name: 'Answer' }).click();
    await question.getByText('Try again.').first().waitFor();
    if (exercise.many) await question.locator('input').nth(wrong).uncheck();
  }
  if (exercise.choices)
    for (const [index, { right }] of exercise.choices.entries())
      if (right) await question.locator('input').nth(index).check();
  if (!exercise.choices) await question.locator('input').fill(exercise.example ?? '');
  await question.getByRole('button', { name: 'Answer' }).click();
  await expect.poll(() => question.getAttribute('done'), DONE).not.toBeNull();
  return [];
}

/**
 * What moved in the lesson's pane during `work`, outside of the task itself, whether or not keys were pressed shortly
 * before.
 */
async function whatMoves(page: Page, task: Locator, work: () => Promise<void>): Promise<Shift[]> {
  // Two frames: whatever was unfolded before is drawn.
  const drawn = `new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))`;
  const count = await page.evaluate<number>(`${drawn}.then(() => window.shifts.length)`);
  await work();
  const shifts = await page.evaluate<Shift[]>(`${drawn}.then(() => window.shifts.slice(${count}))`);
  const pane = await page.locator('slip-lesson').boundingBox();
  const own = await task.boundingBox();
  if (!pane || !own) throw new Error('The lesson is not to be seen.');
  const isOwn = ([, y, , height]: Shift['at'][number]) =>
    y >= own.y - 1 && y + height <= own.y + own.height + 1;
  // The place in the text of a stuck header changes as the text below it is scrolled: told as a shift, and none to be seen.
  const isSeen = (at: Shift['at']) => String(at[0]) !== String(at[1]);
  return shifts.filter(
    ({ at }) => isSeen(at) && at.some(([x]) => x < pane.x + pane.width) && !at.every(isOwn),
  );
}
