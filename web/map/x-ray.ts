import type { BuildRecord } from '../../server/protocol.ts';

/** Why the step at `index` was made anew, in words; empty for a step that needs none. */
export function causeOf(build: BuildRecord, index: number): string {
  const step = build.steps[index];
  if (step?.result !== 'made') return '';
  if (build.noCache)
    return index === firstMade(build) ? 'Made anew: the cache was switched off with --no-cache.' : '';
  if (step.difference) return 'The cache broke here: other files than the last time.';
  const stage = stageOf(build, index);
  const first = stage.find((i) => build.steps[i]?.result === 'made');
  if (first !== undefined && first < index) {
    // Once is enough: so is all that follows in the stage.
    if (stage.filter((i) => build.steps[i]?.result === 'made').length > 2) return '';
    return `Made anew because step ${build.steps[first]?.number ?? first + 1} was, as all that follows: what stands below is another image.`;
  }
  return 'The cache ends here: this instruction has not been run on this image before.';
}

function firstMade({ steps }: BuildRecord): number {
  return steps.findIndex(({ result }) => result === 'made');
}

/** The steps of the stage that a step belongs to: from its FROM on. */
function stageOf({ steps }: BuildRecord, index: number): number[] {
  const begin = steps.findLastIndex(({ result }, i) => i <= index && result === 'base');
  return steps.map((_, i) => i).filter((i) => i > begin && i <= index);
}

/** Milliseconds of the longest step; at least 1. */
export function slowest({ steps }: BuildRecord): number {
  return Math.max(1, ...steps.map(({ durationMs }) => durationMs));
}

/** `Done in 1.2 s: 3 of 4 steps from the cache.` */
export function summaryOf(build: BuildRecord): string {
  const counted = build.steps.filter(({ result }) => result === 'cached' || result === 'made');
  const hits = counted.filter(({ result }) => result === 'cached').length;
  const cache =
    counted.length === 0 ? 'no step was made yet' : `${hits} of ${counted.length} steps from the cache`;
  switch (build.state) {
    case 'running':
      return `Under way: ${cache}.`;
    case 'done':
      return `Done in ${formatMs(build.durationMs)}: ${cache}.`;
    case 'failed':
      return `Failed after ${formatMs(build.durationMs)}: ${cache}.`;
  }
}

/** Such as `12 ms`, `1.4 s` or `2 min 5 s`. */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
