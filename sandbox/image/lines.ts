import type { Progress } from './progress.ts';

export type Report = (line: Progress) => void;

/**
 * The lines that `work` reports, as they come. A reader that stops ends the work; what it misses meanwhile of one
 * layer's bar is left out. Throws what `work` throws, after its last line.
 */
export async function* linesOf(
  signal: AbortSignal | undefined,
  work: (report: Report, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<Progress> {
  const stopped = new AbortController();
  const both = signal ? AbortSignal.any([signal, stopped.signal]) : stopped.signal;
  const lines: Progress[] = [];
  let wake: () => void = () => undefined;
  const state = { ended: false };
  const done = work((line) => {
    if (isBar(line) && replaceBar(lines, line)) return;
    lines.push(line);
    wake();
  }, both).finally(() => {
    state.ended = true;
    wake();
  });
  // Awaited at the end.
  done.catch(() => undefined);
  try {
    for (;;) {
      const line = lines.shift();
      if (line) yield line;
      else if (state.ended) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    await done;
  } finally {
    stopped.abort(new Error('context canceled'));
    await done.catch(() => undefined);
  }
}

function isBar({ progressDetail }: Progress): boolean {
  return progressDetail?.current !== undefined;
}

/** Puts the line in the place of one that says the same of an earlier moment. */
function replaceBar(lines: Progress[], line: Progress): boolean {
  const last = lines.findLastIndex(({ id }) => id === line.id);
  const before = lines[last];
  if (!before || !isBar(before) || before.status !== line.status) return false;
  lines[last] = line;
  return true;
}
