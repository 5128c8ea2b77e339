import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXAMPLE, newLesson } from '../new.ts';
import { dockerCommands } from './lesson.ts';
import { formatFinding, lint } from './lint.ts';
import { RULES } from './rules.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-lint-'));
});
afterEach(async () => rm(folder, { recursive: true }));

async function write(name: string, text: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'lesson.md'), text);
}

/** `line: rule` of what is found in the example after a change. */
async function findingsOf(change: (text: string) => string): Promise<string[]> {
  const text = change(EXAMPLE);
  expect(text).not.toBe(EXAMPLE);
  await write('01-one', text);
  return (await lint(folder)).map(({ line, rule }) => `${line}: ${rule}`);
}

/** The line of the example in which `text` first stands. */
const at = (text: string): number => EXAMPLE.split('\n').findIndex((line) => line.includes(text)) + 1;

/** The example is small on purpose. */
const SMALL = '1: enough-to-do';

test('a new lesson is one that lint has nothing against, but that it is small', async () => {
  expect(await newLesson(folder, 'first-try')).toBe(join(folder, '01-first-try'));
  expect(await newLesson(folder, 'second-try')).toBe(join(folder, '02-second-try'));
  const findings = await lint(folder);
  expect(findings.map(({ rule, severity }) => `${severity}: ${rule}`)).toEqual([
    'warning: enough-to-do',
    'warning: enough-to-do',
  ]);
  await expect(newLesson(folder, 'first-try')).rejects.toThrow('There is a lesson 01-first-try already.');
  await expect(newLesson(folder, '../x')).rejects.toThrow('is no name for a lesson');
});

test('the example of the author’s guide is the one that a new lesson begins with', async () => {
  const guide = await readFile(join(import.meta.dirname, '../../../docs/authoring.md'), 'utf8');
  const [, example] = /^````markdown\n([\s\S]*?)^````$/m.exec(guide) ?? [];
  expect(example).toBe(EXAMPLE);
});

test('the author’s guide names every rule', async () => {
  const guide = await readFile(join(import.meta.dirname, '../../../docs/authoring.md'), 'utf8');
  for (const { name } of RULES) expect(guide).toContain(`\`${name}\``);
});

describe('lint finds', () => {
  test.each<[string, (text: string) => string, string[]]>([
    [
      'a task without a solution',
      (text) => text.replace('solution: docker pull busybox\n', ''),
      [SMALL, `${at('docker pull busybox')}: covered`, `${at('id: pull')}: solution`],
    ],
    [
      'a solution that waits for a person',
      (text) => text.replace('solution: docker pull busybox', 'solution: docker run -it busybox'),
      [SMALL, `${at('docker pull busybox')}: covered`, `${at('id: pull')}: interactive-solution`],
    ],
    [
      'a task without hints',
      (text) =>
        text.replace('hints:\n  - Images are fetched by their name, with one word after `docker`.\n', ''),
      [SMALL, `${at('id: pull')}: hint`],
    ],
    [
      'a hint that is the solution',
      (text) =>
        text.replace(
          '- Images are fetched by their name, with one word after `docker`.',
          '- Type docker pull busybox.',
        ),
      [SMALL, `${at('id: pull')}: one-rung`],
    ],
    [
      'a link to a lesson that is not',
      (text) => text.replace('A name is a label', 'A [name](/lessons/names) is a label'),
      [SMALL, `${at('A name is a label')}: link`],
    ],
    [
      'a link to plain http',
      (text) => text.replace('A name is a label', 'A [name](http://example.com) is a label'),
      [SMALL, `${at('A name is a label')}: link`],
    ],
    [
      'HTML',
      (text) => text.replace('A name is a label', 'A <b>name</b> is a label'),
      [SMALL, `${at('A name is a label')}: raw-html`],
    ],
    [
      'an outcome that is never taught',
      (text) => text.replace('with `docker tag`', 'with `docker buildx`'),
      [SMALL, `${at('give an image another name')}: outcome`],
    ],
    [
      'a command that no solution uses',
      (text) => text.replace('docker image ls', 'docker save mine:1'),
      [SMALL, `${at('docker image ls')}: covered`],
    ],
    [
      'minutes that cannot be',
      (text) => text.replace('minutes: 6', 'minutes: 120'),
      [SMALL, `${at('minutes:')}: minutes`],
    ],
    [
      'a variable that is used nowhere',
      (text) => text.replace('tags: [tags]', 'tags: [tags]\nvariables:\n  colour: { choose: [red, blue] }'),
      [SMALL, `${at('tags: [tags]') + 2}: unused-variable`],
    ],
    [
      'a misspelt kind, as the format says it',
      (text) =>
        text.replace('kind: image-exists\n    image: busybox', 'kind: image-exist\n    image: busybox'),
      [`${at('kind: image-exists')}: format`],
    ],
  ])('%s', async (_what, change, findings) => {
    expect(await findingsOf(change)).toEqual(findings);
  });

  test('everything at once, each with file, line, severity and rule', async () => {
    await write('01-one', EXAMPLE.replace('solution: docker pull busybox\n', ''));
    await write('02-two', EXAMPLE.replace('title: A', 'titel: A'));
    const findings = await lint(folder);
    expect(findings.map(({ file }) => file.slice(folder.length))).toEqual([
      ...['/01-one/lesson.md', '/01-one/lesson.md', '/01-one/lesson.md'],
      ...['/02-two/lesson.md', '/02-two/lesson.md'],
    ]);
    expect(findings.map(formatFinding)).toContain(
      `${join(folder, '01-one/lesson.md')}:${at('id: pull')}: error: The task \`pull\` has no \`solution\`: add the lines that solve it. [solution]`,
    );
    expect((await lint(folder, ['two'])).length).toBe(2);
  });

  test('needs that come later, tags that are spelt otherwise, files that nobody uses', async () => {
    const front = (text: string) => EXAMPLE.replace('tags: [tags]', text);
    await write('01-one', front('tags: [building]\nneeds: [two]'));
    await write('02-two', front('tags: [buildings]'));
    await writeFile(join(folder, '02-two', 'left.txt'), '');
    await writeFile(join(folder, 'groups.yaml'), '- title: A\n  summary: B\n  lessons: [one, tow]\n');
    const findings = (await lint(folder)).filter(({ rule }) => rule !== 'enough-to-do');
    expect(findings.map(({ rule }) => rule).toSorted()).toEqual(
      ['groups', 'needs-order', 'tag', 'tag', 'unused-file'].toSorted(),
    );
  });
});

test.each([
  ['docker images', ['image ls']],
  ['cd x && docker build -t a . && docker image ls', ['build', 'image ls']],
  ['x=$(docker run -d nginx)', ['run']],
  ['docker-compose up -d; docker compose down', ['compose up', 'compose down']],
  ['docker --context=x ps -a', ['container ls']],
  ['echo dockerd; ls docker', []],
  ['docker run \\\n  --rm a', ['run']],
  ['docker ps\ndocker rmi a', ['container ls', 'image rm']],
])('of %j the Docker commands are known', (text, commands) => {
  expect(dockerCommands(text)).toEqual(commands);
});
