import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARTEFACTS, browserMissing, openBrowser, waitForTruth, type TestBrowser } from './browser.ts';
import { dockerMissing, dockerOf, type DockerCli } from './machine-cli.ts';
import { violations } from './page-server.ts';
import { makeDataFolder, removeDataFolder, startService, type Service } from './service.ts';
import { settings } from './settings.ts';

/*
 * What axe says of the states that the tests of the views themselves do not come to: what is open in the map, the past, a
 * learner's own place on the hub, the admin page at work. In both colour schemes.
 */

const missing = (await browserMissing()) ?? dockerMissing();
if (missing !== null && settings.ci) throw new Error(missing);

const ADMIN_TOKEN = 'a-token-of-the-admin';
const LONG = { timeout: 60_000 };

describe.skipIf(missing !== null)('axe finds nothing', () => {
  let dataDir: string;
  let config: string;
  let service: Service;
  let browser: TestBrowser;
  let page: Page;
  let docker: DockerCli;

  beforeAll(async () => {
    await mkdir(ARTEFACTS, { recursive: true });
    config = await mkdtemp(path.join(tmpdir(), 'slipway-axe-'));
    dataDir = await makeDataFolder();
    service = await startService(dataDir, ['--admin-token', ADMIN_TOKEN]);
    browser = await openBrowser({ baseURL: service.url, width: 1500, height: 900 });
    page = browser.page;
    await page.goto('/machine');
    await page.getByRole('button', { name: 'Map', exact: true }).click();
    await item('network', /^Network bridge/u).waitFor(LONG);
    docker = await dockerOf(browser.context, { dataDir, config });
    await docker('volume', 'create', 'kept');
    await docker('run', '-d', '--name', 'one', '-v', 'kept:/kept', '-p', '8080:80', 'busybox', 'sleep', '1d');
    await docker('exec', 'one', 'touch', '/new');
    await docker('login', '-u', 'anna', '-p', 'secret-of-anna');
    await docker('commit', 'one', 'anna/tool:1');
    await docker('push', 'anna/tool:1');
    await item('repository', /anna\/tool/u).waitFor(LONG);
  });

  afterAll(async () => {
    await (browser as TestBrowser | undefined)?.close();
    await (service as Service | undefined)?.stop();
    await removeDataFolder(dataDir);
    await rm(config, { recursive: true, force: true });
  });

  const item = (kind: string, name: string | RegExp): Locator =>
    page.locator(`.map-item.${kind}:not(.leaving)`).and(page.getByRole('button', { name }));
  const detail = () => page.locator('.map-detail');

  /** Of what is shown, in both colour schemes; leaves a picture of each. */
  async function judge(name: string, part = 'body'): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // What is still fading in has not its colours yet.
      await waitForTruth(page, `document.getAnimations().every(({ playState }) => playState !== 'running')`);
      expect(await violations(page, part)).toEqual([]);
      await page.screenshot({ path: path.join(ARTEFACTS, `axe-${name}-${colorScheme}.png`) });
    }
  }

  it.each([
    ['container', 'one'],
    ['volume', 'kept'],
    ['network', /^Network bridge/u],
    ['registry', /^Registry Hub/u],
    ['repository', /anna\/tool/u],
  ])('in the detail of a %s', async (kind, name) => {
    await item(kind, name).click();
    await detail().getByRole('heading', { level: 3 }).waitFor();
    if (kind === 'container') await detail().getByRole('treeitem').first().waitFor(LONG);
    await judge(`map-${kind}`, 'slipway-map');
    await page.keyboard.press('Escape');
    await detail().waitFor({ state: 'detached' });
  });

  it('in the past, with something open that was not there', async () => {
    await item('image', /anna\/tool/u).click();
    const back = page.getByRole('button', { name: 'One step back' });
    while (await back.isEnabled()) await back.click();
    await page.getByText('As it was at').waitFor();
    await detail().getByText('It was not there at that moment.').waitFor();
    await judge('map-past', 'slipway-map');
    await page.getByRole('button', { name: 'Now', exact: true }).click();
    await page.keyboard.press('Escape');
  });

  it('on the hub of somebody with a name and a repository', async () => {
    await page.goto('/hub');
    await page.locator('.hub-row', { hasText: 'anna/tool' }).waitFor(LONG);
    await page.locator('.hub-names').getByText('anna', { exact: true }).waitFor();
    await judge('hub');
    await page.goto('/hub/anna/tool');
    await page.getByRole('button', { name: 'Edit description' }).click();
    await page.locator('.hub-danger slip-confirm button').click();
    await judge('hub-own');
  });

  it('on the pages of rules, and where there is none', async () => {
    await page.goto('/rules');
    await page.getByRole('heading', { level: 1, name: 'Rules for Dockerfiles' }).waitFor();
    await judge('rules');
    await page.goto('/rules/no-such-rule');
    await page.getByText('There is no rule of this name.').waitFor();
    await judge('no-rule');
  });

  it('on the admin page: the token, the machines, a message, an end', async () => {
    const machine = await browser.context.newPage();
    await machine.goto('/machine');
    await page.goto('/admin');
    await page.getByLabel('Admin token').fill(ADMIN_TOKEN);
    await judge('admin-token');
    await page.keyboard.press('Enter');
    await page.getByLabel('Message to all pages').fill('Back in five minutes');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.admin-told').getByText('Sent to').waitFor(LONG);
    await page.locator('.admin-table tbody tr').first().getByRole('button').click();
    await judge('admin');
    await machine.getByText('Back in five minutes').waitFor(LONG);
    await machine.close();
  });
});
