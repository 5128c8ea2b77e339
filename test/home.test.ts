import { AxeBuilder } from '@axe-core/playwright';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLessons } from '../lessons/reader.ts';
import { Log } from '../server/operations/log.ts';
import { ServerOptions } from '../server/options.ts';
import type { ProgressFile } from '../server/protocol.ts';
import { openServer, type RunningServer } from '../server/server.ts';
import { MemorySupervisor } from '../server/testing/supervisor.ts';
import { ARTEFACTS, browserMissing, openBrowserOfTest, type BrowserOptions } from './browser.ts';
import { settings } from './settings.ts';

/** The front page: the catalogue, what comes next, and a learner's progress that outlives the browser. */

const missing = await browserMissing();
if (missing !== null && settings.ci) throw new Error(missing);

const LESSONS = join(import.meta.dirname, '../lessons');
const lessons = [...(await readLessons(LESSONS)).lessons.values()];
const [first, second] = lessons;
const SIZES = [
  [1280, 720],
  [820, 1180],
] as const;

let folder: string;
let supervisor: MemorySupervisor;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-home-'));
  await mkdir(ARTEFACTS, { recursive: true });
  const webDir = join(folder, 'web');
  await build({ root: join(import.meta.dirname, '../web'), logLevel: 'error', build: { outDir: webDir } });
  supervisor = new MemorySupervisor(join(folder, 'engines'));
  const options = ServerOptions.parse({
    host: '127.0.0.1',
    port: 0,
    webDir,
    lessonsDir: LESSONS,
    stateDir: join(folder, 'state'),
  });
  server = await openServer(
    options,
    supervisor,
    (message, error) => console.error(message, error ?? ''),
    new Log({ format: 'text', level: 'error', write: (line) => console.error(line) }),
  );
});

afterAll(async () => {
  await server.close();
  await supervisor.close();
  await rm(folder, { recursive: true, force: true });
});

async function openHome(options: BrowserOptions = {}, path = '/'): Promise<Page> {
  const browser = await openBrowserOfTest({ baseURL: server.url, ...options });
  await browser.page.goto(path);
  await browser.page.locator('.card').first().waitFor();
  return browser.page;
}

/** A file in which the first lesson is done, and the second is under way. */
async function progressFile(): Promise<string> {
  const now = '2026-01-02T03:04:05.000Z';
  const common = { startedAt: now, seenAt: now };
  const file: ProgressFile = {
    format: 'slipway-progress',
    version: 1,
    exportedAt: now,
    lessons: {
      [first?.slug ?? '']: { ...common, done: [], step: null, finishedAt: now },
      [second?.slug ?? '']: {
        ...common,
        done: [second?.exercises[0]?.id ?? ''],
        step: second?.steps[1]?.id ?? null,
        finishedAt: null,
      },
      'taken-elsewhere': { ...common, done: ['x'], step: null, finishedAt: null },
    },
  };
  const path = join(folder, 'progress.json');
  await writeFile(path, JSON.stringify(file));
  return path;
}

async function bringProgress(page: Page): Promise<void> {
  await page.locator('slip-kept-progress input[type="file"]').setInputFiles(await progressFile());
  await page.getByText('Progress of 2 lessons was brought. Not known here: taken-elsewhere.').waitFor();
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** Nothing may be wider than the page at any size. */
async function pictures(page: Page, name: string): Promise<void> {
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    const wider = await page.evaluate<boolean>(
      'document.documentElement.scrollWidth > document.documentElement.clientWidth',
    );
    expect(wider).toBe(false);
    await page.screenshot({ path: join(ARTEFACTS, `home-${name}-${width}.png`), fullPage: true });
  }
}

