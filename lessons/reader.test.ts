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
    const task = {
      type: 'task',
      step: 'second-step',
      id: 'one',
      title: 'Do it',
      checks: [{ kind: 'image-exists', image: 'debian' }],
      hints: [],
      'dead-ends': [],
      'near-misses': [],
    };
    expect(parseLesson(text, { file: 'lesson.md', slug: 'a-lesson' })).toEqual({
      lesson: {
        slug: 'a-lesson',
        title: 'A lesson',
        summary: 'About something.',
        level: 'beginner',
        minutes: 5,
        outcomes: ['do it'],
        needs: [],
        tags: [],
        gated: false,
        variables: {},
        steps: [
          {
            id: 'first-step',
            title: 'First step',
            prepared: false,
            blocks: [
              { type: 'prose', html: '<p>Some <em>prose</em>.</p>\n' },
              { type: 'command', text: 'docker ps\ndocker images', run: true, interrupt: false },
              { type: 'command', text: 'docker rm x', run: false, interrupt: false },
              { type: 'prose', html: '<pre><code class="language-text">output\n</code></pre>\n' },
            ],
          },
          {
            id: 'second-step',
            title: 'Second step',
            prepared: false,
            blocks: [{ type: 'task', id: 'one', title: 'Do it', checks: 1, hints: [] }],
          },
        ],
        exercises: [task],
        tasks: [task],
        setups: new Map(),
        assets: new Map(),
      },
    });
  });

  test('has blocks of many kinds', () => {
    const text = `${FRONT.replace('---\n', '---\ntags: [layers]\nvariables:\n  base: { choose: [debian, busybox] }\n  box: { label: the id, capture: { kind: container, value: short-id } }\nsetup:\n  pull: [debian]\n  files: [{ path: ~/notes, from: files/notes.txt }]\n')}
## A

> [!TIP]
> Use \`{{base}}\`.

\`\`\`sh terminal=2 interrupt
docker logs {{box}}
\`\`\`

\`\`\`dockerfile file=~/web/Dockerfile
FROM {{base}}
\`\`\`

\`\`\`setup
run: mkdir -p ~/web
\`\`\`

\`\`\`layers
caption: Two images
stacks:
  - name: web
    layers: [{ text: mine, look: new }, debian]
  - { name: debian, layers: [debian] }
\`\`\`

\`\`\`quiz
id: what
question: Which?
choices:
  - { text: this, right: true }
  - { text: that, why: No. }
\`\`\`

\`\`\`predict
id: guess
question: What is its id?
value: box
run: docker ps
\`\`\`

![A stack](stack.svg)
`;
    const assets = new Map([
      ['files/notes.txt', Buffer.from('hello')],
      ['stack.svg', Buffer.from('<svg/>')],
    ]);
    const read = parseLesson(text, { file: 'lesson.md', slug: 'x', assets });
    if ('problems' in read) throw new Error(read.problems.map(formatProblem).join('\n'));
    const { steps, exercises, setup, setups, variables } = read.lesson;
    expect(steps[0]?.prepared).toBe(true);
    expect(steps[0]?.blocks).toEqual([
      { type: 'note', level: 'tip', html: '<p>Use <code>{{base}}</code>.</p>\n' },
      { type: 'command', text: 'docker logs {{box}}', run: true, interrupt: true, terminal: 2 },
      {
        type: 'file',
        index: 0,
        path: '/root/web/Dockerfile',
        language: 'dockerfile',
        text: 'FROM {{base}}\n',
      },
      {
        type: 'layers',
        caption: 'Two images',
        stacks: [
          {
            name: 'web',
            layers: [
              { text: 'mine', look: 'new' },
              { text: 'debian', look: 'plain' },
            ],
          },
          { name: 'debian', layers: [{ text: 'debian', look: 'plain' }] },
        ],
      },
      { type: 'quiz', id: 'what', question: 'Which?', answer: 'one', choices: ['this', 'that'] },
      { type: 'predict', id: 'guess', question: 'What is its id?', choices: [], run: 'docker ps' },
      { type: 'prose', html: '<p><img src="/api/lessons/x/files/stack.svg" alt="A stack"></p>\n' },
    ]);
    expect(exercises.map(({ type, id, step }) => [type, id, step])).toEqual([
      ['quiz', 'what', 'a'],
      ['predict', 'guess', 'a'],
    ]);
    expect(setup).toMatchObject({
      pull: ['debian'],
      files: [{ path: '/root/notes', content: 'hello', mode: '644' }],
    });
    expect(setups.get('a')).toMatchObject({ run: 'mkdir -p ~/web' });
    expect(Object.keys(variables)).toEqual(['base', 'box']);
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
    [
      'a wrong type',
      FRONT.replace('minutes: 5', 'minutes: long'),
      'lesson.md:5: `minutes`: must be a number, not `"long"`.',
    ],
    ['broken YAML', FRONT.replace('title: A', 'title: "A'), /^lesson.md:\d+: /],
    [
      'code that is not quoted',
      FRONT.replace('  - do it', '  - `docker ps`: shows'),
      /^lesson.md:7: .* Put the whole text in quotes\.$/,
    ],
    [
      'an empty one of a list',
      FRONT.replace('  - do it', "  - do it\n  - ''"),
      'lesson.md:8: `outcomes` 2: is empty.',
    ],
    [
      'nothing in a list',
      FRONT.replace('  - do it', '  - do it\n  -'),
      /^lesson.md:\d+: `outcomes` 2: must be a text, not empty\.$/,
    ],
    [
      'too much',
      FRONT.replace('minutes: 5', 'minutes: 5000'),
      /^lesson.md:5: `minutes`: must be at most \d+\.$/,
    ],
    [
      'a block without an end',
      `${FRONT}## A\nx\n\`\`\`sh\nls\n\n## B\n`,
      'lesson.md:11: This block is not closed: a line of three backticks ends it.',
    ],
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
      'a variable that is not declared',
      `${FRONT}## A\n{{nam}} and \`--format '{{.Id}}{{end}}'\`\n`,
      'lesson.md:10: There is no variable `nam`: declare it in the front matter.',
    ],
    [
      'a misspelt key of a capture',
      `${FRONT.replace('---\n', '---\nvariables:\n  a: { label: x, capture: { kind: image, image: debian, valeu: id } }\n')}## A\nx\n`,
      'lesson.md:3: Unknown key `valeu` in variables a capture. Did you mean `value`?',
    ],
    [
      'a misspelt key of a hint',
      `${FRONT}## A\n${TASK.replace('checks:', 'hints:\n  - { text: x, afer: 2 }\nchecks:')}`,
      'lesson.md:14: Unknown key `afer` in hints 1. Did you mean `after`?',
    ],
    [
      'a quiz without a right answer',
      `${FRONT}## A\n\`\`\`quiz\nid: q\nquestion: Q?\nchoices:\n  - text: a\n  - text: b\n\`\`\`\n`,
      'lesson.md:14: `choices`: no choice is marked `right: true`.',
    ],
    [
      'an example that does not match',
      `${FRONT}## A\n\`\`\`quiz\nid: q\nquestion: Q?\nanswer: docker (ps|container ls)\nexample: docker pss\n\`\`\`\n`,
      'lesson.md:14: `example`: does not match `answer`.',
    ],
    [
      'a prediction of nothing',
      `${FRONT}## A\n\`\`\`predict\nid: q\nquestion: Q?\nvalue: nothing\n\`\`\`\n`,
      'lesson.md:11: The prediction `q` asks for `nothing`, which is no captured variable.',
    ],
    [
      'a path that leads upwards',
      `${FRONT}## A\n\`\`\`text file=~/../etc/passwd\nx\n\`\`\`\n`,
      'lesson.md:10: The path `~/../etc/passwd` must not lead upwards.',
    ],
    [
      'a picture that is not there',
      `${FRONT}## A\n![](none.svg)\n`,
      'lesson.md:10: There is no picture `none.svg` in the lesson’s folder (.svg, .png, .jpg or .webp).',
    ],
    [
      'a kind of note that is not',
      `${FRONT}## A\n> [!TIPP]\n> x\n`,
      'lesson.md:10: There is no note of the kind `tipp`. Did you mean `tip`?',
    ],
    [
      'a set-up without the file it names',
      `${FRONT}## A\ntext\n\`\`\`setup\nfiles: [{ path: ~/a, from: b }]\n\`\`\`\n`,
      'lesson.md:11: There is no file `b` in the lesson’s folder.',
    ],
    [
      'a number of a terminal that cannot be',
      `${FRONT}## A\n\`\`\`sh terminal=9\nls\n\`\`\`\n`,
      'lesson.md:10: `terminal=` is a number from 1 to 8.',
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
  for (const { tasks } of lessons.values()) expect(tasks.every(({ hints }) => hints.length > 0)).toBe(true);
}, 30_000);

test('the schema can be had as JSON schema', () => {
  expect(lessonJsonSchemas()).toMatchObject({
    task: { required: ['id', 'title', 'checks'], additionalProperties: false },
  });
});
