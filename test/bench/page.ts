import type { Browser, CDPSession, Page } from 'playwright-core';

import { browserMissing, startChromium } from '../chromium.ts';
import { makeDataFolder, startService } from '../service.ts';
import { median, type Outcome } from './measure.ts';
import { PAGE_CLOCK } from './page-clock.ts';
import { measureKeys, pressKey } from './page-keys.ts';
import { measureFrames } from './page-map.ts';
import { measureHours } from './page-memory.ts';
import type { Peer, Result } from './table.ts';

const LESSON = '/lessons/first-image';
const SIZE = { width: 1500, height: 900 };
const LOADS = 5;

/** The page of a lesson in Debian's Chromium, on the whole service with a real machine. */
export interface LessonPage {
  readonly page: Page;
  readonly devtools: CDPSession;
  /** Bytes that have travelled so far, as they were on the wire: headers and bodies, compressed. */
  readonly bytes: () => number;
  readonly close: () => Promise<void>;
}

interface Group {
  readonly rows: readonly Pick<Result, 'title' | 'unit' | 'aim'>[];
  /** A figure for each of the rows, and what to set beside it. */
  readonly measure: (open: () => Promise<LessonPage>) => Promise<readonly Figure[]>;
}

export interface Figure {
  readonly outcome: Outcome;
  readonly peer?: Peer;
}

const GROUPS: readonly Group[] = [
  {
    rows: [
      { title: 'page: cold, first contentful paint', unit: 'ms', aim: '< 500 ms' },
      { title: 'page: cold, until a key typed at the prompt is painted', unit: 'ms', aim: '< 2000 ms' },
      { title: 'page: travelled before the editor (Monaco) comes', unit: 'kB', aim: '< 250 kB' },
    ],
    measure: measureLoads,
  },
  {
    rows: [
      { title: 'page: key press to painted character, p50', unit: 'ms', aim: '≤ 1.25' },
      { title: 'page: key press to painted character, p95', unit: 'ms', aim: '≤ 1.25' },
    ],
    measure: async (open) => measureKeys(await open()),
  },
  {
    rows: [
      { title: 'page: JS heap after an hour of work', unit: 'MiB', aim: '≤ 1.5' },
      { title: 'page: JS heap after one hour more', unit: 'MiB', aim: '≤ 1.05' },
    ],
    measure: async (open) => measureHours(await open()),
  },
  {
    rows: [
      { title: 'page: map of 2,000 layers, a ninth changes: frames, p50', unit: 'ms', aim: '≤ 17 ms' },
      { title: 'page: map of 2,000 layers, a ninth changes: frames, p95', unit: 'ms', aim: '≤ 34 ms' },
      { title: 'page: map of 2,000 layers, a ninth changes: longest frame', unit: 'ms', aim: '–' },
    ],
    measure: async (open) => measureFrames(await open()),
  },
];

/** What a learner feels of the page itself. Without a Chromium there are no figures, which is said. */
export async function measurePage(filter: string, folder: string): Promise<Result[]> {
  const wanted = GROUPS.filter(({ rows }) => rows.some(({ title }) => title.includes(filter)));
  if (wanted.length === 0) return [];
  const missing = await browserMissing();
  if (missing !== null) {
    process.stdout.write(`${missing} The page is not measured.\n`);
    return [];
  }
  const service = await startService(await makeDataFolder(folder), ['--content-trust', 'off'], {
    endsWithUs: true,
  });
  // Signals are ours: whoever handles them exits, and the browser ends with us.
  const browser = await startChromium({ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false });
  try {
    const results: Result[] = [];
    for (const group of wanted) results.push(...(await measureGroup(group, browser, service.url)));
    return results;
  } finally {
    await browser.close();
    await service.stop();
  }
}

/** A group that fails is told of, and the others go on. */
async function measureGroup({ rows, measure }: Group, browser: Browser, url: string): Promise<Result[]> {
  const opened: LessonPage[] = [];
  const open = async (): Promise<LessonPage> => {
    const page = await openLesson(browser, url);
    opened.push(page);
    return page;
  };
  const figures = await measure(open).catch((error: unknown): Figure[] => {
    const outcome = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`${rows[0]?.title ?? ''}: ${outcome.message}\n`);
    return rows.map(() => ({ outcome }));
  });
  for (const page of opened) await page.close();
  for (const { title } of rows) process.stderr.write(`${title}: done\n`);
  return rows.map((row, i) => {
    const { outcome = new Error('It was not measured.'), peer } = figures[i] ?? {};
    return { ...row, slipway: outcome, peers: peer ? [peer] : [] };
  });
}

/** With a profile of its own: a learner nobody knows, nothing cached, a new machine. */
async function openLesson(browser: Browser, baseURL: string): Promise<LessonPage> {
  const context = await browser.newContext({ baseURL, viewport: SIZE });
  const page = await context.newPage();
  await page.addInitScript(PAGE_CLOCK);
  const devtools = await context.newCDPSession(page);
  let bytes = 0;
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await devtools.send('Network.enable');
  await page.goto(LESSON, { waitUntil: 'commit' });
  return { page, devtools, bytes: () => bytes, close: () => context.close() };
}

async function measureLoads(open: () => Promise<LessonPage>): Promise<Figure[]> {
  const loads: { paint: number; key: number; kB: number }[] = [];
  for (let load = 0; load < LOADS; load += 1) {
    const { page, bytes, close } = await open();
    const prompt = await page.evaluate<number>('bench.prompt()');
    await page.getByText('No files yet').waitFor();
    const kB = bytes() / 1000;
    const paint = await page.evaluate<number>(
      `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
    );
    // Without the time between the two, in which nobody types.
    loads.push({ paint, key: prompt + (await pressKey(page, 0)), kB });
    await close();
  }
  const middle = (pick: (load: (typeof loads)[number]) => number): Figure => ({
    outcome: median(loads.map(pick)),
  });
  return [middle(({ paint }) => paint), middle(({ key }) => key), middle(({ kB }) => kB)];
}
