import { followChanges } from './changes.ts';
import { formatFinding, lint } from './lint/lint.ts';
import { say, untilStopped } from '../lifetime.ts';
import type { Settings } from '../settings.ts';
import type { SetupContext } from '../setup/context.ts';
import { withService } from './service.ts';

/** Serves the lessons of a folder until a signal comes, and reads them again whenever one is saved. */
export async function preview(
  context: SetupContext,
  settings: Settings,
  { folder, slug }: { readonly folder: string; readonly slug: string | undefined },
  interrupted: AbortController,
): Promise<void> {
  const stopped = untilStopped(interrupted);
  await withService(context, settings, folder, async (service) => {
    const { url } = service;
    const show = async (): Promise<void> => {
      for (const finding of await lint(folder, slug === undefined ? [] : [slug])) say(formatFinding(finding));
    };
    await show();
    say(`The lessons are at ${slug === undefined ? url : `${url}/lessons/${slug}`}`);
    say('They are read again when a file is saved. Ctrl+C stops.');
    const watching = followChanges(folder, interrupted.signal, async () => {
      await service.reload();
      say(`Read again at ${new Date().toLocaleTimeString('en-GB')}.`);
      await show();
    });
    await Promise.race([stopped, watching]);
  });
}
