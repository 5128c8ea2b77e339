import { access } from 'node:fs/promises';
import { chromium, type Browser, type LaunchOptions, type Page } from 'playwright-core';

const POLL_MS = 50;
const EXECUTABLE = '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Why no browser can be started here, as a sentence; `null` when one can. */
export async function browserMissing(): Promise<string | null> {
  return access(EXECUTABLE).then(
    () => null,
    () => `There is no ${EXECUTABLE}: install the package chromium.`,
  );
}

/** Starts Debian's Chromium without a window. */
export function startChromium(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS, headless: true, ...options });
}

/** The text that the shown terminal has on its screen. */
export function readTerminal(page: Page): Promise<string> {
  // A string, because the page's types are not those of the tests.
  return page.evaluate<string>(
    `[...document.querySelectorAll('slip-terminal')].find((terminal) => terminal.shown)?.readScreen() ?? ''`,
  );
}

/**
 * Waits until an expression is true in the page. Playwright's own way has the page evaluate a string, which our content
 * security policy forbids.
 */
export async function waitForTruth(page: Page, expression: string, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await page.evaluate<boolean>(`Boolean(${expression})`))) {
    if (Date.now() > end) throw new Error(`This never became true in the page: ${expression}`);
    await page.waitForTimeout(POLL_MS);
  }
}

/** Waits until the shown terminal has this on its screen, and returns all of the screen. */
export async function waitForTerminal(
  page: Page,
  text: string | RegExp,
  timeoutMs = 60_000,
): Promise<string> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const screen = await readTerminal(page);
    if (typeof text === 'string' ? screen.includes(text) : text.test(screen)) return screen;
    if (Date.now() > end) throw new Error(`The terminal never showed ${String(text)}. It shows:\n${screen}`);
    await page.waitForTimeout(POLL_MS);
  }
}

/** Types into the shown terminal. */
export async function typeInTerminal(page: Page, keys: string): Promise<void> {
  await page
    .locator(
      'slip-terminal[shown] .xterm-helper-textarea, .terminals-panel:not([hidden]) .xterm-helper-textarea',
    )
    .first()
    .focus();
  await page.keyboard.type(keys);
}
