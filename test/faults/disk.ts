import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Twice: what was promised to the first file may turn out not to be needed when it comes to the disk. */
const FILL =
  'for size in 1M 4k; do dd if=/dev/zero of="$1" bs=$size oflag=append conv=notrunc,fsync 2>/dev/null || :; done';

/** A small file system of its own, as a session's disk is one; in memory, so that a slow disk of the host does not matter. */
export interface SmallDisk {
  readonly folder: string;
  /** Bytes. */
  used(): Promise<number>;
  /** Another one with what has been written to this one so far, which is not all that can be read from it. */
  copy(): Promise<SmallDisk>;
  /** What some other program does at any time: then the names of files are on the disk, and not what is in them. */
  commitJournal(): Promise<void>;
  /** Takes all the room there is. Resolves to what gives it back. */
  fill(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export async function openSmallDisk(mebibytes: number): Promise<SmallDisk> {
  const memory = await mountMemory();
  const image = imageIn(memory);
  await run('truncate', ['--size', `${mebibytes}M`, image]);
  await run('mkfs.ext4', ['-q', '-m', '0', '-J', 'size=4', image]);
  return mount(memory);
}

async function mountMemory(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-disk-'));
  // The users of sessions go through it.
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1g,mode=755', 'slipway-disk', folder]);
  return folder;
}

const imageIn = (memory: string): string => path.join(memory, 'disk.img');

async function mount(memory: string): Promise<SmallDisk> {
  const folder = path.join(memory, 'disk');
  await mkdir(folder);
  await run('mount', ['-t', 'ext4', '-o', 'loop,noatime', imageIn(memory), folder]);
  return {
    folder,
    used: async () => {
      await run('sync', ['--file-system', folder]);
      const { blocks, bfree, bsize } = await statfs(folder);
      return (blocks - bfree) * bsize;
    },
    copy: async () => {
      const other = await mountMemory();
      await run('cp', ['--sparse=always', imageIn(memory), imageIn(other)]);
      return mount(other);
    },
    commitJournal: async () => {
      const file = await open(path.join(folder, 'another'), 'w');
      await file.sync();
      await file.close();
    },
    fill: async () => {
      const file = path.join(folder, 'filling');
      await run('sh', ['-c', FILL, 'fill', file]);
      return () => rm(file);
    },
    close: async () => {
      await run('umount', [folder]);
      // The loop device lets go of its file moments after it is gone from the folder.
      await run('umount', ['--lazy', memory]);
      await rm(memory, { recursive: true });
    },
  };
}
