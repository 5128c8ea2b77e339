import { readFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  ARTEFACTS,
  browserMissing,
  openBrowser,
  typeInTerminal,
  waitForTerminal,
  type TestBrowser,
} from './browser.ts';
import { openCuttableWay, type CuttableWay } from './cuttable.ts';
import { violations } from './page-server.ts';
import { makeDataFolder, removeDataFolder, startService, type Service } from './service.ts';
import { settings } from './settings.ts';

/** "Your first image" as a learner solves it: typed into the terminal of the page, on a machine of `slipway start`. */

const missing = await browserMissing();
if (missing !== null && settings.ci) throw new Error(missing);

const OUTSIDE = /~ (?:\d+ )?# ?$/u;
const POLLING = { timeout: 60_000, interval: 50 };
const INSIDE = /root@[0-9a-f]{12}:\/# ?$/u;

/** What to type for each task of the lesson, what the terminal then ends with, and the task that is done by it. */
const SOLUTION: readonly (readonly [task: string | undefined, line: string, shows: RegExp])[] = [
  ['pull', 'docker pull debian', /docker\.io\/library\/debian:latest\s/u],
  ['run', 'docker run -it --name workshop debian', INSIDE],
  [undefined, `printf '#!/bin/sh\\necho "Hello from my first image!"\\n' > /usr/local/bin/greet`, INSIDE],
  ['add', 'chmod +x /usr/local/bin/greet; greet', /^Hello from my first image!/mu],
  ['diff', "echo 'Built by hand.' >> /etc/motd; rm /etc/issue.net", INSIDE],
  [undefined, 'exit', OUTSIDE],
  [undefined, 'docker diff workshop', /^A \/usr\/local\/bin\/greet/mu],
  [
    'commit',
    'docker commit -m "Add greet" -a "Ann <ann@example.com>" workshop greeter:1',
    /^sha256:[0-9a-f]{64}/mu,
  ],
  ['use', 'clear; docker run greeter:1 greet', /^Hello from my first image!/mu],
  ['unchanged', 'docker run debian greet', /executable file not found/u],
  [undefined, 'clear; docker history greeter:1', /Add greet/u],
  [
    'default',
    `docker commit -m "Greet by default" -a Ann --change 'CMD ["greet"]' workshop greeter:2`,
    /^sha256:/mu,
  ],
];

