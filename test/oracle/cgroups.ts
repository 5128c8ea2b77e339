import { readdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';
/** Processes that were killed leave their cgroup within this time. */
const PATIENCE_MS = 5_000;

/** Removes the cgroup `name` under every hierarchy: v2 has one, v1 has one for each controller. */
export async function removeCgroups(name: string): Promise<void> {
  const parents = [ROOT, ...(await folders(ROOT))];
  await Promise.all(parents.map(async (parent) => removeTree(path.join(parent, name))));
}

async function removeTree(folder: string): Promise<void> {
  for (const child of await folders(folder)) await removeTree(child);
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      if (Date.now() > end) throw error;
      await sleep(50);
    }
  }
}

/** Folders in `folder` by full path; none when it is not there. */
async function folders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((each) => each.isDirectory()).map((each) => path.join(folder, each.name));
}
