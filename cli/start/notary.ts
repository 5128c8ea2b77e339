import { ensure, type SetupContext } from '../setup/context.ts';
import { withSetupLock } from '../setup/lock.ts';
import { notaryStep } from '../setup/tools.ts';

/** Fetches the notary while the page is served already: it is looked for when the first image is signed. */
export async function fetchNotary(context: SetupContext, say: (sentence: string) => void): Promise<void> {
  const step = notaryStep(context);
  try {
    if (await step.isDone()) return;
    await withSetupLock(context, () => ensure(context, step));
  } catch {
    if (context.signal.aborted) return;
    say(
      `Images cannot be signed here, because the notary could not be fetched: ${context.log} says why. ` +
        'Everything else works; the next start tries again, unless it has --content-trust off.',
    );
  }
}