describe.skipIf(missing !== null)('the front page', () => {
  describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
    it('anyone can use it, with and without progress, at every size', async () => {
      const page = await openHome({ colorScheme });
      expect(await violations(page)).toEqual([]);
      await pictures(page, `new-${colorScheme}`);
      await bringProgress(page);
      await page.locator('.card.is-done').waitFor();
      expect(await violations(page)).toEqual([]);
      await pictures(page, `begun-${colorScheme}`);
    });
  });

  it('says what comes first, what one can do after it, and that machines can be had', async () => {
    const page = await openHome();
    await page.locator('.service.is-ready').waitFor();
    const next = page.locator('.next');
    expect(await next.locator('h2').textContent()).toBe(first?.title);
    expect(await next.locator('.outcomes li').count()).toBe(first?.outcomes.length);
    await next.getByRole('link', { name: /^Start/u }).click();
    await page.waitForURL(`**/lessons/${first?.slug ?? ''}`);
    await page.locator('slip-lesson h1').waitFor();
  });

  it('lists every lesson once', async () => {
    const page = await openHome();
    const links = await Promise.all(
      (await page.locator('.card a').all()).map(async (link) => link.getAttribute('href')),
    );
    expect(links.toSorted()).toEqual(lessons.map(({ slug }) => `/lessons/${slug}`).toSorted());
  });

  it('goes on where the learner was, in a browser that was brought the file', async () => {
    const page = await openHome();
    await bringProgress(page);
    const next = page.locator('.next');
    await next.getByText('Go on where you were').waitFor();
    expect(await next.locator('h2').textContent()).toBe(second?.title);
    await next.getByText(`You were at “${second?.steps[1]?.title ?? ''}”.`).waitFor();
    expect(await page.locator('.card.is-begun .card-state').textContent()).toBe(
      `1 of ${second?.exercises.length ?? 0} done`,
    );
    // And out again, as a file.
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Save as a file' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('slipway-progress.json');
    const saved = JSON.parse(await readFile(await download.path(), 'utf8')) as ProgressFile;
    expect(Object.keys(saved.lessons).toSorted()).toEqual([first?.slug, second?.slug].toSorted());
  });

  it('refuses what is no file of progress', async () => {
    const page = await openHome();
    const path = join(folder, 'other.json');
    await writeFile(path, '{"format": "something else"}');
    await page.locator('slip-kept-progress input[type="file"]').setInputFiles(path);
    await page.getByText('This is not a file of progress that Slipway has written.').waitFor();
  });

  it('forgets all of it when asked', async () => {
    const page = await openHome();
    await bringProgress(page);
    await page.locator('slip-confirm[label="Forget"] button').click();
    await page.locator('slip-confirm[label="Forget"] button.danger').click();
    await page.getByText('Your progress is forgotten.').waitFor();
    await page.locator('.card.is-done').waitFor({ state: 'detached' });
  });

  it('filters with the keyboard alone, and keeps the filter in the address', async () => {
    const page = await openHome();
    await bringProgress(page);
    await page.getByLabel('Not done yet').focus();
    await page.keyboard.press('Space');
    await page.locator(`.card a[href="/lessons/${first?.slug ?? ''}"]`).waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?open=1');
    await page.reload();
    await page.locator('.card').first().waitFor();
    expect(await page.getByLabel('Not done yet').isChecked()).toBe(true);
    await page.getByLabel('Level').selectOption('advanced');
    const advanced = lessons.filter(({ level }) => level === 'advanced').length;
    await expect.poll(() => page.locator('.card').count()).toBe(advanced);
    expect(new URL(page.url()).search).toBe('?level=advanced&open=1');
  });

  it('can be walked by keyboard to a lesson and to a bare machine', async () => {
    const page = await openHome();
    const seen = new Set<string>();
    for (let press = 0; press < 60 && !seen.has('/machine'); press += 1) {
      await page.keyboard.press('Tab');
      seen.add(await page.evaluate<string>("document.activeElement?.getAttribute('href') ?? ''"));
    }
    expect([...seen]).toEqual(expect.arrayContaining(['/hub', `/lessons/${first?.slug ?? ''}`, '/machine']));
  });
});
