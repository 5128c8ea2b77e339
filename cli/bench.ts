import { handOver } from './hand-over.ts';
import { requireRoot } from './requirements.ts';
import type { SetupContext } from './setup/context.ts';
import { setUp } from './setup/setup.ts';

/** Sets up, then hands over to test/bench, for the cases with `filter` in their title; returns its exit status. */
export async function bench(context: SetupContext, filter: string): Promise<number> {
  requireRoot('measure machines');
  await setUp(context, { page: true, tests: true });
  return handOver(context, 'bench', [filter]);
}
