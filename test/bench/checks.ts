import { performance } from 'node:perf_hooks';

import { parseLesson } from '../../lessons/reader.ts';
import { EngineClient } from '../../server/engine/client.ts';
import { Nothing } from '../../server/engine/schemas.ts';
import { NO_MEMORY, Course } from '../../server/lessons/course.ts';
import { callEngine } from '../engine-socket.ts';
import type { Machines } from '../machines.ts';
import { median } from './measure.ts';

const TASKS = 15;
/** So many looks are put off at most, in milliseconds: a task that takes longer is not done at all. */
const LIMIT_MS = 10_000;

/** Tasks that ask for several things each, most of which are not there yet: a lesson in the middle. */
const LESSON = `---
title: A lesson
summary: s
level: beginner
minutes: 1
outcomes: [o]
---

## One
${Array.from(
  { length: TASKS },
  (_, task) => `
\`\`\`task
id: task-${task}
title: t
checks:
  - { kind: image-made-from, image: 'made:${task}', parent: busybox, addedLayers: 0 }
  - { kind: file-in-image, image: 'made:${task}', path: /bin/busybox }
  - { kind: image-config, image: 'made:${task}', cmd: [sh] }
  - { kind: container-absent, name: box-${task} }
\`\`\`
`,
).join('')}`;

/** Milliseconds from the end of what the engine was asked for to the tick, the middle of one for each task. */
export async function measureChecks({ supervisor }: Machines): Promise<number> {
  const read = parseLesson(LESSON, { file: 'lesson.md', slug: 'bench' });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const { id, engineSocket } = await supervisor.create();
  const engine = new EngineClient(engineSocket);
  const ticks = new Map<string, number>();
  let looked = (): void => undefined;
  const course = new Course({
    engine,
    lesson: read.lesson,
    seed: 'bench',
    done: [],
    memory: NO_MEMORY,
    onTasks: (tasks) => {
      for (const task of tasks)
        if (task.state === 'done' && !ticks.has(task.id)) ticks.set(task.id, performance.now());
      looked();
    },
    onDone: () => undefined,
    onStanding: () => undefined,
    onMemory: () => undefined,
  });
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('A task that was done got no tick.')), LIMIT_MS);
      looked = () => {
        if (!holds()) return;
        clearTimeout(timer);
        resolve();
      };
      looked();
    });
  try {
    await callEngine(engineSocket, 'POST', '/v1.41/images/create?fromImage=busybox&tag=latest', {});
    const times: number[] = [];
    for (let task = 0; task < TASKS; task += 1) {
      await engine.call('POST', `/v1.41/images/busybox/tag?repo=made&tag=${task}`, Nothing, {});
      const begun = performance.now();
      await until(() => ticks.has(`task-${task}`));
      times.push(Math.max(0, (ticks.get(`task-${task}`) ?? 0) - begun));
    }
    return median(times);
  } finally {
    course.close();
    engine.close();
    await supervisor.destroy(id);
  }
}
