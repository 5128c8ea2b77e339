import { afterAll, beforeAll, expect, test } from 'vitest';

import { parseLesson } from '../lessons/reader.ts';
import type { SpawnedSupervisor } from '../sandbox/host/spawned.ts';
import { EngineClient } from '../server/engine/client.ts';
import { Course } from '../server/lessons/course.ts';
import type { TaskView } from '../server/protocol.ts';
import { openHost, type Host } from './host/supervisors.ts';

const LESSON = `---
title: A lesson
summary: s
level: beginner
minutes: 1
outcomes: [o]
variables:
  port: { between: [8100, 8199] }
setup:
  pull: [busybox]
  files: [{ path: ~/a/b.txt, content: "it's {{port}}\\n", mode: '600' }]
---

## One

\`\`\`task
id: one
title: t
checks:
  - { kind: workspace-file, path: ~/a/b.txt, matches: '^done {{port}}$' }
  - { kind: image-exists, image: busybox }
  - { kind: command, run: 'stat -c %a ~/a/b.txt', contains: '600', missing: m }
solution: sed -i "s/it's/done/" ~/a/b.txt
\`\`\`

## Two

\`\`\`setup
run: docker run -d --name web -p {{port}}:80 busybox sh -c 'mkdir /w; echo Hi > /w/index.html; httpd -f -h /w'
\`\`\`

\`\`\`task
id: two
title: t
checks:
  - { kind: http, port: '{{port}}', contains: Hi }
  - { kind: container-config, name: web, ports: { 80/tcp: '{{port}}' } }
  - { kind: file-in-layer, image: busybox, path: /bin/busybox, layer: 0 }
\`\`\`
`;

let host: Host;
let running: SpawnedSupervisor;

beforeAll(async () => {
  host = await openHost();
  running = await host.start();
});

afterAll(async () => {
  await running.close();
  await host.remove();
});

test('a machine is brought to a step: set up, with what comes before done again', async () => {
  const read = parseLesson(LESSON, { file: 'lesson.md', slug: 'x' });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const session = await running.supervisor.create();
  const engine = new EngineClient(session.engineSocket);
  let tasks: readonly TaskView[] = [];
  const course = new Course({
    engine,
    lesson: read.lesson,
    seed: 'x',
    done: [],
    memory: { begun: {}, prepared: [], returnTo: 'two' },
    onTasks: (now) => (tasks = now),
    onDone: () => undefined,
    onStanding: () => undefined,
    onMemory: () => undefined,
  });
  try {
    const states = () => tasks.map(({ state }) => state);
    await expect.poll(states, { timeout: 90_000 }).toEqual(['done', 'done']);
    expect(course.standing.steps).toEqual({ one: { state: 'ready' }, two: { state: 'ready' } });
    expect(Number(course.standing.values.port)).toBeGreaterThanOrEqual(8100);
  } finally {
    course.close();
    engine.close();
    await running.supervisor.destroy(session.id);
  }
});
