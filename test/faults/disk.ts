import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
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
    close: async () => {
      await run('umount', [folder]);
      await rm(parent, { recursive: true });
    },
  };
}
