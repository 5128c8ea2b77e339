import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARTEFACTS, browserMissing, openBrowserOfTest, waitForTerminal } from './browser.ts';
import { openPageServer, violations, type PageServer } from './page-server.ts';
import { settings } from './settings.ts';

/* The workspace on screens of all sizes, and enlarged to two and four times its size. */

const missing = await browserMissing();
if (missing !== null && settings.ci) throw new Error(missing);

const LESSON = '/lessons/first-image';

let server: PageServer;

beforeAll(async () => {
  server = await openPageServer();
});

afterAll(async () => {
  await server.close();
});

async function openLesson(width: number, height: number): Promise<Page> {
  const browser = await openBrowserOfTest({ baseURL: server.url, width, height });
  browser.page.setDefaultTimeout(60_000);
  await browser.page.goto(LESSON);
  await waitForTerminal(browser.page, /[#$] ?$/);
  return browser.page;
}

/** How far the page is wider and higher than the window, in CSS pixels. */
const overflow = (page: Page) =>
  page.evaluate<number[]>(
    `[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]`,
  );

const part = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const isShown = (page: Page, name: string) => part(page, name).getAttribute('aria-expanded');

describe.skipIf(missing !== null)('the workspace', () => {
  it.each([
    [1280, 720],
    [820, 1180],
    [390, 844],
    [640, 360],
    [320, 256],
  ])('fits into a window of %d by %d, with all parts one after the other', async (width, height) => {
    const page = await openLesson(width, height);
    expect(await overflow(page)).toEqual([0, 0]);
    for (const name of ['Map', 'Editor', 'Lesson']) {
      if ((await isShown(page, name)) === 'false') await part(page, name).click();
      expect(await isShown(page, name)).toBe('true');
      await page.locator(`#${name.toLowerCase()}`).waitFor();
      expect(await overflow(page)).toEqual([0, 0]);
    }
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: join(ARTEFACTS, `sizes-${width}.png`) });
  });

  it('leaves room to read where it is enlarged to four times its size', async () => {
    const page = await openLesson(320, 256);
    const room = await page.locator('.lesson').boundingBox();
    expect(room?.height).toBeGreaterThanOrEqual(128);
    expect(
      await page.evaluate(`(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)
      (document.querySelector('.lesson'))`),
    ).toBe(0);
  });

  it('brings the terminal in sight for a command of the lesson, and the focus into it', async () => {
    const page = await openLesson(320, 256);
    await page.locator('slip-command button.run').first().click();
    await waitForTerminal(page, 'docker pull debian');
    await expect
      .poll(() => page.evaluate(`document.activeElement.closest('slip-terminal') !== null`))
      .toBe(true);
    expect(await isShown(page, 'Lesson')).toBe('false');
    await part(page, 'Lesson').click();
    await page.getByRole('heading', { level: 1 }).waitFor();
  });

  it('keeps the chosen tab in sight among more than there is room for', async () => {
    const page = await openLesson(1024, 768);
    for (let count = 2; count <= 6; count += 1) {
      await page.getByRole('button', { name: 'New terminal' }).click();
      await page.getByRole('tab', { name: `Terminal ${count}`, selected: true }).waitFor();
    }
    const hidden = `(([tab, strip]) => tab.right - strip.right)(['.tabs [aria-selected="true"]', '.tabs']
      .map((part) => document.querySelector('slip-terminals ' + part).getBoundingClientRect()))`;
    await expect.poll(() => page.evaluate<number>(hidden)).toBeLessThan(1);
  });

  it('tells by more than colour what is shown, where colours are the system’s', async () => {
    const page = await openLesson(1280, 720);
    await page.emulateMedia({ forcedColors: 'active' });
    const outline = (id: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('[aria-controls="${id}"]')).outlineStyle`);
    expect(await outline('lesson')).toBe('solid');
    expect(await outline('map')).toBe('none');
  });
});
