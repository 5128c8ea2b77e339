import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Exercise } from '../lessons/exercises.ts';
import { readLessons } from '../lessons/reader.ts';
import { browserMissing, openBrowser, waitForTerminal, waitForTruth, type TestBrowser } from './browser.ts';
import { makeDataFolder, removeDataFolder, startService, type Service } from './service.ts';
import { settings } from './settings.ts';

/*
 * From the front page through the first lesson and back, with a keyboard and nothing else. Whatever Tab comes to on the
 * way is seen to have the focus, is not covered, and lets go of it again.
 */

const missing = await browserMissing();
if (missing !== null && settings.ci) throw new Error(missing);

const SLUG = 'first-image';
const PROMPT = /# ?$/u;
/** Of anything that Docker does, on a busy host. */
const DONE = { timeout: 120_000, interval: 50 };
/** More than the longest way from one thing to another. */
const STOPS_MAX = 120;

/** What has the focus, also inside of elements with a shadow. */
const FOCUSED = `(() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
})()`;

/** What is wrong with the element that has the focus: nothing, an empty text. */
const FAULT = `((element) => {
  if (!element || element === document.body) return '';
  const outlined = [getComputedStyle(element), getComputedStyle(element, '::after')].some(
    ({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && parseFloat(outlineWidth) > 0,
  );
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const seen = [[(left + right) / 2, (top + bottom) / 2], [left + 2, top + 2], [right - 2, bottom - 2]].some(([x, y]) => {
    let at = document.elementFromPoint(x, y);
    while (at?.shadowRoot?.elementFromPoint(x, y) && at.shadowRoot.elementFromPoint(x, y) !== at)
      at = at.shadowRoot.elementFromPoint(x, y);
    return at && (element.contains(at) || at.contains(element) || element.getRootNode().host?.contains(at));
  });
  const name = element.localName + ' ' + (element.getAttribute('aria-label') ?? element.textContent).trim().slice(0, 60);
  return (outlined ? '' : name + ' does not show the focus. ') + (seen ? '' : name + ' is out of sight.');
})(${FOCUSED})`;

let dataDir = '';
let service: Service;
let browser: TestBrowser;
let page: Page;

const matches = (selector: string): Promise<boolean> =>
  page.evaluate<boolean>(`Boolean(${FOCUSED}?.matches(${JSON.stringify(selector)}))`);

const inTerminal = () => waitForTruth(page, `document.activeElement?.matches('.xterm-helper-textarea')`);

/** Presses Tab until what has the focus matches. */
async function tabTo(selector: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    await page.keyboard.press(key);
    expect(await page.evaluate<string>(FAULT)).toBe('');
    if (await matches(selector)) return;
  }
  throw new Error(`${key} does not lead to ${selector}.`);
}

/** The commands of a task, typed where the keyboard is: in the terminal. */
async function typeTask({ replay, solution }: Extract<Exercise, { type: 'task' }>): Promise<void> {
  const done = await page.locator('slip-task[done]').count();
  await page.keyboard.type(`clear; ${replay ?? solution ?? ''}\r`);
  await expect.poll(() => page.locator('slip-task[done]').count(), DONE).toBe(done + 1);
  await waitForTerminal(page, PROMPT, DONE.timeout);
}

describe.skipIf(missing !== null)('the keyboard alone', () => {
  beforeAll(async () => {
    dataDir = await makeDataFolder();
    service = await startService(dataDir);
    browser = await openBrowser({ baseURL: service.url });
    page = browser.page;
  });

  afterAll(async () => {
    await (browser as TestBrowser | undefined)?.close();
    await (service as Service | undefined)?.stop();
    await removeDataFolder(dataDir);
  });

  it('opens the first lesson, at its title', async () => {
    await page.goto('/');
    await page.locator('.card').first().waitFor();
    await tabTo(`.next a[href="/lessons/${SLUG}"]`);
    await page.keyboard.press('Enter');
    await waitForTruth(page, `document.activeElement?.matches('slip-lesson h1')`, DONE.timeout);
    await waitForTerminal(page, PROMPT, DONE.timeout);
    // A machine that is there takes nothing from whoever reads.
    expect(await matches('slip-lesson h1')).toBe(true);
  });

  it('shows the keys, and goes back to where it was', async () => {
    await page.keyboard.press('?');
    await waitForTruth(page, `document.activeElement?.matches('.help:popover-open')`);
    await tabTo('.help input');
    await page.keyboard.press('Escape');
    await waitForTruth(page, `document.activeElement?.matches('slip-lesson h1')`);
  });

  it('runs a command of the lesson, leaves the terminal, and is at that command again', async () => {
    await tabTo('button.run');
    await page.keyboard.press('Enter');
    await inTerminal();
    await page.locator('slip-task[done]').first().waitFor({ timeout: DONE.timeout });
    await page.keyboard.press('F6');
    await waitForTruth(page, `${FOCUSED}?.matches('button.run')`);
    await tabTo('button.run');
    await page.keyboard.press('F6');
    await page.keyboard.press('F6');
    await inTerminal();
  });

  it('does the tasks of the lesson, and answers its question', async () => {
    const lesson = (await readLessons(path.join(settings.project, 'lessons'))).lessons.get(SLUG);
    const [, ...tasks] = (lesson?.exercises ?? []).filter((each) => each.type === 'task');
    for (const task of tasks) await typeTask(task);
    await page.keyboard.press('F6');
    await tabTo('input[type="radio"]');
    await page.keyboard.press('ArrowDown');
    await tabTo('button');
    await page.keyboard.press('Enter');
    await page.locator('#lesson-end').waitFor(DONE);
    expect(await page.locator('slip-task:not([done])').count()).toBe(0);
  });

  it('opens and closes what the map tells of something', async () => {
    await page.keyboard.press('m');
    await waitForTruth(page, `document.activeElement?.closest('slip-map-pane')`);
    await page.locator('.map-item.registry').first().waitFor({ timeout: DONE.timeout });
    await tabTo('.map-item');
    const item = await page.evaluate<string>(`document.activeElement.dataset.key`);
    await page.keyboard.press('Enter');
    await waitForTruth(page, `document.activeElement?.matches('.map-detail h3')`);
    await page.keyboard.press('Escape');
    await waitForTruth(page, `document.activeElement?.dataset.key === ${JSON.stringify(item)}`);
    await page.keyboard.press('m');
    await waitForTruth(page, `document.activeElement?.closest('slip-lesson')`);
  });

  it('goes back to the list of lessons', async () => {
    await tabTo('.lesson-end a');
    await page.keyboard.press('Enter');
    await page.locator('.card.is-done').waitFor();
    await waitForTruth(page, `document.activeElement?.matches('h1')`);
    expect(browser.errors).toEqual([]);
  });

  it('leaves single characters alone for those who want none', async () => {
    await page.goto(`/lessons/${SLUG}`);
    await waitForTerminal(page, PROMPT, DONE.timeout);
    await page.locator('slip-help button').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox', { name: /^Keys of one character/u }).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Escape');
    for (const key of ['?', 'u', 'm']) await page.keyboard.press(key);
    expect(await page.locator('.help:popover-open, .moments, slipway-map').count()).toBe(0);
  });
});
