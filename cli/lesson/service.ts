import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { openSupervisor } from '../../sandbox/host/open.ts';
import { run } from '../command.ts';
import { egressWishes } from '../egress.ts';
import { requireReachable } from '../requirements.ts';
import { ownFolder } from '../sandbox.ts';
import type { Settings } from '../settings.ts';
import type { SetupContext } from '../setup/context.ts';
import { setUp } from '../setup/setup.ts';
import { openServer, supervisorOptions } from '../start/start.ts';

export interface LessonService {
  readonly url: string;
  /** Reads the lessons again. */
  reload(): Promise<void>;
}

/**
 * Serves the lessons of `folder` while `work` goes on, beside whatever else runs on this host: with a supervisor, a hub and
 * machines of its own, of which nothing is left.
 */
export async function withService<T>(
  context: SetupContext,
  settings: Settings,
  folder: string,
  work: (service: LessonService) => Promise<T>,
): Promise<T> {
  const folders = await setUp(context, { page: true, tests: false });
  await requireReachable(folders.app ?? folders.runtime);
  const egress = await egressWishes(context, settings);
  const home = await ownFolder(settings.dataDir);
  const own = { ...settings, dataDir: home };
  const lessons = join(home, 'lessons');
  try {
    await symlink(join(settings.dataDir, 'tools'), join(home, 'tools'));
    await copyLessons(folder, lessons);
    const supervisor = await openSupervisor(supervisorOptions(own, folders));
    try {
      const server = await openServer(supervisor, own, folders, egress, {
        lessonsDir: lessons,
        authoring: true,
      });
      try {
        return await work({
          url: server.url,
          reload: async () => {
            await copyLessons(folder, lessons);
            await server.renew();
          },
        });
      } finally {
        await server.stop();
      }
    } finally {
      await supervisor.close();
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The server's user may not see the folder itself. */
async function copyLessons(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to);
  await cp(from, to, { recursive: true, filter: (source) => !source.endsWith('.ts') });
  await run('chmod', ['-R', 'a+rX,go-w', to]);
}
