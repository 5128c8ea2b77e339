import { RATES, RateLimit } from '../http/rate.ts';
import { toRefusal } from '../refusal.ts';
import type { Page } from '../rooms/page.ts';
import type { Room } from '../rooms/room.ts';
import type { MachineFiles } from './machine-files.ts';
import { FindPaths, Move, OnePath, parse, WatchFolders } from './messages.ts';
import { ListingPace, WatchedFolders, type ShowFolder } from './watched.ts';

type Reply<T> = (
  answer: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string },
) => void;

/**
 * Binds the page's messages about files to the machine of its room. Messages that are not as agreed are refused.
 * `lookups`: folders in which the session's pages may have paths looked for.
 */
export function bindFiles(page: Page, joined: Promise<Room>, lookups: RateLimit): void {
  const changes = new RateLimit(RATES.messagesByPage);
  const pace = new ListingPace();
  let watched: WatchedFolders | undefined;
  page.on('disconnect', () => watched?.close());

  const files = async (): Promise<MachineFiles> => (await (await joined).machine()).files;
  const changed = async (work: (files: MachineFiles) => Promise<void>): Promise<void> => {
    await work(await files());
    (await joined).filesChanged();
  };

  const answer = <T>(reply: unknown, work: () => Promise<T>): void => {
    if (typeof reply !== 'function') return;
    const send = reply as Reply<T | null>;
    const done = async () => {
      await changes.spend(page.id);
      return work();
    };
    done().then(
      (value) => send({ ok: true, value: value ?? null }),
      (error: unknown) => send({ ok: false, error: toRefusal(error).message }),
    );
  };

  page.on('files:watch', (raw) => {
    const message = WatchFolders.safeParse(raw);
    if (!message.success) return;
    const watch = async () => {
      if (!(await changes.allows(page.id))) return;
      const machine = await files();
      watched?.close();
      if (page.disconnected) return;
      const show = (folder: Parameters<ShowFolder>[0]) => page.emit('files:folder', folder);
      watched = new WatchedFolders(machine, message.data.folders, show, pace);
    };
    // The machine is not running: the page asks again when it is.
    watch().catch(() => undefined);
  });

  page.on('files:make-folder', (raw, reply) =>
    answer(reply, async () => changed((machine) => machine.makeFolder(parse(OnePath, raw).path))),
  );
  page.on('files:move', (raw, reply) =>
    answer(reply, async () => {
      const { from, to } = parse(Move, raw);
      await changed((machine) => machine.move(from, to));
    }),
  );
  page.on('files:before', (raw, reply) =>
    answer(reply, async () => {
      const { beginning } = await (await joined).machine();
      return beginning.find(parse(OnePath, raw).path);
    }),
  );
  page.on('files:find', (raw, reply) =>
    answer(reply, async () => {
      const { paths } = parse(FindPaths, raw);
      await lookups.spend(page.data.sessionId, Math.max(1, foldersOf(paths).size));
      return (await files()).find(paths);
    }),
  );
  page.on('files:remove', (raw, reply) =>
    answer(reply, async () => changed((machine) => machine.remove(parse(OnePath, raw).path))),
  );
}

const foldersOf = (paths: readonly string[]): Set<string> =>
  new Set(paths.map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
