import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readExplanations } from '../../../lessons/explanations.ts';
import { readGroups } from '../../../lessons/groups.ts';
import type { LessonProblem } from '../../../lessons/problems.ts';
import { readLessons } from '../../../lessons/reader.ts';
import type { Finding, WrittenLesson } from './lesson.ts';
import { RULES } from './rules.ts';

/**
 * Everything that is wrong with the lessons of a folder, by file and line: what keeps one from being read, and for those
 * that can be read, every rule. `slugs` chooses some; the others are still known, for links and needs.
 */
export async function lint(folder: string, slugs: readonly string[] = []): Promise<Finding[]> {
  const { lessons, problems, known } = await readLessons(folder);
  const folders = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const written = await Promise.all(
    [...lessons.values()].map(async (lesson): Promise<WrittenLesson> => {
      const name = folders.find((each) => each.replace(/^\d+-/, '') === lesson.slug) ?? lesson.slug;
      const file = join(folder, name, 'lesson.md');
      const lines = (await readFile(file, 'utf8')).split('\n');
      return { lesson, file, number: Number.parseInt(name, 10), lines };
    }),
  );
  const groups = await readGroups(folder, [...lessons.keys()], known);
  const explanations = await readExplanations(folder);
  const findings = [
    ...problems.map((problem) => asError(problem, 'format')),
    ...groups.problems.map((problem) => asError(problem, 'groups')),
    ...explanations.problems.map((problem) => asError(problem, 'errors')),
    ...written.flatMap((lesson) => applyRules(lesson, written)),
  ];
  return findings
    .filter(({ file }) => slugs.length === 0 || slugs.some((slug) => isAbout(file, slug)))
    .sort((one, other) => one.file.localeCompare(other.file) || one.line - other.line);
}

export function applyRules(lesson: WrittenLesson, all: readonly WrittenLesson[]): Finding[] {
  return RULES.flatMap(({ name, severity, check }) =>
    check(lesson, all).map(({ line, message }) => ({
      file: lesson.file,
      line,
      severity,
      rule: name,
      message,
    })),
  );
}

/** `lessons/04-layers/lesson.md:12: error: … [solution]`, as editors and build logs make links of. */
export function formatFinding({ file, line, severity, rule, message }: Finding): string {
  return `${file}:${line}: ${severity}: ${message} [${rule}]`;
}

const asError = ({ file, line, message }: LessonProblem, rule: string): Finding => ({
  file,
  line,
  message,
  rule,
  severity: 'error',
});

function isAbout(file: string, slug: string): boolean {
  return (
    file.split('/').some((part) => part.replace(/^\d+-/, '') === slug) ||
    ['groups.yaml', 'errors.yaml'].includes(basename(file))
  );
}
