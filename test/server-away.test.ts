import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { browserMissing, openBrowserOfTest, typeInTerminal, waitForTerminal } from './browser.ts';
import { openCuttableWay } from './cuttable.ts';
import { familyOf } from './load/meter.ts';
import { makeDataFolder, removeDataFolder, startService, type Service } from './service.ts';
import { settings } from './settings.ts';

/* The web server is killed while a page is open, and comes back by itself. */

const missing = await browserMissing();
if (missing !== null && settings.ci) throw new Error(missing);

const PROMPT = /~ (?:\d+ )?# ?$/u;
const LONG_MS = 120_000;

it.skipIf(missing !== null)(
  'comes back to the same shell, and what was typed into the editor meanwhile is saved',
  async () => {
    const dataDir = await makeDataFolder();
    onTestFinished(() => removeDataFolder(dataDir));
    const service = await startService(dataDir, ['--content-trust', 'off']);
    onTestFinished(async () => {
      await service.stop();
    });
    const way = await openCuttableWay(service.port);
    onTestFinished(() => way.close());
    const { page } = await openBrowserOfTest({ baseURL: `http://127.0.0.1:${way.port}`, height: 1080 });
    page.setDefaultTimeout(LONG_MS);
    const connection = page.locator('.status-light');
    const state = page.locator('.editor-state');

    await page.goto('/machine');
    await waitForTerminal(page, PROMPT, LONG_MS);
    await typeInTerminal(page, 'mark=here-$((40 + 2)); echo $mark | tee notes.txt\r');
    await waitForTerminal(page, /^here-42/mu, LONG_MS);
    await page.getByRole('treeitem', { name: 'notes.txt' }).click();
    await page.locator('.editor-code .view-lines').getByText('here-42').waitFor();

    way.cut();
    await killServer(service);
    await connection.getByText('Reconnecting').waitFor();
    await page.getByText('What you type goes nowhere until it is back.').waitFor();
    await page.locator('.editor-code .view-lines').click();
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('typed while it was away');
    await state.getByText('Not saved: The server cannot be reached.').waitFor();

    await expect.poll(() => service.printed(), { timeout: LONG_MS }).toContain('The web server is back.');
    way.mend();
    await connection.getByText('Running').waitFor();
    await state.getByText('Saved', { exact: true }).waitFor();
    await page.locator('.xterm-helper-textarea:not([readonly])').waitFor({ state: 'attached' });
    await typeInTerminal(page, 'echo still-$mark; cat notes.txt\r');
    const screen = await waitForTerminal(page, /^typed while it was away/mu, LONG_MS);
    expect(screen.match(/^(?:still-)?here-42/gmu)).toEqual(['here-42', 'still-here-42', 'here-42']);
    expect(await page.getByRole('tab', { name: 'Terminal' }).count()).toBe(1);
  },
);

/** Kills the web server alone, and waits until it is gone. What keeps it running starts it again a moment later. */
async function killServer(service: Service): Promise<void> {
  const server = familyOf(service.pid).filter(isServer).at(-1);
  if (server === undefined) throw new Error('There is no web server.');
  process.kill(server, 'SIGKILL');
  while (isServer(server)) await sleep(50);
}

function isServer(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/server.mjs');
  } catch {
    return false;
  }
}