describe.skipIf(missing !== null)('the lesson “Your first image”', () => {
  let dataDir = '';
  let service: Service;
  let way: CuttableWay;
  let browser: TestBrowser;

  beforeAll(async () => {
    dataDir = await makeDataFolder();
    service = await startService(dataDir);
    way = await openCuttableWay(service.port);
    await mkdir(ARTEFACTS, { recursive: true });
    browser = await openBrowser({ baseURL: `http://127.0.0.1:${way.port}`, width: 1440, height: 900 });
  });

  afterAll(async () => {
    await browser.close();
    await way.close();
    expect(await service.stop()).toBe(0);
    await removeDataFolder(dataDir);
  });

  async function typeLine(page: Page, [task, line, shows]: (typeof SOLUTION)[number]): Promise<void> {
    const before = await ticks(page);
    await typeInTerminal(page, `${line}\r`);
    await waitForTerminal(page, shows, 60_000);
    if (task === undefined) return;
    await expect.poll(async () => ticks(page), POLLING).toBeGreaterThan(before);
  }

  it('opens from the list of lessons with a shell that waits', async () => {
    const { page } = browser;
    await page.goto('/');
    await page.getByText('Your first image').first().waitFor();
    await page.locator('.card a').first().click();
    await waitForTerminal(page, OUTSIDE, 60_000);
    expect(await page.locator('slip-task').count()).toBeGreaterThanOrEqual(6);
    expect(await ticks(page)).toBe(0);
  });

  it('ticks its first tasks while they are typed', async () => {
    for (const step of SOLUTION.slice(0, 4)) await typeLine(browser.page, step);
    await picture(browser.page, 'lesson-light');
  });

  it('keeps terminal and ticks over a reload, inside the container', async () => {
    const { page } = browser;
    const before = await ticks(page);
    await page.reload();
    await waitForTerminal(page, INSIDE);
    await waitForTerminal(page, /Hello from my first image!/u);
    await expect.poll(async () => ticks(page), POLLING).toBe(before);
    for (const step of SOLUTION.slice(4, 7)) await typeLine(page, step);
  });

  it('comes back after a cut connection, with what happened meanwhile', async () => {
    const { page } = browser;
    await typeInTerminal(page, 'sleep 2; docker ps -a --format "{{.Names}} was here"\r');
    await waitForTerminal(page, 'sleep 2; docker ps');
    way.cut();
    await page.locator('.status-light').getByText('Reconnecting').waitFor();
    await page.waitForTimeout(2500);
    way.mend();
    await page.locator('.status-light').getByText('Running').waitFor({ timeout: 60_000 });
    const screen = await waitForTerminal(page, /^workshop was here/mu);
    expect(screen.match(/^workshop was here/gmu)).toHaveLength(1);
  });

  it('is solved to its end', async () => {
    const { page } = browser;
    for (const step of SOLUTION.slice(7)) await typeLine(page, step);
    await typeInTerminal(
      page,
      'clear; docker run --rm greeter:2; docker image ls; docker history greeter:2 | head -4\r',
    );
    await waitForTerminal(page, /Greet by default/u);
    const all = await page.locator('slip-task').count();
    await expect.poll(async () => ticks(page), POLLING).toBe(all);
    expect(browser.errors.filter((error) => !error.includes('ERR_'))).toEqual([]);
  });

  it('looks right in light and dark', async () => {
    const { page } = browser;
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await picture(page, `lesson-done-${colorScheme}`);
    }
    // The picture of the README: `SCREEN=1 npm run test:system -- test/lesson.test.ts` renews it.
    if (settings.screen)
      await copyFile(
        path.join(ARTEFACTS, 'lesson-light.png'),
        path.join(settings.project, 'docs/screen.png'),
      );
  });

  it('says what a message in the terminal means, and can put that away', async () => {
    const { page } = browser;
    await typeInTerminal(page, 'clear; docker rmi greeter:9\r');
    const card = page.locator('slip-explanation');
    await card.getByText('There is no such image on this machine').waitFor();
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await picture(page, `explanation-${colorScheme}`);
      expect(await violations(page, 'slip-terminals')).toEqual([]);
    }
    await card.getByRole('button').press('Escape');
    await card.locator('.explanation').waitFor({ state: 'detached' });
    await typeInTerminal(page, 'clear\r');
  });

  it('is brought back to how it was, after everything on the machine was broken', async () => {
    const { page } = browser;
    const done = await ticks(page);
    await typeInTerminal(
      page,
      'clear; echo kept > note; docker start workshop; docker ps --format "{{.Names}} runs"\r',
    );
    await waitForTerminal(page, /^workshop runs/mu);
    const undo = page.locator('slip-moments');
    await page.locator('.status-light').click();
    await page.keyboard.press('u');
    await undo.getByRole('button', { name: 'Keep the machine as it is now' }).click();
    await undo.getByText('Kept by you').waitFor();
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await picture(page, `undo-${colorScheme}`);
      expect(await violations(page, 'slip-status')).toEqual([]);
    }
    // It ends in no prompt: the next one is of the shell on the machine that was brought back.
    await typeInTerminal(
      page,
      'docker rm -f workshop; docker system prune -af; rm -rf note /usr/bin/docker; sleep 1d\r',
    );
    await waitForTerminal(page, /Total reclaimed space/u);
    await undo.getByRole('button', { name: /^Go back to: Kept by you/u }).click();
    await undo.locator('.cancel:focus').waitFor();
    await picture(page, 'undo-asks');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await waitForTerminal(page, OUTSIDE, 60_000);
    await typeInTerminal(
      page,
      'cat note; docker ps --format "{{.Names}} is back"; docker run --rm greeter:2\r',
    );
    const screen = await waitForTerminal(page, /^Hello from my first image!/mu, 60_000);
    expect(screen).toMatch(/^kept\s+workshop is back/mu);
    expect(await ticks(page)).toBe(done);
  });

  it('belongs to this browser alone', async () => {
    const { page } = browser;
    const session = await page.evaluate<string>(
      `fetch('/api/sessions').then((answer) => answer.json()).then(([first]) => first.id)`,
    );
    const other = await fetch(`${service.url}/api/sessions/${session}/reset`, {
      method: 'POST',
      headers: { Origin: service.url },
    });
    expect(other.status).toBe(404);
    const theirs = await fetch(`${service.url}/api/sessions`);
    expect(await theirs.text()).toBe('[]');
  });

  it('is still there after the service was restarted', async () => {
    const { page } = browser;
    expect(await service.stop()).toBe(0);
    service = await startService(dataDir, ['--port', String(service.port)]);
    await page.reload();
    await waitForTerminal(page, OUTSIDE, 60_000);
    await typeInTerminal(page, 'docker run --rm greeter:2\r');
    await waitForTerminal(page, /^Hello from my first image!/mu, 60_000);
    expect(await page.locator('slip-task:not([done])').count()).toBe(0);
  });

  it('goes back to the start of a step, with all that comes before it', async () => {
    const { page } = browser;
    await page.getByRole('button', { name: 'Go back to here' }).nth(2).click();
    await page.locator('slip-confirm .answers .danger').click();
    // As the third step began; from there on all is to do.
    await expect.poll(async () => ticks(page), { timeout: 60_000, interval: 50 }).toBe(2);
    await waitForTerminal(page, OUTSIDE, 60_000);
    await typeInTerminal(page, 'clear; docker ps --format "{{.Names}} is here"; docker image ls\r');
    const screen = await waitForTerminal(page, /^workshop is here/mu, 60_000);
    expect(screen).not.toContain('greeter');
  });

  it('types what the lesson says', () => {
    const lesson = readFileSync(path.join(settings.project, 'lessons/01-first-image/lesson.md'), 'utf8');
    const tasks = [...lesson.matchAll(/^```task\nid: (\S+)$/gmu)].map((match) => match[1]);
    expect(SOLUTION.flatMap(([task]) => task ?? [])).toEqual(tasks);
  });
});

/** Tasks that are done; counted from outside, because the page's policy lets nothing be evaluated in it. */
async function ticks(page: Page): Promise<number> {
  return page.locator('slip-task[done]').count();
}

async function picture(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(400);
  await page.screenshot({ path: path.join(ARTEFACTS, `${name}.png`) });
}
