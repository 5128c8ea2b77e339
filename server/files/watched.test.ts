import { expect, test } from 'vitest';
import type { MachineFiles } from './machine-files.ts';
import { ListingPace, WatchedFolders } from './watched.ts';

test('a page that asks again and again has no more folders listed for it', async () => {
  const listed: string[] = [];
  const files = {
    list: async (path: string) => void listed.push(path),
    watch: (_folders: unknown, _changed: unknown, signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
  } as unknown as MachineFiles;
  const pace = new ListingPace();
  await new Promise<void>((shown) => {
    let watched: WatchedFolders | undefined;
    for (let message = 1; message <= 100; message++) {
      watched?.close();
      const show = ({ path }: { path: string }) => {
        if (path === 'b') shown();
      };
      watched = new WatchedFolders(files, ['a', 'b'], show, pace);
    }
  });
  // For the first message, for the last, and for those that a slow machine has time for in between; not for a hundred.
  expect(listed.length).toBeLessThan(20);
});
