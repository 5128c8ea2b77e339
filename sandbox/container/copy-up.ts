import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readdir, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { MountPoint } from './model.ts';
import { lstatOrNothing, resolveInRoot } from './rootfs.ts';

/**
 * Makes the folders that mounts are to cover: the runtime would make them sticky, and they stay in the container. What
 * lies below another mount is that one's.
 */
export async function makeMountPoints(root: string, mounts: readonly MountPoint[]): Promise<void> {
  for (const { Type, Source, Destination } of mounts) {
    if (mounts.some((each) => Destination.startsWith(`${each.Destination}/`))) continue;
    if (Type !== 'tmpfs' && lstatOrNothing(Source)?.isDirectory() !== true) continue;
    const target = resolveInRoot(root, Destination);
    if (lstatOrNothing(target) !== undefined) continue;
    // Where a file is in the way, the runtime says so.
    await mkdir(target, { recursive: true, mode: 0o755 }).catch(() => undefined);
  }
}

/** A volume that is still empty gets what the image has at its place: files, owners and modes. */
export async function copyUpVolumes(root: string, mounts: readonly MountPoint[]): Promise<void> {
  for (const mount of mounts) {
    if (mount.Type === 'volume' && mount.copyUp === true) await copyUp(root, mount);
  }
}

async function copyUp(root: string, mount: MountPoint): Promise<void> {
  if ((await readdir(mount.Source)).length > 0) return;
  const source = resolveInRoot(root, mount.Destination);
  const found = lstatOrNothing(source);
  if (!found?.isDirectory()) return;
  if ((await readdir(source)).length > 0)
    await promisify(execFile)('cp', ['-a', `${source}/.`, mount.Source]);
  const { uid, gid, mode } = await stat(source);
  await chown(mount.Source, uid, gid);
  await chmod(mount.Source, mode & 0o7777);
}
