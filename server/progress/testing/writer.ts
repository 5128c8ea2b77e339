import { ProgressStore } from '../store.ts';
import type { Learner } from '../../sessions/learner.ts';

/** Keeps one task after the other, and says so each time, until it is killed. */
const store = ProgressStore.open({ file: process.argv[2] ?? '', report: console.error });
const learner = 'f'.repeat(64) as Learner;
for (let count = 1; ; count += 1) {
  store.addDone(learner, 'layers', { tasks: [`task-${count}`], finished: false });
  await new Promise((resolve) => process.send?.(count, resolve));
}
