import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { readLessons } from '../lessons/reader.ts';
import { ARTEFACTS, browserMissing, openBrowser } from './browser.ts';
import { takeLesson } from './lesson-page.ts';
import { makeDataFolder, removeDataFolder, startService, type Service } from './service.ts';
import { settings } from './settings.ts';

/** Lessons taken in the page, wrong turns included: one in the short form, all in the long one. */

const missing = await browserMissing();
if (missing !== null && settings.ci) throw new Error(missing);

const { lessons } = await readLessons(path.join(settings.project, 'lessons'));

/** Needs an image that is built for another test. */
const ELSEWHERE = 'own-registry';
const taken = [...lessons.values()].filter(({ slug }) =>
  settings.long ? slug !== ELSEWHERE : slug === 'images-and-containers',
);

describe.skipIf(missing !== null)('in the page', () => {
  let folder = '';
  let service: Service | undefined;

  beforeAll(async () => {
    folder = await makeDataFolder();
    service = await startService(folder);
    await mkdir(ARTEFACTS, { recursive: true });
  });

  afterAll(async () => {
    await service?.stop();
    await removeDataFolder(folder);
  });

  test.each(taken)(
    'the lesson $slug is taken, nothing moves when ticks appear, and its place is found again',
    async (lesson) => {
      const browser = await openBrowser({ baseURL: service?.url ?? '', width: 1440, height: 900 });
      const { page } = browser;
      expect(await takeLesson(page, lesson)).toEqual([]);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: path.join(ARTEFACTS, `taken-${lesson.slug}-${colorScheme}.png`) });
      }
      // Somewhere in the middle, as whoever closes the page leaves it.
      const [, , third] = lesson.steps;
      const told = page.waitForResponse((response) =>
        response.url().endsWith(`/api/progress/${lesson.slug}`),
      );
      await page
        .locator(`#step-${third?.id ?? ''}`)
        .evaluate((heading) => (heading as unknown as { scrollIntoView(): void }).scrollIntoView());
      expect((await told).status()).toBe(204);
      await page.reload();
      await page.getByText(`You were at step 3, “${third?.title ?? ''}”.`).waitFor();
      const heading = await page.locator(`#step-${third?.id ?? ''}`).boundingBox();
      expect(heading?.y).toBeGreaterThan(0);
      expect(heading?.y).toBeLessThan(450);
      expect(browser.errors).toEqual([]);
      await browser.close();
    },
    600_000,
  );
});
