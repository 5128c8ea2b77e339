import { once } from 'node:events';
import type { Progress } from '../../image/progress.ts';
import { messageOf } from '../respond.ts';
import type { Call } from '../router.ts';

/**
 * Answers with lines of JSON as they come. An error before the first line is the answer; a later one is the last line,
 * as the status has gone out by then.
 */
export async function sendLines({ response, signal }: Call, lines: AsyncGenerator<Progress>): Promise<void> {
  const first = await lines.next();
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const send = async (line: object) => {
    if (!response.write(`${JSON.stringify(line)}\r\n`)) await once(response, 'drain', { signal });
  };
  try {
    if (first.done !== true) await send(shown(first.value));
    for await (const line of lines) await send(shown(line));
  } catch (error) {
    // Nobody is left to be told.
    if (signal.aborted) return;
    await send({ errorDetail: { message: messageOf(error) }, error: messageOf(error) });
  }
  response.end();
}

/** With the bar that clients print which do not draw their own. */
function shown(line: Progress): object {
  const { current = 0, total = 0 } = line.progressDetail ?? {};
  if (current <= 0 && total <= 0) return line;
  const { status, progressDetail, ...rest } = line;
  return { status, progressDetail, progress: bar(current, total), ...rest };
}

const WIDTH = 50;

function bar(current: number, total: number): string {
  if (total <= 0) return humanSize(current).padStart(8);
  const done = Math.min(Math.floor(Math.floor((current / total) * 100) / 2), WIDTH);
  const numbers =
    current > total
      ? humanSize(current).padStart(8)
      : `${humanSize(current).padStart(8)}/${humanSize(total)}`;
  return `[${'='.repeat(done)}>${' '.repeat(WIDTH - done)}] ${numbers}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Four digits that count, as Go's units package prints them. */
function humanSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${Number(size.toPrecision(4))}${UNITS[unit] ?? ''}`;
}
