import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ARTEFACTS,
  browserMissing,
  openBrowser,
  typeInTerminal,
  waitForTerminal,
  type TestBrowser,
} from './browser.ts';
import { dockerMissing, dockerOf, type DockerCli } from './machine-cli.ts';
import { makeDataFolder, removeDataFolder, startService, type Service } from './service.ts';
import { settings } from './settings.ts';

/*
 * Whatever a learner, an image or a registry names, the page shows as text: no markup of it is an element, none of it
 * speaks to the page, and none of it makes the page wider.
 */

const missing = (await browserMissing()) ?? dockerMissing();
if (missing !== null && settings.ci) throw new Error(missing);

const MARKUP = `<img src=x onerror="document.title='taken'">`;
/** For terminals: another title, all erased, and what follows in red. */
const ESCAPES = '\u001b]0;taken\u0007\u001b[2J\u001b[31m';
/** Turns the letters after it around. */
const TURNED = '\u202e';
const HOSTILE = `${ESCAPES}${TURNED}${MARKUP}${'long'.repeat(30)}`;
const LONG_MS = 60_000;

/** What of the page is not its own: elements, a title, a width. */
const TAKEN = `(() => {
  const all = (root) => [...root.querySelectorAll('*')].flatMap((each) => [each, ...(each.shadowRoot ? all(each.shadowRoot) : [])]);
  const foreign = all(document).filter((each) => each.matches('img[src="x"], [onerror]')).map(({ outerHTML }) => outerHTML);
  const { scrollWidth } = document.documentElement;
  return [
    ...foreign,
    ...(document.title.includes('taken') ? [document.title] : []),
    ...(scrollWidth > innerWidth ? ['the page is ' + (scrollWidth - innerWidth) + ' pixels too wide'] : []),
  ];
})()`;

