import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatProblem } from '../../../lessons/problems.ts';
import { parseLesson } from '../../../lessons/reader.ts';
import { importClassroom } from './classroom.ts';
import { importLesson } from './import.ts';
import { importScenario } from './scenario.ts';
import { readVerifyScript } from './verify.ts';
import type { Imported } from './written.ts';

/** What came out, read as any lesson is. */
function read({ files, slug }: Imported) {
  const parsed = parseLesson(files.get('lesson.md') ?? '', { file: 'lesson.md', slug });
  if ('problems' in parsed) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.lesson;
}

const blocksOf = (imported: Imported) =>
  read(imported).steps.map(({ title, blocks }) => [title, ...blocks.map((block) => block.type)]);

const PAGE = `---
layout: post
title: "Containers, at a run"
description: A first look.
tags: [beginner, Linux]
terms: 2
---

Welcome to the page.

## Start one

Type this:

\`\`\`.term1
docker run --rm alpine echo hi
\`\`\`

and in the other one:

\`\`\`.term2
docker ps
\`\`\`

It prints:

\`\`\`
CONTAINER ID
\`\`\`

![a whale](/images/whale.png)

{% include next.html %}

## Quiz

{:.quiz}
What is a container?

- ( ) An image
- (x) A process
`;

describe('a page with terminals in its classes', () => {
  test('becomes a lesson with commands and quizzes', () => {
    const imported = importClassroom(PAGE, 'page.md');
    expect(read(imported)).toMatchObject({
      slug: 'containers-at-a-run',
      title: 'Containers, at a run',
      summary: 'A first look.',
      level: 'beginner',
      tags: ['beginner', 'linux'],
    });
    expect(blocksOf(imported)).toEqual([
      ['Introduction', 'prose'],
      ['Start one', 'prose', 'command', 'prose', 'command', 'prose', 'prose', 'prose'],
      ['Quiz', 'quiz'],
    ]);
    const [quiz] = read(imported).exercises;
    expect(quiz).toMatchObject({
      question: 'What is a container?',
      choices: [{ right: false }, { right: true }],
    });
    expect(JSON.stringify(read(imported).steps[1])).toContain('"terminal":2');
  });

  test('what it could not take is listed with its line', () => {
    const { left } = importClassroom(PAGE, 'page.md');
    expect(left.map(({ where }) => where)).toEqual(['page.md:31', 'page.md:33', 'lesson.md', 'lesson.md']);
  });

  test.each([
    ['nothing at all', ''],
    ['a block without end', '## A\n```.term1\nls\n'],
    ['a quiz without a right answer', '## A\nWhich?\n- ( ) One\n- ( ) Two\n'],
    ['the same heading twice', '## A\nx\n## A\ny\n'],
    ['HTML', '## A\n<div class="x">text</div>\n'],
  ])('%s still becomes a lesson that can be read', (_what, page) => {
    expect(read(importClassroom(page, 'page.md')).steps.length).toBeGreaterThan(0);
  });
});

const SCENARIO = new Map([
  [
    'index.json',
    JSON.stringify({
      title: 'Build it',
      description: 'From a file to an image.',
      difficulty: 'Intermediate',
      time: '10 minutes',
      details: {
        intro: { text: 'intro.md', background: 'prepare.sh' },
        steps: [
          { title: 'Write and build', text: 'step1.md', verify: 'verify1.sh' },
          { title: 'Look', text: 'step2.md', verify: 'gone.sh' },
        ],
        finish: { text: 'finish.md' },
      },
      backend: { imageid: 'ubuntu' },
    }),
  ],
  ['intro.md', '# Build it\n\nLet us begin.\n'],
  [
    'step1.md',
    `Save it:

<pre class="file" data-filename="web/Dockerfile" data-target="replace">FROM alpine
</pre>

\`docker build -t web:1 .\`{{execute}}

\`\`\`
docker images
docker history web:1
\`\`\`{{exec interrupt T2}}

Open {{TRAFFIC_HOST1_80}} and see.

>>Q1: What did it make?<<
- ( ) A container
- (x) An image
`,
  ],
  ['step2.md', 'Try `docker ps`{{execute}} now.\n'],
  [
    'verify1.sh',
    '#!/bin/bash\nset -e\ndocker image inspect web:1 > /dev/null\ncurl -s localhost:8080 | grep hello\n',
  ],
  ['finish.md', 'Done.\n'],
]);

describe('a folder with index.json', () => {
  test('becomes a lesson with files, commands, tasks and quizzes', () => {
    const imported = importScenario(SCENARIO, 'folder');
    expect(read(imported)).toMatchObject({ title: 'Build it', level: 'intermediate', minutes: 10 });
    expect(blocksOf(imported)).toEqual([
      ['Introduction', 'prose'],
      ['Write and build', 'prose', 'file', 'command', 'command', 'prose', 'quiz', 'task'],
      ['Look', 'prose'],
      ['The end', 'prose'],
    ]);
    const { steps, tasks } = read(imported);
    expect(steps[1]?.blocks[1]).toMatchObject({ path: '/root/web/Dockerfile', text: 'FROM alpine\n' });
    expect(steps[1]?.blocks[3]).toMatchObject({ terminal: 2, interrupt: true });
    expect(tasks[0]?.checks).toEqual([{ kind: 'image-exists', image: 'web:1' }]);
  });

  test('what it could not take is listed', () => {
    const what = importScenario(SCENARIO, 'folder').left.map((left) => `${left.where}: ${left.what}`);
    expect(what).toEqual([
      expect.stringMatching(/^prepare\.sh: .*setup/),
      expect.stringMatching(/^step1\.md: .*TRAFFIC_HOST1_80/),
      'verify1.sh: No check was made of: curl -s localhost:8080 | grep hello',
      expect.stringMatching(/^step2\.md: `docker ps` stood inside a line/),
      'index.json: The script `gone.sh` of “Look” is not in the folder.',
      expect.stringMatching(/^lesson\.md: /),
    ]);
  });

  test('an index that is none is refused with a way out', () => {
    expect(() => importScenario(new Map([['index.json', '{"title": 1}']]), 'x')).toThrow('index.json');
  });
});

test.each([
  ['docker images | grep -q web', { kind: 'image-exists', image: 'web' }],
  ['if [ -z "$(docker images -q web:2)" ]; then', { kind: 'image-exists', image: 'web:2' }],
  ['docker ps | grep "box"', { kind: 'container-exists', name: 'box', state: 'running' }],
  ['docker ps -a | grep box', { kind: 'container-exists', name: 'box' }],
  ['docker container inspect box', { kind: 'container-exists', name: 'box' }],
])('of a verify script, %s becomes a check', (line, check) => {
  expect(readVerifyScript(`#!/bin/sh\n${line}\nexit 0\n`)).toEqual({ checks: [check], unread: [] });
});

describe('a source', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-import-'));
  });
  afterEach(async () => rm(folder, { recursive: true }));

  test('is known by what it is', async () => {
    await writeFile(join(folder, 'page.md'), PAGE);
    expect((await importLesson(join(folder, 'page.md'))).slug).toBe('containers-at-a-run');
    for (const [path, content] of SCENARIO) await writeFile(join(folder, path), content);
    expect((await importLesson(folder)).slug).toBe('build-it');
  });

  test('that is no lesson is refused', async () => {
    await expect(importLesson(join(folder, 'none'))).rejects.toThrow('is no lesson');
    await expect(importLesson(folder)).rejects.toThrow('has no index.json');
  });
});
