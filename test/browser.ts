import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, onTestFinished } from 'vitest';
import { startChromium } from './chromium.ts';

export { browserMissing, readTerminal, typeInTerminal, waitForTerminal, waitForTruth } from './chromium.ts';

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

/** The same for one test: closed when that is over, however it ends. */
export async function openBrowserOfTest(options: BrowserOptions = {}): Promise<TestBrowser> {
  const browser = await openBrowser(options);
  onTestFinished(() => browser.close());
  return browser;
}

/** Starting the browser takes longer than most tests: one serves all of a file. */
let chromiumStarted: Promise<Browser> | null = null;

function startedChromium(): Promise<Browser> {
  chromiumStarted ??= startChromium();
  return chromiumStarted;
}

afterAll(async () => {
  await (await chromiumStarted)?.close();
  chromiumStarted = null;
});
