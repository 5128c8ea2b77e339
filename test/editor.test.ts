import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARTEFACTS,
  browserMissing,
  openBrowserOfTest,
  typeInTerminal,
  waitForTerminal,
  type BrowserOptions,
} from './browser.ts';
import { openPageServer, pictures, violations, type PageServer } from './page-server.ts';
import { settings } from './settings.ts';

/* The files and the editor as a learner uses them. */

const missing = await browserMissing();
if (missing !== null && settings.ci) throw new Error(missing);

/** Compressed bytes that may come before the page can be used; Monaco comes later. */
const PAGE_MAX_BYTES = 250_000;

const DOCKERFILE = 'FROM debian\nRUN apt-get install -y curl\nCMD python main.py\n';

let server: PageServer;

beforeAll(async () => {
  server = await openPageServer();
});

afterAll(async () => {
  await server.close();
});

async function openMachine(
  options: BrowserOptions & { readonly lesson?: string } = {},
): Promise<{ page: Page; home: string; errors: readonly string[] }> {
  const browser = await openBrowserOfTest({ baseURL: server.url, ...options });
  const { page, errors } = browser;
  // The machine that tests run on may have much else to do.
  page.setDefaultTimeout(60_000);
  await page.goto(options.lesson === undefined ? '/machine' : `/lessons/${options.lesson}`);
  await waitForTerminal(page, /[#$] ?$/);
  await page.getByText('No files yet').waitFor();
  return { page, home: server.engine().home, errors };
}

const row = (page: Page, name: string) => page.getByRole('treeitem', { name, exact: true });
const saved = (page: Page) => page.locator('.editor-state').getByText('Saved', { exact: true }).waitFor();
const code = (page: Page) => page.locator('.editor-code .view-lines');

/** Makes a file by the page, and types into it. */
async function make(page: Page, name: string, text: string): Promise<void> {
  await page.getByRole('button', { name: 'New file' }).click();
  await page.getByLabel('Name of the new file').fill(name);
  await page.keyboard.press('Enter');
  await page.locator('.editor-code .monaco-editor.focused').waitFor();
  await page.keyboard.insertText(text);
  await saved(page);
}

/** Waits until `read` resolves to what is wanted. */
async function eventually<T>(read: () => Promise<T>, wanted: T): Promise<void> {
  await expect.poll(() => read().catch(String), { timeout: 20_000 }).toEqual(wanted);
}

describe.skipIf(missing !== null)('files and editor', () => {
  it.each(['light', 'dark'] as const)('can be used by anyone in %s colours', async (colorScheme) => {
    const { page, home, errors } = await openMachine({ colorScheme });
    await writeFile(join(home, 'compose.yaml'), 'services:\n  web:\n    image: nginx\n');
    await make(page, 'app/Dockerfile', DOCKERFILE);
    await page.locator('.editor-code .squiggly-warning').first().waitFor();
    await row(page, 'compose.yaml').waitFor();
    await page.evaluate('document.activeElement.blur()');
    expect(await violations(page)).toEqual([]);
    await pictures(page, `editor-${colorScheme}`);
    expect(errors).toEqual([]);
  });

  it('saves as one types, and shows what the terminal does at once', async () => {
    const { page, home } = await openMachine();
    await make(page, 'app/main.py', 'print(1)');
    await eventually(() => readFile(join(home, 'app/main.py'), 'utf8'), 'print(1)');
    await typeInTerminal(page, 'echo "print(2)" > app/main.py; touch app/other.txt; mkdir -p lib\r');
    await code(page).getByText('print(2)').waitFor();
    await row(page, 'other.txt').waitFor();
    await row(page, 'lib').waitFor();
    await typeInTerminal(page, 'rm app/main.py\r');
    await row(page, 'main.py').waitFor({ state: 'detached' });
    await page.getByText('Removed in the machine').waitFor();
  });

  it('loses nobody’s text', async () => {
    const { page, home } = await openMachine();
    await make(page, 'notes.txt', 'mine');
    // Between the keys and the save somebody else writes.
    const other = async (route: Route) => {
      await writeFile(join(home, 'notes.txt'), 'theirs, and longer');
      await route.continue();
    };
    await page.route('**/files?path=*&version=*', other, { times: 1 });
    await page.locator('.editor-code').click();
    await page.keyboard.insertText(' and more of it');
    await page.getByRole('alert').getByText('Nothing is lost').waitFor();
    expect(await violations(page, 'slip-editor')).toEqual([]);
    await page.getByRole('button', { name: 'and mine in a file beside it' }).click();
    await saved(page);
    expect(await readFile(join(home, 'notes.txt'), 'utf8')).toBe('theirs, and longer');
    const beside = (await readdir(home)).find((name) => name.startsWith('notes.txt.mine-')) ?? '';
    expect(await readFile(join(home, beside), 'utf8')).toContain('mine');
  });

  it('makes no element of what files are named', async () => {
    const { page, home, errors } = await openMachine();
    const name = '<img src=x onerror=window.ran=1>.html';
    await writeFile(join(home, name), name);
    await row(page, name).click();
    await code(page).getByText('onerror').waitFor();
    expect(await page.locator('[onerror], img[src="x"]').count()).toBe(0);
    expect(await page.evaluate('window.ran ?? 0')).toBe(0);
    expect(errors).toEqual([]);
  });

  it('says what it does not open', async () => {
    const { page, home } = await openMachine();
    await writeFile(join(home, 'program'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]));
    await writeFile(join(home, 'large.log'), 'x'.repeat(3 * 1024 * 1024));
    await row(page, 'program').click();
    await page.getByText('This file is no text.').waitFor();
    await row(page, 'large.log').click();
    await page.getByText('the editor opens up to 2 MiB').waitFor();
    expect(await violations(page, 'slip-editor')).toEqual([]);
  });

  it('makes, renames, moves and deletes by the keyboard alone', async () => {
    const { page, home } = await openMachine();
    await mkdir(join(home, 'app'));
    await writeFile(join(home, 'a.txt'), 'x');
    await row(page, 'a.txt').waitFor();
    await row(page, 'app').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('F2');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('app/b.txt');
    await page.keyboard.press('Enter');
    await eventually(() => readdir(join(home, 'app')), ['b.txt']);
    await row(page, 'app').focus();
    await page.keyboard.press('ArrowRight');
    await row(page, 'b.txt').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Delete');
    await page.getByText('Delete b.txt?').waitFor();
    expect(await violations(page, 'slip-file-tree')).toEqual([]);
    await page.keyboard.press('Enter');
    await eventually(() => readdir(join(home, 'app')), []);
  });

  it('takes files in, and gives them out', async () => {
    const { page, home } = await openMachine();
    const files = [{ name: 'data.bin', mimeType: '', buffer: Buffer.from([1, 0, 2]) }];
    await page.locator('.tree-upload').setInputFiles(files);
    await row(page, 'data.bin').waitFor();
    await page.locator('.tree-upload').setInputFiles(files);
    await row(page, 'data (2).bin').waitFor();
    expect(await readFile(join(home, 'data.bin'))).toEqual(Buffer.from([1, 0, 2]));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download everything as a zip' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('home.zip');
    expect((await readFile(await download.path())).subarray(0, 2).toString()).toBe('PK');
  });

  it('says what could be better in a Dockerfile, and mends it', async () => {
    const { page, home } = await openMachine();
    await make(page, 'Dockerfile', 'FROM debian:12\nUSER nobody\nCMD python main.py\n');
    await page.locator('.editor-code .squiggly-warning').first().waitFor();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('F8');
    await page.getByText('A shell runs this').first().waitFor();
    const about = page.getByRole('link', { name: 'shell-form' });
    expect(await about.count()).toBeGreaterThan(0);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+.');
    await page.getByText('Use the exec form').first().waitFor();
    await page.keyboard.press('Enter');
    await eventually(
      () => readFile(join(home, 'Dockerfile'), 'utf8'),
      'FROM debian:12\nUSER nobody\nCMD ["python", "main.py"]\n',
    );
  });

  it('marks the line that a build failed at, until the next good build', async () => {
    const { page } = await openMachine();
    const text = 'FROM debian:12\nRUN false\n';
    await make(page, 'app/Dockerfile', text);
    await page.locator('.editor-code .squiggly-warning, .editor-code .view-line').first().waitFor();
    const engine = server.engine();
    await expect
      .poll(() => engine.requests.some((line) => line.includes('/slipway/map/activity')))
      .toBe(true);
    engine.built('FROM alpine\n', { line: 1, message: 'of another file' });
    engine.built(text, { line: 2, message: `The command '/bin/sh -c false' returned a non-zero code: 1` });
    await page.getByText('returned a non-zero code: 1').waitFor();
    await page.locator('.editor-failed-line').waitFor();
    expect(await page.getByText('of another file').count()).toBe(0);
    expect(await violations(page, 'slip-editor')).toEqual([]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(ARTEFACTS, `editor-failed-${colorScheme}.png`) });
    }
    await page.getByRole('button', { name: 'Go to line 2' }).press('Enter');
    await page.locator('.editor-code .monaco-editor.focused').waitFor();
    engine.built(text);
    await page.locator('.editor-failed-line').waitFor({ state: 'detached' });
    expect(await page.getByText('returned a non-zero code').count()).toBe(0);
  });

  it('knows the keys of a compose file', async () => {
    const { page, home, errors } = await openMachine();
    // As a whole: the editor would indent it once more.
    await writeFile(join(home, 'compose.yaml'), 'services:\n  web:\n    imag: nginx:1.27\n');
    await row(page, 'compose.yaml').click();
    await page.locator('.editor-code .squiggly-error, .editor-code .squiggly-warning').first().waitFor();
    await code(page).click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('F8');
    await page.getByText('Property imag is not allowed').first().waitFor();
    await page.keyboard.press('Escape');
    await writeFile(join(home, 'compose.yaml'), 'services:\n  web:\n    image: nginx:1.27\n    restar');
    await code(page).getByText('restar').waitFor();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Control+Space');
    await page.locator('.suggest-widget').getByText('restart', { exact: true }).first().waitFor();
    await page.screenshot({ path: join(ARTEFACTS, 'editor-compose.png') });
    await page.keyboard.press('Enter');
    await expect.poll(() => readFile(join(home, 'compose.yaml'), 'utf8')).toContain('    restart: ');
    await make(page, 'Dockerfile', 'FROM debian:12\nWORKD');
    await page.keyboard.press('Control+Space');
    await page.locator('.suggest-widget').getByText('WORKDIR').first().waitFor();
    expect(errors).toEqual([]);
  });

  it('shows what has changed in a file since the step began', async () => {
    const { page } = await openMachine({ lesson: 'first-image' });
    await make(page, 'notes.txt', 'one\n');
    await page.getByRole('button', { name: 'Changes' }).press('Enter');
    await page.locator('.editor-compare .line-insert').first().waitFor();
    await page.getByText('New since the step began').waitFor();
    expect(await violations(page, 'slip-editor')).toEqual([]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(ARTEFACTS, `editor-changes-${colorScheme}.png`) });
    }
    await page.getByRole('button', { name: 'Changes' }).press('Enter');
    await page.locator('.editor-compare').waitFor({ state: 'detached' });
    await page.locator('.editor-code .monaco-editor.focused').waitFor();
  });

  it('opens a path that a program has printed, at its line, and only where there is such a file', async () => {
    const { page, home } = await openMachine();
    await mkdir(join(home, 'web'));
    await writeFile(join(home, 'web/app.js'), 'one\ntwo\nthree\n');
    await typeInTerminal(page, 'clear; printf "web/app.js:3\\nweb/none.js:3\\n"\r');
    await waitForTerminal(page, /^web\/none\.js:3$/m);
    const box = await page.locator('.xterm-screen').boundingBox();
    if (!box) throw new Error('The terminal is not shown.');
    // Rows are sixteen pixels high.
    const hover = (row: number) => page.mouse.move(box.x + 30, box.y + 8 + 16 * row, { steps: 3 });
    const link = page.locator('.xterm-cursor-pointer');
    await hover(0);
    await link.waitFor();
    await hover(1);
    await link.waitFor({ state: 'detached' });
    await hover(0);
    await link.waitFor();
    await page.mouse.down();
    await page.mouse.up();
    await code(page).getByText('three').waitFor();
    await page.locator('.editor-code .line-numbers.active-line-number').getByText('3').waitFor();
  });

  it.each(['light', 'dark'] as const)('has a page about each rule, in %s colours', async (colorScheme) => {
    const browser = await openBrowserOfTest({ baseURL: server.url, colorScheme });
    const { page } = browser;
    await page.goto('/rules');
    await page.getByRole('link', { name: 'Install before you copy everything' }).click();
    await page.getByRole('heading', { name: 'Install before you copy everything' }).waitFor();
    await page.locator('.rules-example.good mark').getByText('COPY package.json').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, `rule-${colorScheme}`);
    await page.goto('/rules/no-such-rule');
    await page.getByText('There is no rule of this name.').waitFor();
  });

  it('shows what a container serves, beside the editor and on an origin of its own', async () => {
    const { page, errors } = await openMachine();
    const program = createServer((request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end(
        `<h1>Served at ${request.url ?? ''}</h1><a href="/next">on</a><p>${request.headers.cookie ?? 'no cookie'}</p>`,
      );
    });
    await new Promise<void>((resolve) => program.listen(0, '127.0.0.1', resolve));
    const { port } = program.address() as AddressInfo;
    server.engine().publish('web', [{ PublicPort: port, PrivatePort: 80, Type: 'tcp' }]);
    await page.getByRole('button', { name: `Open port ${port} of web beside the editor` }).click();
    const frame = page.frameLocator('slip-preview iframe');
    await frame.getByRole('heading', { name: 'Served at /' }).waitFor();
    await frame.getByText('no cookie').waitFor();
    await frame.getByRole('link', { name: 'on' }).click();
    await frame.getByRole('heading', { name: 'Served at /next' }).waitFor();
    await page.screenshot({ path: join(ARTEFACTS, 'editor-port.png') });
    expect(await violations(page, 'slip-preview .preview-bar')).toEqual([]);
    expect(await violations(page, 'slip-ports')).toEqual([]);
    expect(errors).toEqual([]);
    await page.getByRole('button', { name: `Close port ${port}` }).click();
    await page.locator('slip-preview').waitFor({ state: 'detached' });
    program.closeAllConnections();
    program.close();
  });

  it('keeps the tab of the file that is shown in sight, among more than there is room for', async () => {
    const { page } = await openMachine();
    const name = (number: number) => `a-file-with-a-rather-long-name-${number}.txt`;
    const tab = (number: number) => page.getByRole('tab', { name: name(number), selected: true });
    await typeInTerminal(page, 'touch a-file-with-a-rather-long-name-{1..6}.txt\r');
    for (let number = 1; number <= 6; number += 1) {
      await row(page, name(number)).click();
      await tab(number).waitFor();
    }
    const hidden = `(([tab, strip]) => Math.max(strip.left - tab.left, tab.right - strip.right))(
      ['[aria-selected="true"]', '.tabs'].map((part) =>
        document.querySelector('slip-editor-tabs ' + part).getBoundingClientRect()))`;
    await expect.poll(() => page.evaluate<number>(hidden)).toBeLessThan(1);
    await tab(6).press('Home');
    await tab(1).waitFor();
    await expect.poll(() => page.evaluate<number>(hidden)).toBeLessThan(1);
    await tab(1).press('ArrowRight');
    await tab(2).press('Delete');
    await page.getByRole('tab', { name: name(2) }).waitFor({ state: 'detached' });
  });

  it('lets the page be used before the editor is there, and is small until then', async () => {
    const browser = await openBrowserOfTest({ baseURL: server.url });
    const { page } = browser;
    const network = await browser.context.newCDPSession(page);
    let bytes = 0;
    network.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await network.send('Network.enable');
    await page.goto('/lessons/first-image');
    await waitForTerminal(page, /[#$] ?$/);
    await page.getByText('No files yet').waitFor();
    console.log(`The page takes ${bytes} bytes until it can be used.`);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(PAGE_MAX_BYTES);
  });
});
