import { AxeBuilder } from '@axe-core/playwright';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hashAdminToken } from '../server/operations/admin-token.ts';
import { Log } from '../server/operations/log.ts';
import { ServerOptions } from '../server/options.ts';
import { openServer, type RunningServer } from '../server/server.ts';
import { playDocker } from '../server/testing/play-docker.ts';
import { MemorySupervisor } from '../server/testing/supervisor.ts';
import {
  ARTEFACTS,
  browserMissing,
  openBrowserOfTest,
  readTerminal,
  typeInTerminal,
  waitForTerminal,
  waitForTruth,
  type BrowserOptions,
  type TestBrowser,
} from './browser.ts';
import { openCuttableWay, type CuttableWay } from './cuttable.ts';
import { settings } from './settings.ts';

/*
 * The page as a learner uses it, against the real web server. The machines behind it are shells of this computer with a
 * `docker` that plays its part; the real ones have tests of their own.
 */

const missing = await browserMissing();
if (missing !== null && settings.ci) throw new Error(missing);
if (missing !== null) console.warn(`The tests of the page cannot run. ${missing}`);

const ADMIN_TOKEN = 'a-token-of-the-admin';

const SIZES = [
  [1280, 720],
  [1920, 1080],
  [820, 1180],
] as const;

let folder: string;
let supervisor: MemorySupervisor;
let server: RunningServer;
let way: CuttableWay;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-web-'));
  await mkdir(ARTEFACTS, { recursive: true });
  const webDir = join(folder, 'web');
  await build({
    root: join(import.meta.dirname, '../web'),
    logLevel: 'error',
    build: { outDir: webDir },
  });
  supervisor = new MemorySupervisor(join(folder, 'engines'));
  await playDocker(supervisor, join(folder, 'bin'));
  const options = ServerOptions.parse({
    host: '127.0.0.1',
    port: 0,
    webDir,
    lessonsDir: join(import.meta.dirname, '../lessons'),
    stateDir: join(folder, 'state'),
    adminTokenHash: hashAdminToken(ADMIN_TOKEN),
  });
  server = await openServer(
    options,
    supervisor,
    (message, error) => console.error(message, error ?? ''),
    new Log({ format: 'text', level: 'error', write: (line) => console.error(line) }),
  );
  way = await openCuttableWay(Number(new URL(server.url).port));
});

afterEach(() => {
  way.mend();
});

