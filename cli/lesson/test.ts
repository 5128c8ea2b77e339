import { readGroups } from '../../lessons/groups.ts';
import { readLessons } from '../../lessons/reader.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import { didYouMean, formatProblem } from '../../lessons/problems.ts';
import { Failure } from '../failure.ts';
import { say } from '../lifetime.ts';
import type { Settings } from '../settings.ts';
import type { SetupContext } from '../setup/context.ts';
import { replayLesson, type Replay } from './replay.ts';
import { withService } from './service.ts';

/** Replays the lessons of a folder, each on machines of its own; true when all are as they say. */
export async function testLessons(
  context: SetupContext,
  settings: Settings,
  folder: string,
  slugs: readonly string[],
): Promise<boolean> {
  const lessons = await chooseLessons(folder, slugs);
  return withService(context, settings, folder, async ({ url }) => {
    let failed = 0;
    for (const lesson of lessons) {
      if (context.signal.aborted) throw new Failure('Stopped.', 'Not every lesson was replayed.');
      const replay = await replayLesson(url, lesson);
      say(formatReplay(replay));
      if (replay.problems.length > 0) failed += 1;
    }
    say(`${lessons.length - failed} of ${lessons.length} lessons can be taken as they are written.`);
    return failed === 0;
  });
}

export async function chooseLessons(folder: string, slugs: readonly string[]): Promise<LessonSource[]> {
  const { lessons, problems } = await readLessons(folder);
  const all = [...lessons.keys()];
  const unknown = slugs.find((slug) => !lessons.has(slug));
  if (unknown !== undefined)
    throw new Failure(
      `There is no lesson ${unknown} that can be read.${didYouMean(unknown, all)}`,
      problems.map(formatProblem).join('\n') || `There are: ${all.join(', ')}.`,
    );
  const { groups } = await readGroups(folder, all);
  const ordered = groups.flatMap((group) => group.lessons.flatMap((slug) => lessons.get(slug) ?? []));
  return slugs.length === 0 ? ordered : ordered.filter(({ slug }) => slugs.includes(slug));
}

export function formatReplay({ slug, problems, milliseconds }: Replay): string {
  const seconds = (milliseconds / 1000).toFixed(1);
  if (problems.length === 0) return `✓ ${slug} (${seconds} s)`;
  return [
    `✗ ${slug} (${seconds} s)`,
    ...problems.map(({ exercise, message }) =>
      `${exercise === undefined ? '' : `${exercise}: `}${message}`
        .split('\n')
        .map((line) => `    ${line}`)
        .join('\n'),
    ),
  ].join('\n');
}
