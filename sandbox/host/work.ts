import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBootRoot } from './bootstrap.ts';
import { cgroupsV1 } from './cgroup/v1.ts';
import { cgroupsV2 } from './cgroup/v2.ts';
import type { Cgroups } from './cgroup/cgroup.ts';
import { detectCgroups, type CgroupLayout } from './cgroup/detect.ts';
import type { HostLayout } from './layout.ts';
import { attempt, run } from './run.ts';
import { SupervisorError } from './supervisor.ts';

/**
 * Prepares what all sessions start from, in a tmpfs of the supervisor's own mount namespace, and gives the control
 * groups. Order matters: the host's tree is copied last, so that it holds the work folder and no session's mounts.
 */
export async function prepareWork(layout: HostLayout, busybox: string): Promise<Cgroups> {
  await mkdir(layout.work, { recursive: true, mode: 0o711 });
  await run('mount', ['-t', 'tmpfs', '-o', 'mode=711,size=64m', 'slipway', layout.work]);
  // Disks are mounted here while sessions boot, with the setuid programs of their learners: no way leads there but root's.
  for (const folder of [layout.hostRoot, layout.crun, join(layout.work, 'sessions')])
    await mkdir(folder, { mode: 0o700 });
  // crun opens it with the session's own user.
  await mkdir(layout.bootRoot, { mode: 0o755 });
  await writeBootRoot(layout.bootRoot, busybox);
  const found = await separateUnified(layout, await detectCgroups());
  await run('mount', ['--rbind', '/', layout.hostRoot]);
  await run('mount', ['--make-rprivate', layout.hostRoot]);
  return cgroupsOf(found, layout.cgroupName);
}

/**
 * crun stops at a v2 hierarchy beside v1 ("hybrid"), wherever its controllers are. In this namespace it is moved out of
 * crun's sight, to where the supervisor alone looks for it.
 */
async function separateUnified(layout: HostLayout, found: CgroupLayout): Promise<CgroupLayout> {
  if (found.kind !== 'v1' || found.unified === undefined) return found;
  const unified = join(layout.work, 'unified');
  await mkdir(unified);
  await run('mount', ['-t', 'cgroup2', 'cgroup2', unified]);
  // Elsewhere it lies where another supervisor, above this one, has put it for itself.
  if (found.unified.startsWith('/sys/fs/cgroup/')) await run('umount', ['-l', found.unified]);
  return { ...found, unified };
}

export function cgroupsOf(found: CgroupLayout, name: string): Cgroups {
  switch (found.kind) {
    case 'v1': {
      const unified = found.unified === undefined ? [] : [{ mountPoint: found.unified, controllers: '' }];
      return cgroupsV1([...found.hierarchies, ...unified], name);
    }
    case 'v2':
      return cgroupsV2(found.mountPoint, found.controllers, name);
    case 'none':
      throw new SupervisorError(
        'failed',
        'This host has no control groups mounted at /sys/fs/cgroup: sessions could not be limited.',
      );
  }
}

/** Refuses to begin without the folders that sessions are made of. */
export async function requireFolders(folders: Record<string, string>): Promise<void> {
  for (const [what, folder] of Object.entries(folders)) {
    await access(folder).catch(() => {
      throw new SupervisorError('failed', `The ${what} ${folder} is missing. Run \`slipway setup\` first.`);
    });
  }
}

/** Takes the data folder's lock until this process ends; `flock` locks the open file that it inherits from here. */
export async function tryLock(fileDescriptor: number): Promise<boolean> {
  return (await attempt('flock', ['--exclusive', '--nonblock', '3'], fileDescriptor)).code === 0;
}

/** Takes back what `prepareWork` has mounted; the supervisor's namespace may live on. */
export async function releaseWork(layout: HostLayout): Promise<void> {
  await run('umount', ['-l', layout.work]);
}
