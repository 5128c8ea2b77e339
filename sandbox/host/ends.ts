import { setTimeout as sleep } from 'node:timers/promises';
import type { Boot, BootExit } from './boot.ts';
import { SupervisorError, type SessionEnd } from './supervisor.ts';
import { lastLine } from './tail.ts';

/** From the kernel's end of a session's processes to the word of it. */
const EXIT_TIMEOUT_MS = 30_000;

export const MEMORY_END: SessionEnd = {
  kind: 'memory',
  message: 'The session used all the memory it may have, and the kernel ended its engine.',
};

export const DISK_END: SessionEnd = {
  kind: 'disk',
  message:
    'The server’s disk is full or fails, so nothing more could be written to the machine’s disk, and the machine was stopped. ' +
    'What was on it is kept. Start it again when the server has room.',
};

export function engineEnd({ code, lastWords }: BootExit): SessionEnd {
  const words = lastLine(lastWords);
  return {
    kind: 'engine-exit',
    message: `The engine ended with status ${code}${words ? `: ${words}` : '.'}`,
  };
}

/** A process that the kernel cannot end must not hold up the session's other operations for ever. */
export async function ended({ exited }: Boot): Promise<void> {
  const gone = new AbortController();
  const late = sleep(EXIT_TIMEOUT_MS, 'late', { signal: gone.signal, ref: false });
  const first = await Promise.race([exited, late.catch(() => undefined)]);
  gone.abort();
  if (first === 'late') throw new SupervisorError('failed', 'The session’s processes do not end.');
}
