import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../layer/run.ts';
import type { Context } from './context.ts';
import type { ContainerRecord } from './model.ts';

const JOINED = 'container:';

/**
 * What a container has at /dev/shm when others may have it too: of a `shareable` one a tmpfs that is mounted here, outside
 * of it, of one that joins its IPC namespace that very tmpfs. Undefined when it is the container's own.
 */
export async function sharedMemoryOf(context: Context, record: ContainerRecord): Promise<string | undefined> {
  const { IpcMode, ShmSize } = record.hostConfig;
  if (IpcMode.startsWith(JOINED)) {
    return mountPoint(context, context.registry.get(IpcMode.slice(JOINED.length)).record);
  }
  if (IpcMode !== 'shareable') return undefined;
  const point = mountPoint(context, record);
  mkdirSync(point, { recursive: true, mode: 0o700 });
  const options = `nosuid,nodev,noexec,mode=1777,size=${ShmSize}`;
  await run(['mount', '-i', '-t', 'tmpfs', '-o', options, 'shm', point]);
  return point;
}

/** Those that still have it keep it. Idempotent. */
export async function unmountSharedMemory(context: Context, record: ContainerRecord): Promise<void> {
  if (record.hostConfig.IpcMode !== 'shareable') return;
  await run(['umount', '-l', mountPoint(context, record)], { mayFail: true });
}

function mountPoint(context: Context, { id }: ContainerRecord): string {
  return join(context.registry.folderOf(id), 'mounts/shm');
}
