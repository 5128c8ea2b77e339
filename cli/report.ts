import { appendFileSync } from 'node:fs';

import { SupervisorError } from '../sandbox/host/supervisor.ts';
import { Failure, hasCode, messageOf } from './failure.ts';

/**
 * Prints why a command could not do its work: a sentence and the way out. A stack is for those who ask for it with
 * SLIPWAY_DEBUG=1; otherwise it goes to the log.
 */
export function reportFailure(
  error: unknown,
  options: { readonly debug: boolean; readonly log: string },
): void {
  const { message, wayOut } = explain(error);
  process.stderr.write(`slipway: ${message}\n`);
  if (wayOut !== undefined && wayOut !== '') process.stderr.write(`${wayOut}\n`);
  if (options.debug) process.stderr.write(`${stackOf(error)}\n`);
  else if (!(error instanceof Failure) && wayOut === undefined)
    process.stderr.write(
      writeLog(options.log, error)
        ? `More is in ${options.log}.\n`
        : 'Set SLIPWAY_DEBUG=1 to see where it happened.\n',
    );
}

function explain(error: unknown): { message: string; wayOut?: string } {
  if (error instanceof Failure) return { message: error.message, wayOut: error.wayOut };
  // The supervisor's sentences carry their way out.
  if (error instanceof SupervisorError) return { message: error.message, wayOut: '' };
  if (hasCode(error, 'ENOSPC') || /No space left on device|ENOSPC/.test(messageOf(error)))
    return {
      message: 'The disk is full.',
      wayOut: 'Free some space, or choose another disk with --data-dir; then run the command again.',
    };
  if (hasCode(error, 'EROFS'))
    return {
      message: `The data folder is on a read-only file system (${messageOf(error)}).`,
      wayOut: 'Choose another one with --data-dir.',
    };
  return { message: messageOf(error) };
}

function writeLog(log: string, error: unknown): boolean {
  try {
    appendFileSync(log, `${new Date().toISOString()} ${stackOf(error)}\n`);
    return true;
  } catch {
    return false;
  }
}

/** The stack with those of the causes, which say more than the sentence made of them. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
