import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';

import { PAGE_CLOCK } from './page-clock.ts';
import type { Figure, LessonPage } from './page.ts';
import { startPlain } from './plain.ts';
import { quantile } from './table.ts';

const ROUNDS = 4;
/** A line is taken back after so many keys, before it is as wide as the terminal. */
const ROUND_KEYS = 30;
/** Between two keys: as somebody types who is quick at it, and never in step with the frames. */
const KEY_EVERY_MS = { least: 110, more: 60 };
const SHARES = [0.5, 0.95];

/** From the press of a key to its painted character, in turns with the same in a plain page of xterm.js. */
export async function measureKeys({ page }: LessonPage): Promise<Figure[]> {
  const service = await startPlain();
  const context = await page.context().browser()?.newContext();
  if (!context) throw new Error('The browser is gone.');
  try {
    const plain = await context.newPage();
    await plain.addInitScript(PAGE_CLOCK);
    await plain.goto(service.url);
    const pages = [page, plain] as const;
    const times = { ours: [] as number[], plain: [] as number[] };
    for (const each of pages) await each.evaluate('bench.prompt()');
    for (let round = 0; round < ROUNDS; round += 1) {
      times.ours.push(...(await typeRound(page, times.ours.length)));
      times.plain.push(...(await typeRound(plain, times.plain.length)));
    }
    return SHARES.map((share) => ({
      outcome: quantile(times.ours, share),
      peer: { name: 'plain xterm.js', outcome: quantile(times.plain, share) },
    }));
  } finally {
    await context.close();
    await service.close();
  }
}

async function typeRound(page: Page, typed: number): Promise<number[]> {
  await page.bringToFront();
  const times: number[] = [];
  for (let key = 0; key < ROUND_KEYS; key += 1) {
    times.push(await pressKey(page, typed + key));
    await sleep(KEY_EVERY_MS.least + Math.random() * KEY_EVERY_MS.more);
  }
  await page.keyboard.press('Control+u');
  return times;
}

/** Types an x into the page's only terminal, and resolves to the milliseconds until it was painted. `index` counts them. */
export async function pressKey(page: Page, index: number): Promise<number> {
  await page.locator('.xterm-helper-textarea').first().focus();
  await page.keyboard.type('x');
  return page.evaluate<number>(`bench.key(${index})`);
}
