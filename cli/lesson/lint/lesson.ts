import type { LessonSource } from '../../../lessons/schema.ts';

/** A lesson with the text it was read from, for rules that say where something stands. */
export interface WrittenLesson {
  readonly lesson: LessonSource;
  /** As it stands in findings. */
  readonly file: string;
  /** `NN` of the folder. */
  readonly number: number;
  readonly lines: readonly string[];
}

export interface Finding {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** `error`: the lesson must not go out so; `warning`: somebody should look at it. */
  readonly severity: 'error' | 'warning';
  /** The rule's name. */
  readonly rule: string;
  readonly message: string;
}

/** The first line, counted from 1, in which `pattern` is found at or after line `from`; `from` itself when there is none. */
export function lineOf({ lines }: Pick<WrittenLesson, 'lines'>, pattern: RegExp | string, from = 1): number {
  const found = lines.findIndex(
    (line, index) =>
      index >= from - 1 && (typeof pattern === 'string' ? line.includes(pattern) : pattern.test(line)),
  );
  return found === -1 ? from : found + 1;
}

/** The line of an exercise's `id`. */
export function lineOfExercise(lesson: Pick<WrittenLesson, 'lines'>, id: string): number {
  return lineOf(lesson, new RegExp(`^id:\\s*["']?${id}["']?\\s*(?:#.*)?$`));
}

/** Every command of the text with the line it stands on; set-ups and exercises are not text. */
export function commandLines({
  lines,
}: Pick<WrittenLesson, 'lines'>): { readonly text: string; readonly line: number; readonly run: boolean }[] {
  const found: { text: string; line: number; run: boolean }[] = [];
  let run: boolean | undefined;
  lines.forEach((text, index) => {
    const fence = /^```\s*(.*)$/.exec(text);
    if (fence && run !== undefined) run = undefined;
    else if (fence) run = /^sh\b/.test(fence[1] ?? '') ? !/\bnorun\b/.test(fence[1] ?? '') : undefined;
    else if (run !== undefined && text.trim() !== '') found.push({ text, line: index + 1, run });
  });
  return found;
}

/** Lines of prose with their numbers: neither front matter nor fenced blocks. */
export function proseLines({ lines }: Pick<WrittenLesson, 'lines'>): { text: string; line: number }[] {
  const found: { text: string; line: number }[] = [];
  const end = lines.indexOf('---', 1);
  let fenced = false;
  lines.forEach((text, index) => {
    if (index <= end) return;
    if (text.startsWith('```')) fenced = !fenced;
    else if (!fenced) found.push({ text, line: index + 1 });
  });
  return found;
}

/**
 * What a shell line does with Docker: `image ls`, `run`, `compose up` … Each management command has its second word.
 */
export function dockerCommands(text: string): string[] {
  const joined = text.replace(/\\\n/g, ' ');
  return [
    ...joined.matchAll(
      /(?:^|[\s;&|(`$'"])(docker(?:-compose)?)((?:[ \t]+--?[\w-]+(?:=\S+)?)*)[ \t]+([a-z][\w-]*)(?:[ \t]+([a-z][\w-]*))?/gm,
    ),
  ].map(([, program = '', , first = '', second = '']) => {
    if (program === 'docker-compose') return `compose ${first}`;
    return MANAGEMENT.has(first) && second !== '' ? `${first} ${second}` : (SAME[first] ?? first);
  });
}

const MANAGEMENT = new Set(
  'builder buildx compose config container context image manifest network plugin system trust volume'.split(
    ' ',
  ),
);

/** Old names of commands that have another one. */
const SAME: Readonly<Record<string, string>> = { images: 'image ls', rmi: 'image rm', ps: 'container ls' };
