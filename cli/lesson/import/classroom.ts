import { parse } from 'yaml';
import { isChoice, quizFrom } from './quiz.ts';
import {
  fence,
  LANGUAGES,
  plainLine,
  slugOf,
  writeLesson,
  type Imported,
  type ImportedStep,
  type Left,
} from './written.ts';

/**
 * A Markdown page whose code blocks say with a class, `.term1`, in which terminal they are run, and whose quizzes are lists
 * of `- ( )` and `- (x)`. Headings become steps.
 */
export function importClassroom(text: string, name: string): Imported {
  const { front, body, firstLine } = splitFront(text);
  const reader = new PageReader(name, firstLine);
  for (const line of body.split('\n')) reader.take(line);
  const { steps, left, title } = reader.finish();
  const heading = textOf(front.title) ?? title ?? name.replace(/\.md$/, '');
  const tags = Array.isArray(front.tags) ? front.tags : (textOf(front.tags) ?? '').split(/[\s,]+/);
  const level = tags.map(String).find((tag) => tag in LEVELS);
  const lesson = writeLesson(
    {
      title: plainLine(heading, 80),
      summary: plainLine(textOf(front.description) ?? textOf(front.summary) ?? heading, 400),
      level: LEVELS[level ?? ''] ?? 'beginner',
      minutes: 15,
      tags: [...new Set(tags.map((tag) => slugOf(String(tag))))]
        .filter((tag) => tag !== 'lesson')
        .slice(0, 8),
    },
    steps,
  );
  return { slug: slugOf(heading), files: new Map([['lesson.md', lesson]]), left: [...left, ...WISHES] };
}

const LEVELS: Readonly<Record<string, 'beginner' | 'intermediate' | 'advanced'>> = {
  beginner: 'beginner',
  intermediate: 'intermediate',
  advanced: 'advanced',
};

/** What such a page never has. */
const WISHES: readonly Left[] = [
  { where: 'lesson.md', what: 'The page has no tasks. Add some, with their checks, hints and solutions.' },
  { where: 'lesson.md', what: 'The minutes are a guess, and the outcomes are the titles of the steps.' },
];

class PageReader {
  readonly #name: string;
  readonly #steps: { title: string; lines: string[] }[] = [];
  readonly #left: Left[] = [];
  readonly #ids = new Set<string>();
  #title: string | undefined;
  #line: number;
  #fenced: { readonly info: string; readonly lines: string[] } | undefined;
  #choices: string[] = [];

  constructor(name: string, firstLine: number) {
    this.#name = name;
    this.#line = firstLine - 1;
  }

  take(line: string): void {
    this.#line += 1;
    const marks = /^\s*(?:```+|~~~+)\s*(.*)$/.exec(line);
    if (this.#fenced) {
      if (marks?.[1] === '') this.#endFence();
      else this.#fenced.lines.push(line);
      return;
    }
    if (marks) {
      this.#fenced = { info: marks[1] ?? '', lines: [] };
      return;
    }
    if (isChoice(line)) {
      this.#choices.push(line);
      return;
    }
    if (this.#choices.length > 0 && line.trim() !== '') this.#endQuiz();
    this.#takeText(line);
  }

  finish(): { steps: ImportedStep[]; left: Left[]; title: string | undefined } {
    if (this.#fenced) {
      this.#leave('This code block has no end.');
      this.#endFence();
    }
    this.#endQuiz();
    const steps = this.#steps.map(({ title, lines }) => ({ title, body: lines.join('\n') }));
    return {
      steps: steps.length === 0 ? [{ title: 'Introduction', body: '' }] : steps,
      left: this.#left,
      title: this.#title,
    };
  }

  #takeText(line: string): void {
    const heading = /^(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
    if (heading) {
      const [, marks = '', title = ''] = heading;
      if (marks.length === 1 && this.#title === undefined && this.#steps.length === 0)
        this.#title = plainLine(title, 80);
      else if (marks.length <= 2) this.#steps.push({ title: plainLine(title, 80), lines: [] });
      else this.#add(line);
      return;
    }
    // Attributes of the paragraph beside it; a quiz is known by its choices.
    if (/^\s*\{:.*\}\s*$/.test(line)) {
      if (!/\.quiz|\.term|\.no_toc|toc/.test(line)) this.#leave(`\`${line.trim()}\` means nothing here.`);
      return;
    }
    if (/\{%.*%\}/.test(line)) {
      this.#leave(`\`${line.trim()}\` was filled in by the site’s generator.`);
      return;
    }
    if (/<\/?[a-z][^>]*>/i.test(line.replace(/`[^`]*`/g, '')))
      this.#leave('HTML is shown as text: write Markdown.');
    if (/!\[[^\]]*\]\(/.test(line)) {
      this.#leave(`The picture is left out: ${line.trim()}`);
      this.#add(line.replace(/!\[([^\]]*)\]\([^)]*\)/g, '_$1_'));
      return;
    }
    this.#add(line);
  }

  #endFence(): void {
    const { info = '', lines = [] } = this.#fenced ?? {};
    this.#fenced = undefined;
    const text = lines.join('\n');
    const terminal = /\.term(\d+)/.exec(info)?.[1];
    if (terminal !== undefined) {
      const command = text.trim();
      if (command === '') return;
      this.#add(fence(terminal === '1' ? 'sh' : `sh terminal=${terminal}`, command));
      return;
    }
    const word =
      info
        .replace(/[{}:.]/g, ' ')
        .trim()
        .split(/\s+/)[0]
        ?.toLowerCase() ?? '';
    const language = LANGUAGES.get(word) ?? 'text';
    this.#add(fence(language, text));
  }

  /** The last paragraph before the choices is the question. */
  #endQuiz(): void {
    if (this.#choices.length === 0) return;
    const lines = this.#step().lines;
    while (lines.at(-1)?.trim() === '') lines.pop();
    const question = lines.at(-1) ?? '';
    const quiz = quizFrom(question, this.#choices, this.#ids);
    if (quiz === undefined || question.trim() === '') {
      this.#leave('This quiz has no question, or no answer that is marked as right.');
      for (const choice of this.#choices) this.#add(choice.replace(/[([][ xX]?[)\]]\s*/, ''));
    } else {
      lines.pop();
      this.#add(`${quiz}\n`);
    }
    this.#choices = [];
  }

  #step(): { title: string; lines: string[] } {
    const last = this.#steps.at(-1);
    if (last) return last;
    const first = { title: 'Introduction', lines: [] };
    this.#steps.push(first);
    return first;
  }

  #add(line: string): void {
    if (line.trim() !== '' || this.#steps.length > 0) this.#step().lines.push(line);
  }

  #leave(what: string): void {
    this.#left.push({ where: `${this.#name}:${this.#line}`, what });
  }
}

function splitFront(text: string): { front: Record<string, unknown>; body: string; firstLine: number } {
  const match = /^---\r?\n([\s\S]*?)\n---[ \t]*\r?\n/.exec(text);
  if (!match) return { front: {}, body: text, firstLine: 1 };
  const front: unknown = parse(match[1] ?? '');
  return {
    front: typeof front === 'object' && front !== null ? (front as Record<string, unknown>) : {},
    body: text.slice(match[0].length),
    firstLine: match[0].split('\n').length,
  };
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;
