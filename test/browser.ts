import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll } from 'vitest';

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

/** Where tests leave pictures and other things worth a look. */
export const ARTEFACTS = join(import.meta.dirname, 'artefacts');

export interface TestBrowser {
  /** With a profile of its own: no cookies, nothing stored. */
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page wrote to its console as an error, and what it threw. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}

export interface BrowserOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  /** What the page's paths are relative to, such as `http://localhost:3000`. */
  readonly baseURL?: string;
}

/** Why no browser can be started here, as a sentence; `null` when one can. */
export async function browserMissing(): Promise<string | null> {
  return access(EXECUTABLE).then(
    () => null,
    () => `There is no ${EXECUTABLE}: install the package chromium.`,
  );
}

/** Opens a page in Debian's Chromium without a window, on a profile of its own. */
export async function openBrowser(options: BrowserOptions = {}): Promise<TestBrowser> {
  const context = await (
    await startedChromium()
  ).newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 720 },
    colorScheme: options.colorScheme ?? 'light',
    ...(options.baseURL === undefined ? {} : { baseURL: options.baseURL }),
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  return { context, page, errors, close: () => context.close() };
}

/** Starting the browser takes longer than most tests: one serves all of a file. */
let chromiumStarted: Promise<Browser> | null = null;

function startedChromium(): Promise<Browser> {
  chromiumStarted ??= chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS, headless: true });
  return chromiumStarted;
}

afterAll(async () => {
  await (await chromiumStarted)?.close();
  chromiumStarted = null;
});

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
export async function waitForTruth(page: Page, expression: string, timeoutMs = 30_000): Promise<void> {
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
  timeoutMs = 30_000,
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
