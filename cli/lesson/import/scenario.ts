import * as z from 'zod';
import { Failure } from '../../failure.ts';
import { freeId, isChoice, quizFrom } from './quiz.ts';
import { readVerifyScript } from './verify.ts';
import {
  fence,
  LANGUAGES,
  plainLine,
  slugOf,
  writeLesson,
  yamlBlock,
  type Imported,
  type ImportedStep,
  type Left,
} from './written.ts';

const Page = z.object({
  title: z.string().optional(),
  text: z.string().optional(),
  verify: z.string().optional(),
  code: z.string().optional(),
  courseData: z.string().optional(),
  background: z.string().optional(),
  foreground: z.string().optional(),
});

/** `index.json`, as far as it says something that is ours to say. */
const Index = z.object({
  title: z.string().optional(),
  description: z.string().optional(),
  difficulty: z.string().optional(),
  time: z.union([z.string(), z.number()]).optional(),
  details: z.object({
    intro: Page.optional(),
    steps: z.array(Page).default([]),
    finish: Page.optional(),
    assets: z.unknown().optional(),
  }),
});
type Page = z.infer<typeof Page>;

/** Files of the folder by path. Every step of `index.json` becomes a step; what a verify script asks for becomes a task. */
export function importScenario(files: ReadonlyMap<string, string>, name: string): Imported {
  const index = parseIndex(files.get('index.json') ?? '');
  const { intro, steps, finish, assets } = index.details;
  const reader = new ScenarioReader(files);
  const made = [
    ...(intro ? [reader.step(intro, 'Introduction')] : []),
    ...steps.map((step, place) => reader.step(step, step.title ?? `Step ${place + 1}`)),
    ...(finish ? [reader.step(finish, finish.title ?? 'The end')] : []),
  ];
  if (assets !== undefined)
    reader.leave('index.json', 'Its `assets` are files of a machine: put them into `setup`.');
  const title = plainLine(index.title ?? name, 80);
  const lesson = writeLesson(
    {
      title,
      summary: plainLine(index.description ?? title, 400),
      level: levelOf(index.difficulty),
      minutes: minutesOf(index.time),
      tags: [],
    },
    made.length === 0 ? [{ title: 'Introduction', body: '' }] : made,
  );
  reader.leave('lesson.md', 'The outcomes are the titles of the steps, and tasks have no hints yet.');
  return { slug: slugOf(title), files: new Map([['lesson.md', lesson]]), left: reader.left };
}

function parseIndex(text: string): z.infer<typeof Index> {
  try {
    return Index.parse(JSON.parse(text));
  } catch (error) {
    throw new Failure(
      'The folder’s index.json is not one of a scenario.',
      'It has `title`, and `details` with `steps`, each with a `text`.',
      { cause: error },
    );
  }
}

class ScenarioReader {
  readonly left: Left[] = [];
  readonly #files: ReadonlyMap<string, string>;
  readonly #ids = new Set<string>();

  constructor(files: ReadonlyMap<string, string>) {
    this.#files = files;
  }

  leave(where: string, what: string): void {
    this.left.push({ where, what });
  }

