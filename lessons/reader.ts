import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { readBody } from './body.ts';
import { didYouMean, type LessonProblem } from './problems.ts';
import { FrontMatter, type LessonSource } from './schema.ts';
import type { Setup } from './setup.ts';
import { strayPlaceholders } from './variables.ts';
import { parseYaml } from './yaml.ts';

/** `NN-slug`: the number orders the list, the slug is the address. */
const FOLDER_PATTERN = /^\d{2}-([a-z0-9]+(?:-[a-z0-9]+)*)$/;

/** What a lesson's text may show, with the type it is sent as. */
export const PICTURES: Readonly<Record<string, string>> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
};

export interface Lessons {
  /** By slug, in the order of the folders' numbers. */
  readonly lessons: ReadonlyMap<string, LessonSource>;
  /** What is wrong with those that are missing. */
  readonly problems: readonly LessonProblem[];
  /** Slugs of all folders, also of those whose lesson cannot be read. */
  readonly known: readonly string[];
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
    const read = await readLesson(join(folder, name));
    if ('problems' in read) problems.push(...read.problems);
    else if (lessons.has(read.lesson.slug))
      problems.push(problemOf(join(folder, name), `There are two lessons ${read.lesson.slug}.`));
    else lessons.set(read.lesson.slug, read.lesson);
  }
  const known = entries.flatMap(({ name }) => FOLDER_PATTERN.exec(name)?.[1] ?? []);
  for (const entry of entries) {
    const needs = lessons.get(FOLDER_PATTERN.exec(entry.name)?.[1] ?? '')?.needs ?? [];
    for (const need of needs.filter((other) => !known.includes(other)))
      problems.push(
        problemOf(
          join(folder, entry.name),
          `It needs \`${need}\`, which is no lesson.${didYouMean(need, known)}`,
        ),
      );
  }
  return { lessons, problems, known };
}

export type ReadLesson = { readonly lesson: LessonSource } | { readonly problems: readonly LessonProblem[] };

/** Reads one lesson's folder. */
export async function readLesson(folder: string): Promise<ReadLesson> {
  const slug = FOLDER_PATTERN.exec(folder.slice(folder.lastIndexOf('/') + 1))?.[1];
  const file = join(folder, 'lesson.md');
  if (slug === undefined)
    return { problems: [problemOf(folder, 'A lesson’s folder is named like 01-first-image.')] };
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { problems: [problemOf(folder, 'There is no lesson.md in this folder.')] };
  return parseLesson(text, { file, slug, assets: await readAssets(folder) });
}

function problemOf(folder: string, message: string): LessonProblem {
  return { file: folder.endsWith('.md') ? folder : join(folder, 'lesson.md'), line: 1, message };
}

async function readAssets(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const assets = files.filter((path) => !path.endsWith('/lesson.md'));
  return new Map(
    await Promise.all(assets.map(async (path) => [relative(folder, path), await readFile(path)] as const)),
  );
}

export interface LessonPlace {
  /** As it stands in problems. */
  readonly file: string;
  readonly slug: string;
  /** The other files of its folder, by path in it. */
  readonly assets?: ReadonlyMap<string, Buffer>;
}

/** One `lesson.md`: front matter, then steps of prose, commands and exercises. All problems are found in one go. */
export function parseLesson(text: string, { file, slug, assets = new Map() }: LessonPlace): ReadLesson {
  const split = splitFrontMatter(text);
  if (!split) {
    const message = 'A lesson begins with front matter between two lines of `---`.';
    return { problems: [{ file, line: 1, message }] };
  }
  const front = parseYaml(split.front, FrontMatter, { file, firstLine: 2 });
  const checkSetup = (setup: Setup) => setupProblems(setup, assets);
  const picture = (path: string) =>
    assets.has(path) && extname(path) in PICTURES ? `/api/lessons/${slug}/files/${path}` : undefined;
  const body = readBody(split.body, { file, firstLine: split.bodyLine, picture, checkSetup });
  const problems = [...('problems' in front ? front.problems : []), ...body.problems];
  if ('value' in front) {
    problems.push(...placeholderProblems(text, { file, names: Object.keys(front.value.variables) }));
    problems.push(...predictionProblems(body.exercises, front.value.variables, { file, text }));
    for (const message of front.value.setup ? checkSetup(front.value.setup) : [])
      problems.push({ file, line: 1, message });
  }
  if ('problems' in front || problems.length > 0) return { problems };
  const { steps, exercises } = body;
  const tasks = exercises.filter((exercise) => exercise.type === 'task');
  const setup = front.value.setup && withContents(front.value.setup, assets);
  const setups = new Map([...body.setups].map(([id, one]) => [id, withContents(one, assets)]));
  return {
    lesson: { slug, ...front.value, ...(setup && { setup }), steps, exercises, tasks, setups, assets },
  };
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

function placeholderProblems(
  text: string,
  { file, names }: { readonly file: string; readonly names: readonly string[] },
): LessonProblem[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      strayPlaceholders(line, names).map((message) => ({ file, line: index + 1, message })),
    );
}

/** A prediction in words is compared with something that the engine tells. */
function predictionProblems(
  exercises: LessonSource['exercises'],
  variables: FrontMatter['variables'],
  { file, text }: { readonly file: string; readonly text: string },
): LessonProblem[] {
  const lines = text.split('\n').map((line) => line.trim());
  const captured = Object.keys(variables).filter((name) => 'capture' in (variables[name] ?? {}));
  return exercises
    .filter((exercise) => exercise.type === 'predict')
    .filter(({ value }) => value !== undefined && !captured.includes(value))
    .map(({ id, value = '' }) => ({
      file,
      line: Math.max(1, lines.indexOf(`id: ${id}`) + 1),
      message: `The prediction \`${id}\` asks for \`${value}\`, which is no captured variable.${didYouMean(value, captured)}`,
    }));
}

function setupProblems({ files }: Setup, assets: ReadonlyMap<string, Buffer>): string[] {
  const names = [...assets.keys()];
  return files.flatMap(({ path, content, from }) => {
    if ((content === undefined) === (from === undefined))
      return [`The file \`${path}\` needs either \`content\` or \`from\`.`];
    if (from === undefined || assets.has(from)) return [];
    return [`There is no file \`${from}\` in the lesson’s folder.${didYouMean(from, names)}`];
  });
}

/** With the text of each file that lies in the lesson's folder. */
function withContents(setup: Setup, assets: ReadonlyMap<string, Buffer>): Setup {
  const files = setup.files.map(({ from, ...file }) => ({
    ...file,
    content: from === undefined ? (file.content ?? '') : (assets.get(from)?.toString('utf8') ?? ''),
  }));
  return { ...setup, files };
}
