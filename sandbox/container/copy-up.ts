import { execFile } from 'node:child_process';
import { chmod, chown, readdir, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { MountPoint } from './model.ts';
import { lstatOrNothing, resolveInRoot } from './rootfs.ts';

/** A volume that is still empty gets what the image has at its place: files, owners and modes. */
export async function copyUpVolumes(root: string, mounts: readonly MountPoint[]): Promise<void> {
  for (const mount of mounts) {
    if (mount.Type === 'volume' && mount.copyUp === true) await copyUp(root, mount);
  }
}

async function copyUp(root: string, mount: MountPoint): Promise<void> {
  if ((await readdir(mount.Source)).length > 0) return;
  const source = await resolveInRoot(root, mount.Destination);
  const found = await lstatOrNothing(source);
  if (!found?.isDirectory()) return;
  if ((await readdir(source)).length > 0)
    await promisify(execFile)('cp', ['-a', `${source}/.`, mount.Source]);
  const { uid, gid, mode } = await stat(source);
  await chown(mount.Source, uid, gid);
  await chmod(mount.Source, mode & 0o7777);
}