  step(page: Page, title: string): ImportedStep {
    const path = page.text ?? '';
    const text = this.#files.get(path);
    if (text === undefined)
      this.leave('index.json', `The text \`${path}\` of “${title}” is not in the folder.`);
    const parts = [this.#text(text ?? '', path)];
    for (const key of ['code', 'courseData', 'background', 'foreground'] as const) {
      const script = page[key];
      if (script !== undefined)
        this.leave(
          script,
          `This script prepared “${title}”: write what is needed of it into a \`setup\` block.`,
        );
    }
    if (page.verify !== undefined) parts.push(...this.#task(page.verify, title));
    return { title: plainLine(title, 80), body: parts.join('\n\n') };
  }

  #text(text: string, path: string): string {
    const out: string[] = [];
    let choices: string[] = [];
    const endQuiz = (): void => {
      if (choices.length === 0) return;
      while (out.at(-1)?.trim() === '') out.pop();
      const question = (out.at(-1) ?? '').replace(/^>>\s*|\s*<<$/g, '').replace(/^Q\d+:\s*/, '');
      const quiz = quizFrom(question, choices, this.#ids);
      if (quiz === undefined)
        this.leave(path, 'A quiz has no question, or no answer that is marked as right.');
      else out.splice(-1, 1, quiz);
      choices = [];
    };
    const lines = this.#blocks(text, path).split('\n');
    for (const line of lines) {
      if (isChoice(line)) choices.push(line);
      else {
        if (line.trim() !== '') endQuiz();
        out.push(this.#line(line, path));
      }
    }
    endQuiz();
    return out
      .join('\n')
      .replace(/^#\s+.*\n/, '')
      .replace(/^##?\s/gm, '### ');
  }

  /** Code in fences and file elements, before the rest is read line by line. */
  #blocks(text: string, path: string): string {
    return text
      .replace(
        /<pre\s+class="file"[^>]*data-filename="([^"]+)"[^>]*>([\s\S]*?)<\/pre>/g,
        (_all, file: string, content: string) =>
          `${fence(`text file=${file.startsWith('/') ? file : `~/${file}`}`, content.replace(/^\n/, ''))}\n`,
      )
      .replace(
        /^```([^\n`]*)\n([\s\S]*?)^```(\{\{([^}]*)\}\})?[ \t]*$/gm,
        (
          all: string,
          info: string,
          code: string,
          _braces: string | undefined,
          action: string | undefined = '',
        ) => {
          if (action.startsWith('exec')) return commandBlock(code, action);
          if (action !== '' && action !== 'copy') this.leave(path, `\`{{${action}}}\` means nothing here.`);
          const [first = '', ...more] = info.trim().split(/\s+/);
          // A file that was made out of `<pre>` above.
          if (more.some((word) => word.startsWith('file='))) return all;
          return fence(LANGUAGES.get(first.toLowerCase()) ?? 'text', code);
        },
      );
  }

  #line(line: string, path: string): string {
    const whole = /^\s*`([^`]+)`\s*\{\{\s*(exec[^}]*)\}\}\s*$/.exec(line);
    if (whole) return `\n${commandBlock(whole[1] ?? '', whole[2] ?? '')}\n`;
    let read = line.replace(
      /(`[^`]+`)\s*\{\{\s*(execute|exec|copy)[^}]*\}\}/g,
      (_all, code: string, action: string) => {
        if (action !== 'copy')
          this.leave(path, `${code} stood inside a line, where it cannot be run with a click.`);
        return code;
      },
    );
    read = read.replace(/\{\{\s*(TRAFFIC_HOST[^}]*|open|spoiler[^}]*)\s*\}\}/g, (all) => {
      this.leave(
        path,
        `\`${all}\` has no counterpart: ports that are published show up beside the terminals.`,
      );
      return '';
    });
    if (/<\/?[a-z][^>]*>/i.test(read.replace(/`[^`]*`/g, '')))
      this.leave(path, `HTML is shown as text: ${read.trim()}`);
    return read.replace(/!\[([^\]]*)\]\([^)]*\)/g, (all, words: string) => {
      this.leave(path, `The picture is left out: ${all}`);
      return `_${words}_`;
    });
  }

  #task(script: string, title: string): string[] {
    const text = this.#files.get(script);
    if (text === undefined) {
      this.leave('index.json', `The script \`${script}\` of “${title}” is not in the folder.`);
      return [];
    }
    const { checks, unread } = readVerifyScript(text);
    for (const line of unread) this.leave(script, `No check was made of: ${line}`);
    if (checks.length === 0) return [];
    return [
      yamlBlock('task', { id: freeId(slugOf(title), this.#ids), title: plainLine(title, 400), checks }),
    ];
  }
}

/** `{{execute T2}}` is run in the second terminal, `{{exec interrupt}}` after what runs there was ended. */
function commandBlock(code: string, action: string): string {
  const terminal = /\bT(\d)\b/.exec(action)?.[1];
  const words = [
    'sh',
    ...(terminal === undefined || terminal === '1' ? [] : [`terminal=${terminal}`]),
    ...(/\binterrupt\b/.test(action) ? ['interrupt'] : []),
  ];
  return fence(words.join(' '), code.trim());
}

function levelOf(difficulty = ''): 'beginner' | 'intermediate' | 'advanced' {
  if (/advanced|hard|expert/i.test(difficulty)) return 'advanced';
  return /intermediate|medium/i.test(difficulty) ? 'intermediate' : 'beginner';
}

function minutesOf(time: string | number = ''): number {
  const minutes = Number.parseInt(String(time), 10);
  return Number.isFinite(minutes) && minutes >= 1 && minutes <= 240 ? minutes : 15;
}
