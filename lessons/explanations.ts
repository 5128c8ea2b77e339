import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { LessonProblem } from './problems.ts';
import { parseYaml } from './yaml.ts';

/** Code units of a line that patterns see; what no message of Docker needs would only cost time. */
export const LINE_MAX = 1000;

/** Code units of what a line may put into a text. */
const GROUP_MAX = 80;

/** What may stand before a message: who says it, and of what. */
const BEFORE =
  '^(?:docker: )?(?:ERROR: for [\\w.-]{1,80}  )?(?:Cannot (?:start|create) (?:service|container) \\S{1,80}: )?' +
  '(?:(?:Error response from daemon|Error|ERROR): )?';

const Entry = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'use small letters, digits and hyphens'),
  /** A regular expression for the beginning of a line, behind `Error response from daemon:` and the like. */
  match: z.string().min(8).max(400),
  title: z.string().trim().min(1).max(60),
  /** Two lines at most, code in `backticks`; `{name}` is the group `(?<name>…)` of the match. */
  text: z.string().trim().min(1).max(280),
  /** A line as it was printed. */
  example: z.string().min(1).max(LINE_MAX),
});

const Entries = z.array(Entry).max(500);

export interface Explanation extends Readonly<z.infer<typeof Entry>> {
  readonly pattern: RegExp;
}

/** What is said to one line: plain text, code in `backticks`. */
export interface Explained {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

export interface Explanations {
  /** In the order of the file: the first that matches a line explains it. */
  readonly explanations: readonly Explanation[];
  readonly problems: readonly LessonProblem[];
}

/** Reads `errors.yaml` of a folder of lessons, if there is one. An entry with a problem is left out. */
export async function readExplanations(folder: string): Promise<Explanations> {
  const file = join(folder, 'errors.yaml');
  const text = await readFile(file, 'utf8').catch(() => '[]');
  const parsed = parseYaml(text, Entries, { file, firstLine: 1 });
  if ('problems' in parsed) return { explanations: [], problems: parsed.problems };
  const lines = text.split('\n');
  const explanations: Explanation[] = [];
  const problems: LessonProblem[] = [];
  for (const entry of parsed.value) {
    const found = compile(entry, explanations);
    if (typeof found !== 'string') explanations.push(found);
    else problems.push({ file, line: lineOf(entry.id, lines, problems), message: found });
  }
  return { explanations, problems };
}

/** What there is to say to a line of plain output. The list may not change any more. */
export function explainLine(explanations: readonly Explanation[], line: string): Explained | undefined {
  const seen = line.trim().slice(0, LINE_MAX);
  return anyOf(explanations).test(seen) ? firstOf(explanations, seen) : undefined;
}

const ANY = new WeakMap<readonly Explanation[], RegExp>();

/** Matches what one of them does: nearly all lines are nobody's, and one pattern finds that out in a quarter of the time. */
function anyOf(explanations: readonly Explanation[]): RegExp {
  const known = ANY.get(explanations);
  if (known) return known;
  const matches = explanations.map(({ match }) => match.replace(/\(\?<[a-z]+>/g, '(?:'));
  const any = new RegExp(`${BEFORE}(?:${matches.join('|')})`, 'u');
  ANY.set(explanations, any);
  return any;
}

function firstOf(explanations: readonly Explanation[], seen: string): Explained | undefined {
  for (const { id, title, text, pattern } of explanations) {
    const groups = pattern.exec(seen);
    if (groups) return { id, title: fill(title, groups.groups), text: fill(text, groups.groups) };
  }
  return undefined;
}

/** `entry` ready for use, or what is wrong with it. */
function compile(entry: z.infer<typeof Entry>, before: readonly Explanation[]): Explanation | string {
  const { id, match, title, text, example } = entry;
  if (before.some((other) => other.id === id)) return `There are two entries \`${id}\`.`;
  if (/\)[*+{]/.test(match)) return `\`match\` of \`${id}\` repeats a group: lines could take for ever.`;
  if (text.split('\n').length > 2) return `\`text\` of \`${id}\` has more than two lines.`;
  let pattern: RegExp;
  try {
    pattern = new RegExp(`${BEFORE}(?:${match})`, 'u');
  } catch (error) {
    return `\`match\` of \`${id}\`: ${(error as Error).message}.`;
  }
  const found = pattern.exec(example.trim());
  if (!found) return `\`match\` of \`${id}\` does not match its \`example\`.`;
  const unknown = placeholders(`${title} ${text}`).find((name) => !(name in (found.groups ?? {})));
  if (unknown !== undefined) return `\`${id}\` names \`{${unknown}}\`, but \`match\` has no such group.`;
  const earlier = firstOf(before, example.trim());
  if (earlier) return `The \`example\` of \`${id}\` is explained by \`${earlier.id}\` before it.`;
  return { ...entry, pattern };
}

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{([a-z]+)\}/g)].map(([, name = '']) => name);

/** What was printed is anything at all: it stays text, and no longer than a line can hold. */
function fill(text: string, groups: Readonly<Record<string, string | undefined>> = {}): string {
  return text.replace(/\{([a-z]+)\}/g, (_, name: string) => {
    const value = (groups[name] ?? '').replaceAll('`', "'");
    return value.length > GROUP_MAX ? `${value.slice(0, GROUP_MAX - 1)}…` : value;
  });
}

/** The line, from 1, on which the entry begins; of two of one name the second that has not been told of yet. */
function lineOf(id: string, lines: readonly string[], told: readonly LessonProblem[]): number {
  const places = lines.flatMap((line, index) => (/^- id: *(\S+)/.exec(line)?.[1] === id ? [index + 1] : []));
  const rest = places.filter((place) => !told.some(({ line }) => line === place));
  return rest.at(-1) ?? 1;
}
