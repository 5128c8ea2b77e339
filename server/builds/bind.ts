import type { Page } from '../rooms/page.ts';
import type { Room } from '../rooms/room.ts';
import type { BuildFeed } from './feed.ts';
import type { EndedBuild } from './protocol.ts';

/** Tells a page of the builds of its room's machine once it asks for them. */
export function bindBuilds(page: Page, joined: Promise<Room>): void {
  let followed: BuildFeed | undefined;
  const tell = (build: EndedBuild): void => void page.emit('build', build);
  const follow = async (): Promise<void> => {
    const { builds } = await (await joined).machine();
    if (page.disconnected) return;
    if (followed !== builds) followed?.leave(tell);
    followed = builds;
    builds.follow(tell);
  };
  // The machine is not running: the page asks again when it is.
  page.on('builds:follow', () => void follow().catch(() => undefined));
  page.on('disconnect', () => followed?.leave(tell));
}
