import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { didYouMean, type LessonProblem } from './problems.ts';
import { parseYaml } from './yaml.ts';

const Group = z.strictObject({
  title: z.string().trim().min(1).max(60),
  summary: z.string().trim().min(1).max(300),
  /** Slugs, in the order in which they are best taken. */
  lessons: z.array(z.string()).min(1).max(50),
});
export type LessonGroup = Readonly<z.infer<typeof Group>>;

const Groups = z.array(Group).max(20);

/** For lessons that stand in no group. */
const REST: Omit<LessonGroup, 'lessons'> = {
  title: 'More lessons',
  summary: 'In the order of their numbers.',
};

export interface Groups {
  /** Every lesson stands in exactly one; a group without lessons is not there. */
  readonly groups: readonly LessonGroup[];
  readonly problems: readonly LessonProblem[];
}

/**
 * Reads `groups.yaml` of a folder of lessons, if there is one, and arranges `slugs` by it. `known` may be named in it, too:
 * lessons that cannot be read at the moment.
 */
export async function readGroups(
  folder: string,
  slugs: readonly string[],
  known: readonly string[] = slugs,
): Promise<Groups> {
  const file = join(folder, 'groups.yaml');
  const text = await readFile(file, 'utf8').catch(() => '[]');
  const parsed = parseYaml(text, Groups, { file, firstLine: 1 });
  if ('problems' in parsed) return { groups: arrange([], slugs), problems: parsed.problems };
  const lines = text.split('\n');
  const named = parsed.value.flatMap(({ lessons }) => lessons);
  const problemAt = (slug: string, message: string): LessonProblem => {
    const line = lines.findIndex((each) => new RegExp(`(?<![\\w-])${slug}(?![\\w-])`).test(each)) + 1;
    return { file, line: Math.max(line, 1), message };
  };
  const unknown = named.filter((slug) => !known.includes(slug));
  const twice = new Set(named.filter((slug, index) => named.indexOf(slug) !== index));
  return {
    groups: arrange(parsed.value, slugs),
    problems: [
      ...unknown.map((slug) => problemAt(slug, `There is no lesson \`${slug}\`.${didYouMean(slug, known)}`)),
      ...[...twice].map((slug) => problemAt(slug, `The lesson \`${slug}\` stands in two places.`)),
    ],
  };
}

function arrange(groups: readonly LessonGroup[], slugs: readonly string[]): LessonGroup[] {
  const placed = new Set<string>();
  const take = (slug: string): boolean => {
    if (placed.has(slug) || !slugs.includes(slug)) return false;
    placed.add(slug);
    return true;
  };
  const arranged = groups.map((group) => ({ ...group, lessons: group.lessons.filter(take) }));
  const rest = { ...REST, lessons: slugs.filter(take) };
  return [...arranged, rest].filter(({ lessons }) => lessons.length > 0);
}
