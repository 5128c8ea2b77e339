import type { CDPSession, Page } from 'playwright-core';

import { typeInTerminal, waitForTerminal } from '../chromium.ts';
import type { Figure, LessonPage } from './page.ts';

const HOUR_LIMIT_MS = 180_000;
const COMMANDS = 2000;
const LINES_EACH = 20;
const MAP_CHANGES = 500;
const EDITS = 200;
const EDITED = 'notes.txt';

const HOUR = [
  { done: 'all-printed', line: `for i in $(seq ${COMMANDS}); do echo "command $i"; seq ${LINES_EACH}; done` },
  {
    done: 'all-tagged',
    line: `for i in $(seq ${MAP_CHANGES / 2}); do docker tag debian t:$i; docker rmi t:$i; done`,
  },
  { done: 'all-edited', line: `for i in $(seq ${EDITS}); do echo "edit $i" > ${EDITED}; sleep 0.05; done` },
];

/**
 * The page's JS heap in MiB after an hour of a learner's work done fast, and after one hour more, each beside what it was
 * before: with a file open in the editor, with the map and a terminal shown, and with garbage collected.
 */
export async function measureHours({ page, devtools }: LessonPage): Promise<Figure[]> {
  await page.evaluate('bench.prompt()');
  await begin(page);
  const beginning = await heapMiB(devtools);
  await work(page);
  const first = await heapMiB(devtools);
  await work(page);
  const second = await heapMiB(devtools);
  return [
    { outcome: first, peer: { name: 'at the beginning', outcome: beginning } },
    { outcome: second, peer: { name: 'after one', outcome: first } },
  ];
}

/** All parts of the page are shown, so that their code is there before the first look. */
async function begin(page: Page): Promise<void> {
  await typeInTerminal(page, `docker pull -q debian; echo begun > ${EDITED}; echo be''-gun\r`);
  await waitForTerminal(page, 'be-gun');
  await page.getByRole('treeitem', { name: EDITED, exact: true }).click();
  await page.locator('.editor-code .view-lines').getByText('begun').waitFor();
  await page.getByRole('button', { name: 'Map', exact: true }).click();
  await page.locator('.map-item.image').first().waitFor();
}

async function work(page: Page): Promise<void> {
  for (const { line, done } of HOUR) {
    // The line itself does not have the word that it prints at its end.
    await typeInTerminal(page, `clear; ${line}; echo ${done.replace('-', "''-")}\r`);
    await waitForTerminal(page, done, HOUR_LIMIT_MS);
  }
  await page.locator('.editor-code .view-lines').getByText(`edit ${EDITS}`).waitFor();
}

async function heapMiB(devtools: CDPSession): Promise<number> {
  // What a finalizer lets go of is garbage only to the second collection.
  for (let times = 0; times < 2; times += 1) await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return usedSize / 1024 ** 2;
}
