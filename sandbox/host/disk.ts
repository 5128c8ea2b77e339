import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt, run } from './run.ts';
import { SupervisorError } from './supervisor.ts';

/** The file system's block. */
const BLOCK = 4096;

/** One inode for so many bytes: a Debian userland and its layers need about one for 20 KiB. */
const BYTES_PER_INODE = 8192;

/** Raise it when the way of formatting changes: templates are named after it. */
const FORMAT = 1;

/** The kernel frees a loop device moments after the last mount of it is gone. */
const LOOP_RELEASE_TIMEOUT_MS = 10_000;

/** Empty disks, formatted once for each size and copied from then on; what mkfs writes is a few hundred kilobytes. */
export class DiskTemplates {
  readonly #folder: string;
  readonly #known = new Map<number, Promise<string>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes a new, empty disk of exactly `size` bytes; nothing of it but what mkfs wrote takes space. */
  async copy(size: number, path: string): Promise<void> {
    let template = this.#known.get(size);
    if (template === undefined) {
      template = this.#make(size);
      template.catch(() => this.#known.delete(size));
      this.#known.set(size, template);
    }
    await run('cp', ['--sparse=always', '--reflink=auto', await template, path]);
  }

  async #make(size: number): Promise<string> {
    const path = join(this.#folder, `ext4-${FORMAT}-${size}.img`);
    if (await stat(path).catch(() => undefined)) return path;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      await format(temporary, size);
      await syncFile(temporary);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
    return path;
  }
}

/** No blocks are kept for root, and the tables are written at once: nothing is left for the kernel to do later. */
async function format(path: string, size: number): Promise<void> {
  const file = await open(path, 'w', 0o600);
  await file.truncate(size).finally(() => file.close());
  await run('mkfs.ext4', [
    ...['-q', '-F', '-m', '0', '-b', String(BLOCK), '-i', String(BYTES_PER_INODE), '-J', 'size=16'],
    ...['-E', 'lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0', path],
  ]);
}

/** A disk that is mounted by the supervisor, and the loop device that carries it. */
export interface MountedDisk {
  readonly path: string;
  readonly mountPoint: string;
  /** Such as `loop3`. */
  readonly loop: string;
  /** What `diskErrors` said when it was mounted: the file system counts from one mount to the next. */
  readonly errors: number;
}

/**
 * Mounts a disk. Device nodes on it mean nothing; setuid programs work, since `su` and `sudo` are part of a machine
 * (its uids are shown to a session through its own mapping only). Space that files give back is given back to the host.
 */
export async function mountDisk(path: string, mountPoint: string): Promise<MountedDisk> {
  await mkdir(mountPoint, { recursive: true, mode: 0o755 });
  if (await hasErrors(path)) await attempt('e2fsck', ['-y', '-f', path]);
  const mount = ['-t', 'ext4', '-o', 'loop,nodev,noatime,discard,errors=remount-ro', path, mountPoint];
  const first = await attempt('mount', mount);
  if (first.code !== 0) {
    // A host that went down while the disk was in use may leave work for the file system's checker.
    await attempt('e2fsck', ['-p', '-f', path]);
    const second = await attempt('mount', mount);
    if (second.code !== 0)
      throw new SupervisorError('failed', `The session's disk cannot be mounted: ${second.stderr.trim()}`);
  }
  const loop = await loopAt(mountPoint);
  return { path, mountPoint, loop, errors: await diskErrors(loop) };
}

/**
 * Errors that the file system on a loop device has met; 0 when it is not mounted. After one in its own tables it takes no
 * more writes; what was to be written to a file, and could not, is told as a warning, and lost (the kernel's fs/ext4,
 * `ext4_end_bio`: measured, the tables follow as late as half a minute after).
 */
export async function diskErrors(loop: string): Promise<number> {
  const counts = ['errors_count', 'warning_count'].map(async (name) =>
    Number(await readFile(`/sys/fs/ext4/${loop}/${name}`, 'utf8').catch(() => 0)),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + count);
}

/** `s_state` in the superblock, and its bit for a file system that has met an error (the kernel's ext4/globals, "Super Block"). */
const STATE_OFFSET = 1024 + 0x3a;
const ERROR_STATE = 2;

async function hasErrors(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, STATE_OFFSET).finally(() => file.close());
  return (buffer.readUInt16LE() & ERROR_STATE) !== 0;
}

/** Does `work` while the disk of a running session can be reached here too. */
export async function withMount<T>({ loop, mountPoint }: MountedDisk, work: () => Promise<T>): Promise<T> {
  await run('mount', ['-t', 'ext4', '-o', 'nodev,nosuid,noatime', `/dev/${loop}`, mountPoint]);
  try {
    return await work();
  } finally {
    await run('umount', ['-l', mountPoint]);
  }
}

/** What was written to a mounted file system is in its file when this resolves: data, metadata and journal. */
export const syncDisk = ({ mountPoint }: MountedDisk): Promise<string> =>
  run('sync', ['--file-system', mountPoint]);

/** What is in a file outlasts a cut of power when this resolves: to be done before it takes the name of another. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
}

/** A copy with the same holes, of shared blocks where the host's file system has that. Nothing is left of one that fails. */
export async function copyDisk(from: string, to: string): Promise<void> {
  try {
    await run('cp', ['--sparse=auto', '--reflink=auto', from, to]);
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  }
}

/** Bytes that a file takes, its holes left out. */
export const bytesOf = async (path: string): Promise<number> => (await stat(path)).blocks * 512;

/** Lets go of a disk. A running session keeps its own mount of it; the loop device goes when the last one has gone. */
export async function detachDisk(disk: MountedDisk): Promise<void> {
  await run('umount', ['-l', disk.mountPoint]);
}

/** Waits until no mount of the disk is left anywhere, so that it may be mounted anew or removed. */
export async function diskReleased({ loop, path }: MountedDisk): Promise<void> {
  const deadline = performance.now() + LOOP_RELEASE_TIMEOUT_MS;
  for (let wait = 1; (await backingFile(loop)) === path; wait = Math.min(wait * 2, 50)) {
    if (performance.now() > deadline)
      throw new SupervisorError('failed', `The session's disk is still in use on ${loop}.`);
    await sleep(wait);
  }
}

/** Loop devices have the major number 7. */
async function loopAt(mountPoint: string): Promise<string> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').map((line) => line.split(' '));
  const device = mounts.findLast((fields) => fields[4] === mountPoint)?.[2];
  if (!device?.startsWith('7:')) throw new Error(`${mountPoint} is not on a loop device.`);
  return device.replace('7:', 'loop');
}

/** What lies behind a loop device such as `loop3`; undefined when it is free. */
export async function backingFile(loop: string): Promise<string | undefined> {
  const text = await readFile(`/sys/block/${loop}/loop/backing_file`, 'utf8').catch(() => undefined);
  return text?.trim();
}
