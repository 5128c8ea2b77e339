import { randomInt } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionCgroup } from './cgroup/cgroup.ts';
import { bytesOf, copyDisk, syncDisk, syncFile, withMount, type MountedDisk } from './disk.ts';
import type { SnapshotBounds } from './options.ts';
import { SupervisorError, type SnapshotInfo } from './supervisor.ts';

const MIB = 1024 ** 2;

export interface SnapshotTaking {
  readonly disk: MountedDisk;
  readonly cgroup: SessionCgroup;
  /** Folder of the session's snapshots. */
  readonly folder: string;
  readonly bounds: SnapshotBounds;
  /** Throws `full` when the host has no room for so many bytes. */
  readonly requireDisk: (bytes: number) => Promise<void>;
}

/**
 * Copies the disk of a running session. Its processes stand still from the last sync to the end of the copy, so that the
 * copy is what a cut of power at that moment would leave, which file system and engine are made for. What is
 * written before is synced beforehand, to keep the standstill short.
 */
export async function takeSnapshot(taking: SnapshotTaking): Promise<SnapshotInfo> {
  const { disk, cgroup, folder, bounds, requireDisk } = taking;
  if (bounds.most === 0) throw new SupervisorError('conflict', 'States of machines are not kept here.');
  await requireDisk(0);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const id = newId();
  const draft = `${snapshotFile(folder, id)}.tmp`;
  try {
    await withMount(disk, async () => {
      await syncDisk(disk);
      await cgroup.freeze();
      try {
        await syncDisk(disk);
        // Before, the file may lack blocks that are still to be written.
        const used = await bytesOf(disk.path);
        refuseTooLarge(used, bounds);
        await requireDisk(used);
        await copyDisk(disk.path, draft);
      } finally {
        await cgroup.thaw();
      }
    });
    // When nobody stands still any more.
    await syncFile(draft);
    const taken = { id, takenAt: new Date().toISOString(), bytes: await bytesOf(draft) };
    await rename(draft, snapshotFile(folder, id));
    return taken;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

export const snapshotFile = (folder: string, id: string): string => join(folder, `${id}.img`);

/** The newest ones, as many as the bounds allow; the last one in any case. */
export function withinBounds(
  snapshots: readonly SnapshotInfo[],
  { most, bytes }: SnapshotBounds,
): SnapshotInfo[] {
  let left = bytes;
  const kept = snapshots.slice(-most).reverse();
  const end = kept.findIndex((snapshot) => (left -= snapshot.bytes) < 0);
  return kept.slice(0, end === -1 ? kept.length : Math.max(1, end)).reverse();
}

/** Removes what is in the folder and not among `kept`. */
export async function removeOthers(folder: string, kept: readonly SnapshotInfo[]): Promise<void> {
  const names = new Set(kept.map(({ id }) => `${id}.img`));
  for (const name of await readdir(folder).catch(() => []))
    if (!names.has(name)) await rm(join(folder, name), { force: true });
}

function refuseTooLarge(used: number, { bytes }: SnapshotBounds): void {
  if (used <= bytes) return;
  throw new SupervisorError(
    'full',
    `This state of the machine cannot be kept: its disk holds ${Math.ceil(used / MIB)} MiB, ` +
      `and ${Math.floor(bytes / MIB)} MiB may be kept. Remove what you do not need, such as with \`docker system prune\`.`,
  );
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

const newId = (): string => Array.from({ length: 8 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
