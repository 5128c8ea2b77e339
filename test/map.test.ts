import { AxeBuilder } from '@axe-core/playwright';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARTEFACTS, browserMissing, openBrowser, waitForTruth, type TestBrowser } from './browser.ts';
import { dockerMissing, dockerOf, type DockerCli } from './machine-cli.ts';
import { makeDataFolder, removeDataFolder, startService, type Service } from './service.ts';
import { settings } from './settings.ts';

/*
 * The map beside a real machine: what the real Docker CLI does there is seen, heard and looked into in a real browser.
 */

const missing = (await browserMissing()) ?? dockerMissing();
const ready = missing === null && existsSync(path.join(settings.dataDir, 'catalog/index.json'));
if (!ready && settings.ci)
  throw new Error(missing ?? 'There are no images: run `npx slipway setup --tests`.');

const LONG_MS = 30_000;

describe.skipIf(!ready)('the map', () => {
  let dataDir: string;
  let files: string;
  let service: Service;
  let browser: TestBrowser;
  let page: Page;
  let docker: DockerCli;

  beforeAll(async () => {
    await mkdir(ARTEFACTS, { recursive: true });
    files = await mkdtemp(path.join(tmpdir(), 'slipway-map-'));
    dataDir = await makeDataFolder();
    service = await startService(dataDir);
    browser = await openBrowser({ baseURL: service.url, width: 1500, height: 900 });
    page = browser.page;
    await page.goto('/machine');
    await page.getByRole('button', { name: 'Map', exact: true }).click();
    await item('network', 'bridge').waitFor({ timeout: LONG_MS });
    docker = await dockerOf(browser.context, { dataDir, config: files });
    await docker('pull', 'debian');
    await item('image', 'debian:latest').waitFor({ timeout: LONG_MS });
  });

  afterAll(async () => {
    await browser.close();
    await service.stop();
    await removeDataFolder(dataDir);
    await rm(files, { recursive: true, force: true });
  });

  const item = (kind: string, name: string): Locator =>
    page.locator(`.map-item.${kind}:not(.leaving)`).and(page.getByRole('button', { name }));
  const form = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const detail = () => page.locator('.map-detail');
  const openedDetail = async (heading: string) => {
    await detail().getByRole('heading', { name: heading }).waitFor();
  };

  async function violations(of: Page = page): Promise<string[]> {
    // What is still fading in has not its colours yet.
    await waitForTruth(of, `document.getAnimations().every(({ playState }) => playState !== 'running')`);
    const { violations: found } = await new AxeBuilder({ page: of })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .include('slipway-map')
      .analyze();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  }

  /** Judges what is shown in both colour schemes, and leaves a picture of each. */
  async function judge(name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violations()).toEqual([]);
      await page.screenshot({ path: path.join(ARTEFACTS, `map-${name}-${colorScheme}.png`) });
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }

  it('shows what each command does, and says it', async () => {
    const spoken = page.locator('slipway-map > [role="status"]').last();
    await docker('run', '--name', 'writer', 'debian', 'sh', '-c', 'echo hello > /root/new; rm -r /etc/apt');
    await item('container', 'writer, exited 0').waitFor({ timeout: LONG_MS });
    await docker('commit', 'writer', 'mine:1');
    await item('image', 'mine:1').waitFor({ timeout: LONG_MS });
    await expect
      .poll(() => spoken.textContent(), { timeout: LONG_MS })
      .toContain('Committed from container writer');
    await docker('tag', 'mine:1', 'mine:2');
    await page.locator('.map-item.tag', { hasText: 'mine:2' }).waitFor({ timeout: LONG_MS });
    await expect.poll(() => spoken.textContent(), { timeout: LONG_MS }).toContain('Tag mine:2 was added.');
    // The base is shared: it is there once.
    expect(await page.locator('.map-item.layer.base').count()).toBe(1);
    await docker('rmi', 'mine:2');
    await page
      .locator('.map-item.tag', { hasText: 'mine:2' })
      .waitFor({ state: 'detached', timeout: LONG_MS });
    await judge('drawing');
  });

  it('looks into a layer: what it added and deleted, and what is hidden by that', async () => {
    await item('layer', 'Layer RUN sh -c').or(item('layer', 'Layer sh -c')).first().click();
    await openedDetail('Layer');
    await detail().getByRole('treeitem', { name: 'root' }).waitFor({ timeout: LONG_MS });
    expect(await detail().textContent()).toMatch(/of the layers below are deleted or replaced here/);
    await detail().getByRole('button', { name: 'Deleted' }).click();
    await detail()
      .getByRole('treeitem', { name: /^apt, deleted/ })
      .waitFor();
    await judge('layer');
    await page.keyboard.press('Escape');
    await detail().waitFor({ state: 'detached' });
  });

  it('explains an image, and sets it beside another one', async () => {
    await item('image', 'mine:1').click();
    await openedDetail('Image mine:1');
    await detail().getByText('Configuration as JSON').click();
    await detail().getByText('The kind of processor').waitFor();
    await detail().getByRole('button', { name: 'Count wasted bytes' }).click();
    await detail().getByText('are wasted').waitFor({ timeout: LONG_MS });
    await detail().getByRole('combobox', { name: 'Compare with' }).selectOption({ label: 'debian:latest' });
    await detail().getByText('Layers of both: 1').waitFor();
    await detail().getByText('Only in mine:1: 1').waitFor();
    await judge('image');
    await detail().getByText('It has no manifest yet').waitFor();
    await page.keyboard.press('Escape');
    await item('image', 'debian:latest').click();
    await detail().getByText('Manifest as JSON').click();
    await detail().getByRole('region', { name: 'Manifest as JSON' }).getByText('schemaVersion').waitFor();
    await detail().getByText('The layers as they travel').waitFor();
    await judge('manifest');
    await page.keyboard.press('Escape');
  });

  it('shows of a build which file broke the cache', async () => {
    const context = path.join(files, 'context');
    await mkdir(context);
    await writeFile(
      path.join(context, 'Dockerfile'),
      'FROM debian\nENV A=1\nCOPY . /app\nRUN echo made > /made\n',
    );
    await writeFile(path.join(context, 'a.txt'), 'one');
    await docker('build', '-t', 'app:1', context);
    await writeFile(path.join(context, 'a.txt'), 'two');
    await docker('build', '-t', 'app:2', context);
    await form('Builds');
    await page.getByText('1 of 3 steps from the cache').waitFor({ timeout: LONG_MS });
    const steps = page.locator('.map-step');
    expect(await steps.locator('.map-result').allTextContents()).toEqual(['base', 'hit', 'made', 'made']);
    expect(await steps.nth(2).textContent()).toMatch(/The cache broke here.*changed\s+a\.txt/s);
    expect(await steps.nth(3).textContent()).toContain('because step 3 was');
    await judge('builds');
  });

  it('is there in words, too', async () => {
    await form('Text');
    const table = page.getByRole('table', { name: /^Images/ });
    await table.getByRole('row', { name: /mine:1/ }).waitFor();
    expect(await table.getByRole('row', { name: /mine:1/ }).textContent()).toContain('2, 1 shared');
    await judge('text');
    await page.getByRole('button', { name: 'writer' }).click();
    await openedDetail('Container writer');
    await detail().getByRole('treeitem', { name: 'root' }).waitFor({ timeout: LONG_MS });
    await page.keyboard.press('Escape');
    await form('Drawing');
  });

  it('goes back to what was', async () => {
    const back = page.getByRole('button', { name: 'One step back' });
    await item('image', 'app:2').waitFor();
    while ((await item('image', 'mine:1').count()) > 0) await back.click();
    expect(await item('image', 'app:1').count()).toBe(0);
    await item('container', 'writer').waitFor();
    await page.getByText('As it was at').waitFor();
    await form('Now');
    await item('image', 'app:2').waitFor();
  });

  it('is used by keyboard alone', async () => {
    await form('Drawing');
    await page.keyboard.press('Tab');
    while (!(await page.evaluate<boolean>(`Boolean(document.activeElement?.matches('.map-item'))`)))
      await page.keyboard.press('Tab');
    const focused = () => page.evaluate<string>(`document.activeElement?.getAttribute('data-key') ?? ''`);
    await page.keyboard.press('Home');
    expect(await focused()).toBe('registry docker.io');
    await page.keyboard.press('End');
    expect(await focused()).toMatch(/^network /);
    for (let i = 0; i < 20 && !(await focused()).startsWith('layer '); i += 1)
      await page.keyboard.press('ArrowUp');
    const layer = await focused();
    expect(layer).toMatch(/^layer /);
    await page.keyboard.press('Enter');
    await openedDetail('Layer');
    await expect.poll(() => page.evaluate<string>(`document.activeElement?.localName ?? ''`)).toBe('h3');
    await page.keyboard.press('Escape');
    await expect.poll(focused).toBe(layer);
  });

  it('moves nothing for those who want no motion, and shows a learner’s text as text', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate(
      `window.flown = 0; new MutationObserver((all) => { for (const { addedNodes } of all) for (const node of addedNodes)
        if (node.className === 'map-flight' || node.classList?.contains('leaving')) window.flown += 1; })
        .observe(document.querySelector('slip-map-drawing'), { childList: true, subtree: true })`,
    );
    const evil = '<img src=x onerror="window.flown = 99">';
    await docker('create', '--name', 'evil', 'debian', evil);
    await docker('commit', 'writer', 'mine:3');
    await item('image', 'mine:3').waitFor({ timeout: LONG_MS });
    await item('container', 'evil').click();
    await detail().getByText(evil).waitFor({ timeout: LONG_MS });
    await docker('rm', 'evil');
    await item('container', 'evil').waitFor({ state: 'detached', timeout: LONG_MS });
    expect(await page.evaluate(`window.flown`)).toBe(0);
    expect(await page.locator('slipway-map img').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.emulateMedia({ reducedMotion: 'no-preference' });
  });

  it('draws what the task asks for over what is there, until it is', async () => {
    const lesson = await browser.context.newPage();
    await lesson.goto('/lessons/tags');
    const map = lesson.locator('slipway-map');
    const goal = map.getByRole('button', { name: 'Goal 0/3' });
    await goal.waitFor({ timeout: LONG_MS });
    await goal.focus();
    await lesson.keyboard.press('g');
    const ghost = map.locator('.map-item.image.goal').and(map.getByRole('button', { name: 'menu:1.0' }));
    await ghost.waitFor();
    await map.getByText('Still asked for: image menu:1.0').waitFor();
    await ghost.click();
    await map.getByText('the map draws it where it will stand').waitFor();
    await lesson.keyboard.press('Escape');
    for (const colorScheme of ['light', 'dark'] as const) {
      await lesson.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await violations(lesson)).toEqual([]);
      await lesson.screenshot({ path: path.join(ARTEFACTS, `map-goal-${colorScheme}.png`) });
    }
    const sessions = (await (await browser.context.request.get('/api/sessions')).json()) as {
      id: string;
      lesson: string | null;
    }[];
    const own = sessions.find((session) => session.lesson === 'tags')?.id ?? '';
    const at = path.join(dataDir, 'sessions', own, 'engine.sock');
    await docker('-H', `unix://${at}`, 'pull', 'busybox');
    await docker('-H', `unix://${at}`, 'tag', 'busybox', 'menu:1.0');
    await map.getByRole('button', { name: 'Goal 1/3' }).waitFor({ timeout: LONG_MS });
    await map.getByText('Reached: image menu:1.0').first().waitFor();
    // What is another name of it is asked for as one.
    await map.locator('.map-item.tag.asked-wanted', { hasText: 'menu:latest' }).waitFor();
    expect(await ghost.count()).toBe(0);
    await map.getByRole('button', { name: 'Goal 1/3' }).press('g');
    await map.locator('.map-item.tag.asked-wanted').first().waitFor({ state: 'detached' });
    await lesson.close();
  });

  it('is larger with its text in projector mode', async () => {
    const hub = page.getByRole('button', { name: /^Registry Hub/u });
    const height = async () => (await hub.boundingBox())?.height ?? 0;
    const before = await height();
    const turn = async () => {
      await page.getByRole('button', { name: 'Keys' }).click();
      await page.getByLabel('Projector mode').click();
      await page.keyboard.press('Escape');
    };
    await turn();
    await expect.poll(height, { timeout: LONG_MS }).toBeCloseTo(before * 1.4, 0);
    await page.screenshot({ path: path.join(ARTEFACTS, 'map-projector.png') });
    await turn();
    await expect.poll(height, { timeout: LONG_MS }).toBeCloseTo(before, 0);
  });

  it('can be read on a narrow screen', async () => {
    await page.setViewportSize({ width: 380, height: 780 });
    await item('image', 'mine:1').first().waitFor();
    await judge('narrow');
    await page.setViewportSize({ width: 1500, height: 900 });
    expect(browser.errors).toEqual([]);
  });
});
