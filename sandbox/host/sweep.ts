import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cgroups } from './cgroup/cgroup.ts';
import { backingFile } from './disk.ts';
import { sessionPaths, type HostLayout } from './layout.ts';
import { readRecord, writeRecord, type SessionRecord } from './record.ts';
import { attempt } from './run.ts';
import { removeOthers } from './snapshots.ts';
import type { SessionEnd } from './supervisor.ts';

const RESTARTED: SessionEnd = {
  kind: 'restart',
  message: 'The host was restarted while the session ran. Its disk is intact.',
};

/**
 * Removes whatever a supervisor that did not end in order has left – processes, control groups, loop devices, sockets,
 * sessions half made or half removed – and gives the records of the sessions that there are.
 */
export async function sweep(layout: HostLayout, cgroups: Cgroups): Promise<SessionRecord[]> {
  await cgroups.sweep();
  await releaseLoops(layout.sessions);
  const names = await readdir(layout.sessions);
  const records = await Promise.all(names.map((name) => settle(layout, name)));
  return records.filter((record) => record !== undefined);
}

/** Normally they are gone with the mount namespace; a mount made elsewhere may still hold one. */
async function releaseLoops(sessions: string): Promise<void> {
  const loops = (await readdir('/sys/block').catch(() => [])).filter((name) => name.startsWith('loop'));
  for (const loop of loops) {
    const file = await backingFile(loop);
    if (file?.startsWith(`${sessions}/`)) await attempt('losetup', ['--detach', `/dev/${loop}`]);
  }
}

async function settle(layout: HostLayout, name: string): Promise<SessionRecord | undefined> {
  const paths = sessionPaths(layout, name);
  const record = await readRecord(paths.record);
  if (record?.id !== name || record.state === 'creating' || record.state === 'destroying') {
    await rm(join(layout.sessions, name), { recursive: true, force: true });
    return undefined;
  }
  for (const suffix of ['', '.new', '.own']) await rm(paths.engineSocket + suffix, { force: true });
  await rm(`${paths.disk}.new`, { force: true });
  await removeOthers(paths.snapshots, record.snapshots);
  if (record.state === 'resetting') await rm(paths.disk, { force: true });
  if (record.state === 'stopped' || record.state === 'failed') return record;
  const settled: SessionRecord = { ...record, state: 'stopped', end: RESTARTED };
  await writeRecord(paths.record, settled);
  return settled;
}

export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
