import { handOver } from './hand-over.ts';
import { requireRoot } from './requirements.ts';
import type { SetupContext } from './setup/context.ts';
import { setUp } from './setup/setup.ts';

/** What `slipway load` is asked for, as text: the program in test/load checks it. */
export interface LoadWishes {
  readonly sessions: string;
  readonly minutes: string;
  readonly active: string;
  readonly lessons?: string;
  readonly peer?: true;
}

/** Sets up, then hands over to test/load; returns its exit status. */
export async function load(context: SetupContext, wishes: LoadWishes): Promise<number> {
  requireRoot('make machines');
  await setUp(context, { page: true, tests: wishes.peer === true });
  const { sessions, minutes, active, lessons, peer } = wishes;
  const options = ['--sessions', sessions, '--minutes', minutes, '--active', active];
  if (lessons !== undefined) options.push('--lessons', lessons);
  if (peer) options.push('--peer');
  return handOver(context, 'load', options);
}
