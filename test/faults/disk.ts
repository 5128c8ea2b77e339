import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A small file system of its own, as a session's disk is one. */
export interface SmallDisk {
  readonly folder: string;
  /** Bytes. */
  used(): Promise<number>;
  /** Another one with what has been written to this one so far, which is not all that can be read from it. */
  copy(): Promise<SmallDisk>;
  /** What some other program does at any time: then the names of files are on the disk, and not what is in them. */
  commitJournal(): Promise<void>;
  close(): Promise<void>;
}

export async function openSmallDisk(mebibytes: number): Promise<SmallDisk> {
  const parent = await mkdtemp(path.join(tmpdir(), 'slipway-disk-'));
  const image = imageIn(parent);
  await run('truncate', ['--size', `${mebibytes}M`, image]);
  await run('mkfs.ext4', ['-q', '-m', '0', '-J', 'size=4', image]);
  return mount(parent);
}

const imageIn = (parent: string): string => path.join(parent, 'disk.img');

async function mount(parent: string): Promise<SmallDisk> {
  const folder = path.join(parent, 'disk');
  // The users of sessions go through it.
  await chmod(parent, 0o755);
  await mkdir(folder);
  await run('mount', ['-t', 'ext4', '-o', 'loop,noatime', imageIn(parent), folder]);
  return {
    folder,
    used: async () => {
      await run('sync', ['--file-system', folder]);
      const { blocks, bfree, bsize } = await statfs(folder);
      return (blocks - bfree) * bsize;
    },
    copy: async () => {
      const other = await mkdtemp(path.join(tmpdir(), 'slipway-disk-'));
      await run('cp', ['--sparse=always', imageIn(parent), imageIn(other)]);
      return mount(other);
    },
    commitJournal: async () => {
      const file = await open(path.join(folder, 'another'), 'w');
      await file.sync();
      await file.close();
    },
    close: async () => {
      await run('umount', [folder]);
      await rm(parent, { recursive: true });
    },
  };
}
