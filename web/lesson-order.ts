import type { Lesson, TaskView } from '../server/protocol.ts';

type Tasks = ReadonlyMap<string, TaskView>;

/** Place of the step in which the first open exercise is; past the last one when all are done. */
export function currentPlace({ steps }: Lesson, tasks: Tasks): number {
  const place = steps.findIndex(({ blocks }) =>
    blocks.some((block) => 'id' in block && tasks.get(block.id)?.state !== 'done'),
  );
  return place === -1 ? steps.length : place;
}

/** The first open task, in the lesson's order: the one the learner is most likely at. */
export function currentTask({ steps }: Lesson, tasks: Tasks): string | undefined {
  const all = steps.flatMap(({ blocks }) => blocks.filter((block) => 'id' in block));
  return all.find(({ id }) => tasks.get(id)?.state !== 'done')?.id;
}
