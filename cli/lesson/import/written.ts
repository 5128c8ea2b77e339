import { stringify } from 'yaml';

/** What an importer makes of an older lesson. */
export interface Imported {
  readonly slug: string;
  /** Text of each file of the lesson's folder, by path in it. */
  readonly files: ReadonlyMap<string, string>;
  /** What has no place in our format, and where it stood. */
  readonly left: readonly Left[];
}

export interface Left {
  /** File and line, such as `step2.md:14`. */
  readonly where: string;
  readonly what: string;
}

export interface ImportedFront {
  readonly title: string;
  readonly summary: string;
  readonly level: 'beginner' | 'intermediate' | 'advanced';
  readonly minutes: number;
  readonly tags: readonly string[];
}

export interface ImportedStep {
  readonly title: string;
  /** Markdown of our format. */
  readonly body: string;
}

/** The text of `lesson.md`. Outcomes are the author's: the steps stand in for them. */
export function writeLesson(front: ImportedFront, steps: readonly ImportedStep[]): string {
  const outcomes = steps.map(({ title }) => title).slice(0, 8);
  const head = stringify({ ...front, outcomes }, { lineWidth: 0 });
  const titles = new Map<string, number>();
  const body = steps.map(({ title, body: text }) => {
    const count = (titles.get(title) ?? 0) + 1;
    titles.set(title, count);
    return `## ${count === 1 ? title : `${title} (${count})`}\n\n${text.trim() === '' ? '…' : text.trim()}\n`;
  });
  return `---\n${head}---\n\n${body.join('\n')}`;
}

/** A fenced block, with a fence longer than any inside. */
export function fence(info: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/^`{3,}/gm)].map(([run]) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${info}\n${text.replace(/\n+$/, '')}\n${ticks}`;
}

export function yamlBlock(kind: string, value: unknown): string {
  return fence(kind, stringify(value, { lineWidth: 0 }));
}

/** Lower-case words joined by `-`, as slugs and ids are. */
export function slugOf(text: string): string {
  const slug = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return slug === '' ? 'lesson' : slug.slice(0, 60).replace(/-$/, '');
}

/** One line without Markdown, of at most `max` characters. */
export function plainLine(text: string, max: number): string {
  const line = text
    .replace(/[*_#>]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > max ? `${line.slice(0, max - 1).trimEnd()}…` : line;
}

/** Code that stands between the kinds of quotation that our format has. */
export const LANGUAGES: ReadonlyMap<string, string> = new Map([
  ['bash', 'text'],
  ['sh', 'text'],
  ['shell', 'text'],
  ['console', 'console'],
  ['dockerfile', 'dockerfile'],
  ['docker', 'dockerfile'],
  ['json', 'json'],
  ['yaml', 'yaml'],
  ['yml', 'yaml'],
  ['diff', 'diff'],
  ['python', 'python'],
  ['py', 'python'],
  ['c', 'c'],
  ['go', 'go'],
]);
