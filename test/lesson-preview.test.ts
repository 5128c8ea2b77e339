import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { browserMissing, openBrowser, type TestBrowser } from './browser.ts';
import { makeDataFolder, removeDataFolder, runSlipway, type Command } from './service.ts';
import { settings } from './settings.ts';

/** `slipway lesson preview` as an author has it open beside an editor. */

const missing = await browserMissing();
if (missing !== null && settings.ci) throw new Error(missing);

const WAIT = { timeout: 60_000 };

describe.skipIf(missing !== null)('a lesson that its author looks at', () => {
  let dataDir = '';
  let folder = '';
  let file = '';
  let text = '';
  let preview: Command;
  let browser: TestBrowser | undefined;

  beforeAll(async () => {
    dataDir = await makeDataFolder();
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-preview-'));
    const from = path.join(settings.project, 'lessons');
    await cp(path.join(from, '01-first-image'), path.join(folder, '01-first-image'), { recursive: true });
    await cp(path.join(from, 'errors.yaml'), path.join(folder, 'errors.yaml'));
    await writeFile(
      path.join(folder, 'groups.yaml'),
      '- title: All\n  summary: One of them.\n  lessons: [first-image]\n',
    );
    file = path.join(folder, '01-first-image/lesson.md');
    text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('kind: image-exists', 'kind: image-exist'));
    const where = ['--folder', folder, '--data-dir', dataDir, '--port', '0', '--content-trust', 'off'];
    preview = runSlipway(['lesson', 'preview', 'first-image', ...where]);
    await vi.waitFor(() => expect(preview.printed()).toContain('The lessons are at'), 240_000);
    const url = /The lessons are at (\S+)\/lessons/u.exec(preview.printed())?.[1] ?? '';
    browser = await openBrowser({ baseURL: url, width: 1200, height: 800 });
  });

  afterAll(async () => {
    await browser?.close();
    preview.child.kill('SIGINT');
    await preview.ended;
    await removeDataFolder(dataDir);
    await rm(folder, { recursive: true });
  });

  it('cannot be read, and says where and why; mended, it is there by itself', async () => {
    const page = pageOf(browser);
    await page.goto('/lessons/first-image');
    const problems = page.locator('.lesson-problems');
    await problems.getByText('Did you mean image-exists?').waitFor(WAIT);
    expect(await problems.locator('li > code').first().textContent()).toMatch(
      /^01-first-image\/lesson\.md:\d+$/u,
    );
    await writeFile(file, text);
    await page.getByRole('heading', { name: 'Your first image' }).waitFor(WAIT);
    await problems.waitFor({ state: 'detached', ...WAIT });
  });

  it('is broken while it is open: the text stays, with what is wrong above it, until it is mended', async () => {
    const page = pageOf(browser);
    const problems = page.locator('.lesson-problems');
    await page.locator('slip-task').first().waitFor(WAIT);
    await writeFile(file, text.replace('level: beginner', 'level: easy'));
    await problems.getByText('level').first().waitFor(WAIT);
    expect(await page.getByRole('heading', { name: 'Your first image' }).isVisible()).toBe(true);
    await writeFile(file, text.replace('title: Your first image', 'title: Mended'));
    await page.getByRole('heading', { name: 'Mended' }).waitFor(WAIT);
    await problems.waitFor({ state: 'detached', ...WAIT });
  });

  it('is not hidden among what the machines do', () => {
    expect(preview.printed()).not.toMatch(/ info /u);
  });
});

function pageOf(browser: TestBrowser | undefined): TestBrowser['page'] {
  if (!browser) throw new Error('The preview did not start.');
  return browser.page;
}