describe.skipIf(missing !== null)('what has a hostile name', () => {
  let dataDir: string;
  let files: string;
  let service: Service;
  let browser: TestBrowser;
  let page: Page;
  let docker: DockerCli;

  beforeAll(async () => {
    await mkdir(ARTEFACTS, { recursive: true });
    files = await mkdtemp(path.join(tmpdir(), 'slipway-hostile-'));
    dataDir = await makeDataFolder();
    service = await startService(dataDir);
    browser = await openBrowser({ baseURL: service.url, width: 1500, height: 900 });
    page = browser.page;
    await page.goto('/machine');
    await waitForTerminal(page, /# ?$/u, LONG_MS);
    docker = await dockerOf(browser.context, { dataDir, config: files });
    await docker('run', '--name', 'one', 'busybox', 'sh', '-c', 'touch "/$1"; echo "$1"', 'sh', HOSTILE);
    const label = `LABEL evil='${MARKUP}'`;
    await docker('commit', '-m', HOSTILE, '-a', MARKUP, '--change', label, 'one', 'evil:1');
    await docker('network', 'create', '--label', `evil=${HOSTILE}`, 'evil-net');
    await page.getByRole('button', { name: 'Map', exact: true }).click();
    await item('image', 'evil:1').waitFor({ timeout: LONG_MS });
  });

  afterAll(async () => {
    await (browser as TestBrowser | undefined)?.close();
    await (service as Service | undefined)?.stop();
    await removeDataFolder(dataDir);
    await rm(files, { recursive: true, force: true });
  });

  afterEach(async () => {
    expect(await page.evaluate<string[]>(TAKEN)).toEqual([]);
    expect(browser.errors).toEqual([]);
  });

  const item = (kind: string, name: string | RegExp): Locator =>
    page.locator(`.map-item.${kind}:not(.leaving)`).and(page.getByRole('button', { name }));
  const detail = () => page.locator('.map-detail');

  /** Its text is there, and nothing of it is more than text. */
  async function shows(part: Locator, text = MARKUP): Promise<void> {
    await part.getByText(text).first().waitFor({ state: 'attached', timeout: LONG_MS });
    expect(await page.evaluate<string[]>(TAKEN)).toEqual([]);
  }

  async function closeDetail(): Promise<void> {
    await page.keyboard.press('Escape');
    await detail().waitFor({ state: 'detached' });
  }

  it('is text in the map: a layer and its files', async () => {
    await item('layer', /onerror/u)
      .first()
      .click();
    await detail()
      .getByRole('treeitem', { name: /onerror/u })
      .waitFor({ timeout: LONG_MS });
    await shows(detail().locator('.map-command'));
    await page.screenshot({ path: path.join(ARTEFACTS, 'hostile-layer.png') });
    await closeDetail();
  });

  it('is text in the map: settings and history of an image', async () => {
    await item('image', 'evil:1').click();
    await detail().getByText('Configuration as JSON').click();
    await shows(detail(), 'onerror');
    await detail().getByRole('combobox', { name: 'Compare with' }).selectOption({ label: 'busybox:latest' });
    await shows(detail().locator('.map-settings'), 'onerror');
    await page.screenshot({ path: path.join(ARTEFACTS, 'hostile-image.png') });
    await closeDetail();
  });

  it('is text in the map: command and files of a container', async () => {
    await item('container', 'one').click();
    await shows(detail().locator('.map-facts'));
    await detail()
      .getByRole('treeitem', { name: /onerror/u })
      .waitFor({ timeout: LONG_MS });
    await closeDetail();
  });

  it('is text in the X-ray of a build', async () => {
    const context = path.join(files, 'context');
    await mkdir(context);
    await writeFile(path.join(context, 'Dockerfile'), `FROM busybox\nCOPY . /app\nLABEL evil='${MARKUP}'\n`);
    for (const text of ['one', 'two']) {
      await writeFile(path.join(context, HOSTILE), text);
      await docker('build', '-t', 'evil:2', context);
    }
    await page.getByRole('button', { name: 'Builds', exact: true }).click();
    await shows(page.locator('.map-difference'));
    await shows(page.locator('.map-step-text').last());
    await page.screenshot({ path: path.join(ARTEFACTS, 'hostile-build.png') });
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    await page.getByRole('table', { name: /^Images/u }).waitFor();
    await page.getByRole('button', { name: 'Drawing', exact: true }).click();
  });

  it('is no name of a container, a volume or a tag', async () => {
    await expect(docker('create', '--name', MARKUP, 'busybox')).rejects.toThrow('Invalid container name');
    await expect(docker('volume', 'create', MARKUP)).rejects.toThrow('includes invalid characters');
    await expect(docker('tag', 'evil:1', `evil:${MARKUP}`)).rejects.toThrow('not a valid');
  });

  it('is text in the terminal, where a log has it, and gives the page no other title', async () => {
    await typeInTerminal(page, 'docker logs one; echo after-the-log\r');
    await waitForTerminal(page, /^after-the-log/mu);
    await waitForTerminal(page, 'onerror=');
  });

  it('is text in the list of files, and in the editor', async () => {
    await typeInTerminal(page, `echo kept > "$(docker inspect -f '{{index .Args 3}}' one)"; clear\r`);
    const row = page.locator('slip-file-tree').getByRole('treeitem', { name: /onerror/u });
    await row.click({ timeout: LONG_MS });
    await page
      .locator('slip-editor')
      .getByRole('tab', { name: /onerror/u })
      .waitFor({ timeout: LONG_MS });
    expect(await page.evaluate<string[]>(TAKEN)).toEqual([]);
    await page.screenshot({ path: path.join(ARTEFACTS, 'hostile-file.png') });
  });

  it('is text on the hub: the lines of a history, and a description', async () => {
    await docker('login', '-u', 'mallory', '-p', 'secret-of-mallory');
    await docker('tag', 'evil:1', 'mallory/evil:1');
    await docker('push', 'mallory/evil:1');
    await page.goto('/hub/mallory/evil');
    await shows(page.locator('slip-tag'));
    await page.getByRole('button', { name: 'Edit description' }).click();
    await page.getByLabel('Description').fill(`${TURNED}${MARKUP}${'long'.repeat(60)}`);
    await page.getByRole('button', { name: 'Save' }).click();
    await shows(page.locator('.hub-description'));
    await page.screenshot({ path: path.join(ARTEFACTS, 'hostile-hub.png') });
    await page.goto('/hub');
    await shows(page.locator('.hub-row'));
  });
});
