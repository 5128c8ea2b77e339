import { watch } from 'node:fs';

import { formatFinding, lint } from './lint/lint.ts';
import { messageOf } from '../failure.ts';
import { say, untilStopped } from '../lifetime.ts';
import type { Settings } from '../settings.ts';
import type { SetupContext } from '../setup/context.ts';
import { withService } from './service.ts';

/** Editors write in several steps: what comes within this time is one change. In milliseconds. */
const QUIET_MS = 150;

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

/** Calls `changed` after each pause in the changes below `folder`, one call at a time, until `signal` aborts. */
async function followChanges(
  folder: string,
  signal: AbortSignal,
  changed: () => Promise<void>,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let work = Promise.resolve();
  const follow = (): void => {
    work = work.then(changed).catch((error: unknown) => say(messageOf(error)));
  };
  const watcher = watch(folder, { recursive: true, signal }, () => {
    clearTimeout(timer);
    timer = setTimeout(follow, QUIET_MS);
  });
  await new Promise<void>((resolve, reject) => watcher.once('close', resolve).once('error', reject));
  clearTimeout(timer);
  await work;
}