afterAll(async () => {
  await way.close();
  await server.close();
  await supervisor.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(path: string, options: BrowserOptions = {}): Promise<TestBrowser> {
  const browser = await openBrowserOfTest({ baseURL: `http://127.0.0.1:${way.port}`, ...options });
  await browser.page.goto(path);
  return browser;
}

/** The lesson with a shell that waits for a command. */
async function openLesson(options: BrowserOptions = {}): Promise<TestBrowser> {
  const browser = await open('/lessons/first-image', options);
  await waitForTerminal(browser.page, /[#$] ?$/);
  return browser;
}

/** The terminal that keys and commands go to. */
const ACTIVE = `document.querySelector('.terminals-panel.active slip-terminal')`;

const status = (page: Page) => page.locator('.status-light');

async function violations(page: Page, part = 'body'): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .include(part)
    .analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

async function pictures(page: Page, name: string): Promise<void> {
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(ARTEFACTS, `web-${name}-${width}.png`) });
  }
}

describe.skipIf(missing !== null)('the page', () => {
  describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
    it('has a home that anyone can use', async () => {
      const { page } = await open('/', { colorScheme });
      await page.waitForSelector('.card');
      expect(await violations(page)).toEqual([]);
      await pictures(page, `home-${colorScheme}`);
    });

    it('has an admin page that anyone can use who has the token', async () => {
      const { page: learner } = await openLesson();
      const { page } = await open('/admin', { colorScheme });
      await page.getByLabel('Admin token').fill('a-token-that-is-wrong');
      await page.keyboard.press('Enter');
      await page.getByText('This needs the admin token').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByLabel('Admin token').fill(ADMIN_TOKEN);
      await page.keyboard.press('Enter');
      await page.getByRole('row').nth(1).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByLabel('Message to all pages').fill('We go on at two.');
      await page.keyboard.press('Enter');
      await learner.getByText('We go on at two.').waitFor();
      await page.setViewportSize({ width: 1280, height: 720 });
      await page.screenshot({ path: join(ARTEFACTS, `web-admin-${colorScheme}.png`) });
      const machine = page.getByRole('row').filter({ hasText: 'first-image' }).last();
      await machine.getByRole('button', { name: 'End machine' }).click();
      await machine.getByRole('button', { name: 'Really end machine' }).click();
      await learner.getByText('The one who runs this server has ended this machine.').first().waitFor();
    });

    it('has a workspace that anyone can use', async () => {
      const { page } = await openLesson({ colorScheme });
      await page.click('slip-command button.run');
      await page.waitForSelector('slip-task[done]');
      await typeInTerminal(page, 'ls -l --color=always /\r');
      await waitForTerminal(page, 'usr');
      expect(await violations(page)).toEqual([]);
      await pictures(page, `workspace-${colorScheme}`);
      await page.locator('slip-confirm[label="Reset"] button').click();
      await page.click('slip-help button');
      expect(await violations(page)).toEqual([]);
      await pictures(page, `workspace-open-${colorScheme}`);
    });
  });

  it('asks nobody but its own server, and keeps to its content security policy', async () => {
    const hosts = new Set<string>();
    const browser = await open('/');
    browser.page.on('request', (request) => hosts.add(new URL(request.url()).host));
    await browser.page.click('.card a');
    await waitForTerminal(browser.page, /[#$] ?$/);
    expect([...hosts]).toEqual([`127.0.0.1:${way.port}`]);
    expect(browser.errors).toEqual([]);
  });

  it('keeps the workspace in the window: only the lesson scrolls', async () => {
    const { page } = await openLesson({});
    // With the focus nowhere, as after a click on the lesson's text, these keys scroll whatever can be scrolled.
    await page.evaluate('document.activeElement?.blur()');
    for (const key of ['Space', 'PageDown', 'End']) await page.keyboard.press(key);
    await page.waitForTimeout(300);
    expect(await page.evaluate('[scrollY, document.documentElement.scrollHeight - innerHeight]')).toEqual([
      0, 0,
    ]);
  });

  it('says so where there is nothing, with a way out', async () => {
    const { page } = await open('/lessons/no-such-lesson');
    await page.getByText('There is no lesson of this name.').waitFor();
    await page.getByRole('link', { name: 'All lessons' }).click();
    await page.getByRole('heading', { name: 'Lessons', exact: true }).waitFor();
    await page.goBack();
    await page.getByText('There is no lesson of this name.').waitFor();
  });

  it('runs a command of the lesson, and ticks the task', async () => {
    const { page } = await openLesson();
    await page.click('slip-command button.run');
    await waitForTerminal(page, 'docker pull debian');
    await page.waitForSelector('slip-task[done]');
    await page.getByRole('progressbar', { name: 'Tasks done' }).waitFor();
    await expectFocusInTerminal(page);
  });

  it('keeps the screen over a reload', async () => {
    const { page } = await openLesson();
    await typeInTerminal(page, 'seq -s, 1 12\r');
    await waitForTerminal(page, '1,2,3,4,5,6,7,8,9,10,11,12');
    await page.reload();
    const screen = await waitForTerminal(page, '1,2,3,4,5,6,7,8,9,10,11,12');
    expect(screen.match(/1,2,3,4,5,6/g)).toHaveLength(1);
  });

  it('shows a lost connection, comes back, and has lost and doubled nothing', async () => {
    const { page } = await openLesson();
    await typeInTerminal(page, 'for i in $(seq 40); do echo line-$i-end; sleep 0.1; done\r');
    await waitForTerminal(page, 'line-5-end');
    way.cut();
    await status(page).getByText('Reconnecting').waitFor();
    expect(await violations(page, 'slip-terminals')).toEqual([]);
    await page.screenshot({ path: join(ARTEFACTS, 'web-reconnecting.png') });
    await page.waitForTimeout(1000);
    way.mend();
    await status(page).getByText('Running').waitFor();
    await waitForTerminal(page, 'line-40-end');
    await page.setViewportSize({ width: 1280, height: 2400 });
    const seen = async () =>
      [...(await readTerminal(page)).matchAll(/^line-(\d+)-end/gm)].map(([, number]) => Number(number));
    await expect.poll(seen, { timeout: 10_000 }).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  it('has several terminals, by the keyboard alone', async () => {
    const { page } = await openLesson();
    await page.getByRole('button', { name: 'New terminal' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Terminal 2' }).waitFor();
    await waitForTerminal(page, /[#$] ?$/);
    await expectFocusInTerminal(page);
    await page.keyboard.type('echo second\r');
    await waitForTerminal(page, 'second');
    await page.getByRole('tab', { name: 'Terminal 2' }).focus();
    await page.keyboard.press('ArrowLeft');
    expect(await page.getByRole('tab', { name: 'Terminal 1' }).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Delete');
    await page.getByRole('tab', { name: 'Terminal 2' }).waitFor({ state: 'detached' });
  });

  it('shows two terminals beside each other, by the keyboard alone, and remembers it', async () => {
    const { page } = await openLesson();
    await typeInTerminal(page, 'echo first\r');
    await waitForTerminal(page, /^first/m);
    await page.keyboard.press('Control+Shift+5');
    const shown = page.locator('.terminals-panel:not([hidden])');
    await expect.poll(() => shown.count()).toBe(2);
    await page.locator('.terminals-panel.active').getByLabel('Terminal 2').waitFor({ state: 'attached' });
    await expectFocusInTerminal(page);
    await page.keyboard.type('echo second\r');
    await waitForTruth(page, `${ACTIVE}.readScreen().includes('\\nsecond')`);
    await page.keyboard.press('Control+Shift+ArrowLeft');
    await waitForTruth(page, `${ACTIVE}.contains(document.activeElement)`);
    await page.keyboard.type('echo again\r');
    await waitForTruth(page, `${ACTIVE}.readScreen().includes('\\nagain')`);
    expect(await page.evaluate(`${ACTIVE}.readScreen()`)).toContain('first');
    expect(await violations(page, 'slip-terminals')).toEqual([]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(ARTEFACTS, `web-split-${colorScheme}.png`) });
    }
    await page.getByRole('button', { name: 'Split one above the other' }).press('Enter');
    await page.locator('.terminals-stage slip-split[stacked]').waitFor();
    await page.reload();
    await page.locator('.terminals-stage slip-split[stacked]').waitFor();
    await expect.poll(() => shown.count()).toBe(2);
    await waitForTruth(
      page,
      `[...document.querySelectorAll('slip-terminal')].every((each) => each.readScreen() !== '')`,
    );
    await page.screenshot({ path: join(ARTEFACTS, 'web-split-stacked.png') });
    await page.locator('.terminals-panel.active .xterm-helper-textarea').focus();
    await page.keyboard.press('Control+Shift+5');
    await expect.poll(() => shown.count()).toBe(1);
  });

  it('draws a program that fills the screen again after a lost connection', async () => {
    const { page } = await openLesson();
    await typeInTerminal(page, 'seq 500 | less\r');
    await waitForTerminal(page, /^:$/m);
    const before = await readTerminal(page);
    way.cut();
    await status(page).getByText('Reconnecting').waitFor();
    way.mend();
    await status(page).getByText('Running').waitFor();
    await expect.poll(() => readTerminal(page)).toBe(before);
    await page.keyboard.press('G');
    await waitForTerminal(page, /^500$/m);
    await page.keyboard.press('q');
    await waitForTerminal(page, /[#$] ?$/);
  });

  it('lets the keyboard out of the terminal, and back in', async () => {
    const { page } = await openLesson();
    await typeInTerminal(page, '');
    await expectFocusInTerminal(page);
    await page.keyboard.press('F6');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    await page.keyboard.press('F6');
    expect(await page.evaluate(`document.activeElement.closest('slip-editor') !== null`)).toBe(true);
    await page.keyboard.press('F6');
    await expectFocusInTerminal(page);
    await page.keyboard.press('F6');
    await page.keyboard.press('Shift+F6');
    await expectFocusInTerminal(page);
  });

  it('copies a selection and pastes it with the usual keys', async () => {
    const { page, context } = await openLesson();
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await typeInTerminal(page, 'clear; echo pick-this-word\r');
    await waitForTerminal(page, /^pick-this-word/m);
    const box = await page.locator('.xterm-screen').boundingBox();
    if (!box) throw new Error('The terminal is not shown.');
    await page.mouse.dblclick(box.x + 30, box.y + 8);
    await page.keyboard.press('Control+c');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('pick-this-word');
    await page.keyboard.type('echo got:');
    await page.keyboard.press('Control+v');
    await page.keyboard.press('Enter');
    await waitForTerminal(page, /^got:pick-this-word/m);
    await page.keyboard.type('sleep 60\r');
    await page.keyboard.press('Control+c');
    await waitForTerminal(page, '^C');
  });

  it('divides the page as the learner likes, and remembers it', async () => {
    const { page } = await openLesson();
    const divider = page.getByRole('separator', { name: 'Size of the lesson' });
    await divider.focus();
    const before = Number(await divider.getAttribute('aria-valuenow'));
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(Number(await divider.getAttribute('aria-valuenow'))).toBe(before + 4);
    await page.reload();
    await page.waitForSelector('slip-terminal');
    expect(Number(await divider.getAttribute('aria-valuenow'))).toBe(before + 4);
    const toggle = page.getByRole('button', { name: 'Lesson', exact: true });
    await toggle.click();
    await divider.waitFor({ state: 'detached' });
    await page.reload();
    await toggle.waitFor();
    expect(await toggle.getAttribute('aria-expanded')).toBe('false');
  });

  it('ends a machine after asking, and gives a new one', async () => {
    const { page } = await openLesson();
    await page.locator('slip-confirm[label="End"] button').click();
    await page.keyboard.press('Escape');
    await page.locator('slip-confirm[label="End"] button').click();
    await page.locator('slip-confirm[label="End"] .danger').click();
    await page.getByRole('heading', { name: 'This machine is gone' }).waitFor();
    expect(await violations(page, 'slip-terminals')).toEqual([]);
    await page.getByRole('button', { name: 'Get a new machine' }).click();
    await waitForTerminal(page, /[#$] ?$/);
    await expectFocusInTerminal(page);
  });

  it('explains a machine that has failed, and starts it again', async () => {
    const { page } = await openLesson();
    const [id] = [...supervisor.engines.keys()].slice(-1);
    if (id === undefined) throw new Error('There is no machine.');
    supervisor.memoryKill(id, 'The program `python3` was ended: the machine had no memory left.');
    await page.getByText('the machine had no memory left').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await supervisor.fail(id, { kind: 'memory', message: 'The machine ran out of memory.' });
    await page.getByRole('heading', { name: 'The machine has failed' }).waitFor();
    await page.getByText('The machine ran out of memory.').waitFor();
    expect(await violations(page, 'slip-terminals')).toEqual([]);
    await page.screenshot({ path: join(ARTEFACTS, 'web-failed.png') });
    await page.getByRole('button', { name: 'Try to start it again' }).click();
    await waitForTerminal(page, /[#$] ?$/);
  });

  it('stays alive under a flood of output, and stops it at once', async () => {
    const { page } = await openLesson();
    await typeInTerminal(page, 'yes\r');
    await waitForTerminal(page, /y\ny\ny/);
    await page.waitForTimeout(1000);
    await page.keyboard.press('Control+c');
    await waitForTerminal(page, '^C');
    await typeInTerminal(page, 'echo still-$((6 * 7))\r');
    await waitForTerminal(page, 'still-42');
  });

  it('finds text in the scroll-back', async () => {
    const { page } = await openLesson();
    await typeInTerminal(page, 'seq 1000 1500\r');
    await waitForTerminal(page, '1500');
    await page.keyboard.press('Control+Shift+F');
    await page.getByLabel('Find in the terminal').fill('1042');
    await page.getByText('1 of 1').waitFor();
    expect(await violations(page, 'slip-terminals')).toEqual([]);
    await waitForTerminal(page, '1042');
    await page.keyboard.press('Escape');
    await expectFocusInTerminal(page);
  });

  it('goes straight to the prompt of a bare machine', async () => {
    const { page } = await open('/');
    await page.getByRole('link', { name: 'Open a bare machine' }).click();
    await waitForTerminal(page, /[#$] ?$/);
    await expectFocusInTerminal(page);
    await page.keyboard.type('exit\r');
    await page.getByText('This shell has ended.').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('heading', { name: 'No terminal is open' }).waitFor();
  });

  it('resets a machine and has a terminal on it again', async () => {
    const { page } = await openLesson();
    await typeInTerminal(page, 'echo before-the-reset\r');
    await waitForTerminal(page, 'before-the-reset');
    await page.locator('slip-confirm[label="Reset"] button').click();
    await page.locator('slip-confirm[label="Reset"] .danger').click();
    await waitForTruth(
      page,
      `!document.querySelector('slip-terminal')?.readScreen().includes('before-the-reset')`,
    );
    await waitForTerminal(page, /[#$] ?$/);
  });
});

async function expectFocusInTerminal(page: Page): Promise<void> {
  await waitForTruth(page, `document.activeElement?.classList.contains('xterm-helper-textarea')`);
}
