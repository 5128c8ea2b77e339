import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseLesson, readLessons } from './reader.ts';
import { formatProblem } from './problems.ts';
import { lessonJsonSchemas } from './schema.ts';

const FRONT = `---
title: A lesson
summary: About something.
level: beginner
minutes: 5
outcomes:
  - do it
---
`;
const TASK = `\`\`\`task
id: one
title: Do it
checks:
  - kind: image-exists
    image: debian
\`\`\`
`;

function problemsOf(text: string): string[] {
  const read = parseLesson(text, { file: 'lesson.md', slug: 'x' });
  return 'problems' in read ? read.problems.map(formatProblem) : [];
}

describe('a lesson', () => {
  test('is steps of prose, commands and tasks', () => {
    const text = `${FRONT}
## First step

Some *prose*.

\`\`\`sh
docker ps
docker images
\`\`\`

\`\`\`sh norun
docker rm x
\`\`\`

\`\`\`text
output
\`\`\`

## Second step

${TASK}`;
    expect(parseLesson(text, { file: 'lesson.md', slug: 'a-lesson' })).toEqual({
      lesson: {
        slug: 'a-lesson',
        title: 'A lesson',
        summary: 'About something.',
        level: 'beginner',
        minutes: 5,
        outcomes: ['do it'],
        steps: [
          {
            id: 'first-step',
            title: 'First step',
            blocks: [
              { type: 'prose', html: '<p>Some <em>prose</em>.</p>\n' },
              { type: 'command', text: 'docker ps\ndocker images', run: true },
              { type: 'command', text: 'docker rm x', run: false },
              { type: 'prose', html: '<pre><code class="language-text">output\n</code></pre>\n' },
            ],
          },
          { id: 'second-step', title: 'Second step', blocks: [{ type: 'task', id: 'one', title: 'Do it' }] },
        ],
        tasks: [{ id: 'one', title: 'Do it', checks: [{ kind: 'image-exists', image: 'debian' }] }],
      },
    });
  });

  test('shows raw HTML as text, and links to no scripts', () => {
    const read = parseLesson(`${FRONT}## S\n<img src=x onerror=alert(1)> [x](javascript:alert(1))`, {
      file: 'lesson.md',
      slug: 'x',
    });
    const html = JSON.stringify(read);
    expect(html).toContain('&lt;img');
    expect(html).not.toContain('href');
  });
});

describe('problems name the line and the way out', () => {
  test.each([
    [
      'no front matter',
      'hello',
      'lesson.md:1: A lesson begins with front matter between two lines of `---`.',
    ],
    [
      'a misspelt key',
      FRONT.replace('title:', 'titel:'),
      'lesson.md:2: Unknown key `titel`. Did you mean `title`?',
    ],
    ['a missing key', FRONT.replace('minutes: 5\n', ''), 'lesson.md:2: `minutes` is missing.'],
    [
      'a wrong level',
      FRONT.replace('beginner', 'begginer'),
      'lesson.md:4: `begginer` is no value for `level`. Did you mean `beginner`?',
    ],
    ['a wrong type', FRONT.replace('minutes: 5', 'minutes: long'), /^lesson.md:5: `minutes`: Invalid input/],
    ['broken YAML', FRONT.replace('title: A', 'title: "A'), /^lesson.md:\d+: /],
    ['no step', FRONT, 'lesson.md:1: A lesson has at least one step: a `## ` heading.'],
    [
      'text before the first step',
      `${FRONT}hello\n`,
      'lesson.md:9: Text stands in a step: begin with a `## ` heading.',
    ],
    [
      'a second title',
      `${FRONT}# Title\n`,
      'lesson.md:9: The title stands in the front matter; steps begin with `## `.',
    ],
    ['an empty step', `${FRONT}## A\n\n## B\ntext\n`, 'lesson.md:9: The step “A” is empty.'],
    ['two steps alike', `${FRONT}## A\ntext\n## A\ntext\n`, 'lesson.md:11: There are two steps “A”.'],
    [
      'an unknown block',
      `${FRONT}## A\n\`\`\`taks\n\`\`\`\n`,
      'lesson.md:10: Unknown kind of block `taks`. Did you mean `task`?',
    ],
    [
      'an unknown word',
      `${FRONT}## A\n\`\`\`sh no-run\nls\n\`\`\`\n`,
      'lesson.md:10: Unknown word `no-run` after `sh`. Did you mean `norun`?',
    ],
    ['an empty command', `${FRONT}## A\n\`\`\`sh\n\`\`\`\n`, 'lesson.md:10: This command is empty.'],
    [
      'a task in a list',
      `${FRONT}## A\n- x\n\n  \`\`\`task\n  id: x\n  \`\`\`\n`,
      /^lesson.md:12: A `task` block must stand at the margin/,
    ],
    ['two tasks alike', `${FRONT}## A\n${TASK}\n${TASK}`, 'lesson.md:18: There are two tasks `one`.'],
    [
      'a kind that is not',
      `${FRONT}## A\n${TASK.replace('image-exists', 'image-exist')}`,
      'lesson.md:14: `image-exist` is no value for `kind`. Did you mean `image-exists`?',
    ],
    [
      'a key that no such check has',
      `${FRONT}## A\n${TASK.replace('    image:', '    imgae:')}`,
      'lesson.md:15: Unknown key `imgae` in checks 1. Did you mean `image`?',
    ],
    [
      'a task without checks',
      `${FRONT}## A\n\`\`\`task\nid: a\ntitle: b\n\`\`\`\n`,
      'lesson.md:11: `checks` is missing.',
    ],
  ])('%s', (_what, text, problem) => {
    const problems = problemsOf(text);
    if (typeof problem === 'string') expect(problems).toContain(problem);
    else expect(problems.some((line) => problem.test(line))).toBe(true);
  });

  test('all at once', () => {
    expect(problemsOf(`${FRONT.replace('title:', 'titel:')}## A\n\`\`\`taks\n\`\`\`\n`)).toHaveLength(4);
  });
});

test('a broken lesson does not take the others along', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-lessons-'));
  for (const [name, text] of [
    ['01-good', `${FRONT}## A\ntext\n`],
    ['02-broken', 'hello'],
    ['no-number', `${FRONT}## A\ntext\n`],
  ] as const) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'lesson.md'), text);
  }
  const { lessons, problems } = await readLessons(folder);
  expect([...lessons.keys()]).toEqual(['good']);
  expect(problems).toHaveLength(2);
  await rm(folder, { recursive: true });
});

test('the lessons of the project have no problems', async () => {
  const { lessons, problems } = await readLessons(import.meta.dirname);
  expect(problems.map(formatProblem)).toEqual([]);
  for (const { tasks } of lessons.values()) expect(tasks.every(({ hint }) => hint !== undefined)).toBe(true);
});

test('the schema can be had as JSON schema', () => {
  expect(lessonJsonSchemas()).toMatchObject({
    task: { required: ['id', 'title', 'checks'], additionalProperties: false },
  });
});
