import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { didYouMean, type LessonProblem } from './problems.ts';
import { FrontMatter, Task, type LessonBlock, type LessonSource, type LessonStep } from './schema.ts';
import { parseMarkdown, type MarkdownPart } from './markdown.ts';
import { parseYaml } from './yaml.ts';

/** `NN-slug`: the number orders the list, the slug is the address. */
const FOLDER_PATTERN = /^\d{2}-([a-z0-9]+(?:-[a-z0-9]+)*)$/;

export interface Lessons {
  /** By slug, in the order of the folders' numbers. */
  readonly lessons: ReadonlyMap<string, LessonSource>;
  /** What is wrong with those that are missing. */
  readonly problems: readonly LessonProblem[];
}

/** Reads every lesson of a folder. One that has problems is left out: the others are still to be had. */
export async function readLessons(folder: string): Promise<Lessons> {
  const lessons = new Map<string, LessonSource>();
  const problems: LessonProblem[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const name of entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()) {
    const slug = FOLDER_PATTERN.exec(name)?.[1];
    const file = join(folder, name, 'lesson.md');
    if (slug === undefined || lessons.has(slug)) {
      const message =
        slug === undefined
          ? 'A lesson’s folder is named like 01-first-image.'
          : `There are two lessons ${slug}.`;
      problems.push({ file, line: 1, message });
      continue;
    }
    const read = parseLesson(await readFile(file, 'utf8'), { file, slug });
    if ('problems' in read) problems.push(...read.problems);
    else lessons.set(slug, read.lesson);
  }
  return { lessons, problems };
}

export interface LessonPlace {
  /** As it stands in problems. */
  readonly file: string;
  readonly slug: string;
}

/** One `lesson.md`: front matter, then steps of prose, commands and tasks. All problems are found in one go. */
export function parseLesson(
  text: string,
  { file, slug }: LessonPlace,
): { lesson: LessonSource } | { problems: LessonProblem[] } {
  const split = splitFrontMatter(text);
  if (!split)
    return {
      problems: [{ file, line: 1, message: 'A lesson begins with front matter between two lines of `---`.' }],
    };
  const front = parseYaml(split.front, FrontMatter, { file, firstLine: 2 });
  const body = new BodyReader(file);
  for (const part of parseMarkdown(split.body, split.bodyLine)) body.take(part);
  const problems = [...('problems' in front ? front.problems : []), ...body.finish()];
  if ('problems' in front || problems.length > 0) return { problems };
  return { lesson: { slug, ...front.value, steps: body.steps, tasks: body.tasks } };
}

function splitFrontMatter(text: string): { front: string; body: string; bodyLine: number } | undefined {
  const match = /^---\r?\n([\s\S]*?\n)---[ \t]*(?:\r?\n|$)/.exec(text);
  if (!match) return undefined;
  return {
    front: match[1] ?? '',
    body: text.slice(match[0].length),
    bodyLine: match[0].split('\n').length,
  };
}

/** The languages a fenced block may have: `sh` and `task` mean something, the others are shown. */
const LANGUAGES = [
  'sh',
  'task',
  'text',
  'console',
  'dockerfile',
  'json',
  'yaml',
  'diff',
  'python',
  'c',
  'go',
];

/** Builds steps and tasks from the parts of the text. */
class BodyReader {
  readonly steps: LessonStep[] = [];
  readonly tasks: Task[] = [];
  readonly #file: string;
  readonly #problems: LessonProblem[] = [];
  #blocks: LessonBlock[] = [];
  #stepLine = 0;

  constructor(file: string) {
    this.#file = file;
  }

  take(part: MarkdownPart): void {
    if (part.type === 'step') {
      this.#beginStep(part.title, part.line);
      return;
    }
    if (part.type === 'problem') {
      this.#problem(part.line, part.message);
      return;
    }
    if (this.steps.length === 0) {
      this.#problem(part.line, 'Text stands in a step: begin with a `## ` heading.');
      return;
    }
    if (part.type === 'prose') this.#blocks.push({ type: 'prose', html: part.html });
    else this.#takeFence(part);
  }

  finish(): LessonProblem[] {
    this.#checkStep();
    if (this.steps.length === 0) this.#problem(1, 'A lesson has at least one step: a `## ` heading.');
    return this.#problems;
  }

  #beginStep(title: string, line: number): void {
    this.#checkStep();
    this.#blocks = [];
    this.#stepLine = line;
    const id = slugify(title);
    if (this.steps.some((step) => step.id === id)) this.#problem(line, `There are two steps “${title}”.`);
    this.steps.push({ id, title, blocks: this.#blocks });
  }

  #checkStep(): void {
    const step = this.steps.at(-1);
    if (step?.blocks.length === 0) this.#problem(this.#stepLine, `The step “${step.title}” is empty.`);
  }

  #takeFence({ info, text, html, line }: Extract<MarkdownPart, { type: 'fence' }>): void {
    const [language = '', ...words] = info.split(/\s+/).filter((word) => word !== '');
    if (language !== '' && !LANGUAGES.includes(language)) {
      this.#problem(line, `Unknown kind of block \`${language}\`.${didYouMean(language, LANGUAGES)}`);
      return;
    }
    const odd = words.find((word) => !(language === 'sh' && word === 'norun'));
    if (odd !== undefined) {
      this.#problem(line, `Unknown word \`${odd}\` after \`${language}\`.${didYouMean(odd, ['norun'])}`);
      return;
    }
    if (language === 'task') {
      this.#takeTask(text, line);
      return;
    }
    if (language !== 'sh') return void this.#blocks.push({ type: 'prose', html });
    if (text.trim() === '') {
      this.#problem(line, 'This command is empty.');
      return;
    }
    this.#blocks.push({ type: 'command', text: text.replace(/\n+$/, ''), run: !words.includes('norun') });
  }

  #takeTask(text: string, line: number): void {
    const parsed = parseYaml(text, Task, { file: this.#file, firstLine: line + 1 });
    if ('problems' in parsed) return void this.#problems.push(...parsed.problems);
    const task = parsed.value;
    if (this.tasks.some(({ id }) => id === task.id))
      this.#problem(line, `There are two tasks \`${task.id}\`.`);
    this.tasks.push(task);
    const { id, title, hint } = task;
    this.#blocks.push({ type: 'task', id, title, ...(hint === undefined ? {} : { hint }) });
  }

  #problem(line: number, message: string): void {
    this.#problems.push({ file: this.#file, line, message });
  }
}

function slugify(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
