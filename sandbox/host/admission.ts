import { readFile, statfs } from 'node:fs/promises';
import { SupervisorError, type HostRoom, type SessionLimits } from './supervisor.ts';

const MIB = 1024 ** 2;

/** `folder` is where the sessions' disks lie. */
export async function hostRoom(folder: string): Promise<HostRoom> {
  const [meminfo, disk] = await Promise.all([readFile('/proc/meminfo', 'utf8'), statfs(folder)]);
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return { memoryBytes: Number(available ?? 0) * 1024, diskBytes: disk.bavail * disk.bsize };
}

/** What a session takes soon after it was let in: an engine, a shell, and what its first commands touch. */
const BOOTED_BYTES = 64 * MIB;

/** The room that is left when `booting` sessions, of which the host's figures show little yet, have what they take. */
export function roomBeside(room: HostRoom, booting: number): HostRoom {
  return { ...room, memoryBytes: room.memoryBytes - booting * BOOTED_BYTES };
}

/**
 * Refuses a session that the host cannot hold now, at its full size and with a reserve left over. Sessions that
 * exist already are counted as what they use, not as what they might: most stay far below their limits.
 */
export function requireRoom(room: HostRoom, need: HostRoom, reserve: HostRoom): void {
  for (const [what, free, needed] of [
    ['memory', room.memoryBytes, need.memoryBytes + reserve.memoryBytes],
    ['disk space', room.diskBytes, need.diskBytes + reserve.diskBytes],
  ] as const) {
    if (free >= needed) continue;
    throw new SupervisorError(
      'full',
      `This host has no room for another session: it has ${Math.floor(free / MIB)} MiB of ${what} left, ` +
        `and a session needs ${Math.ceil(needed / MIB)} MiB.`,
    );
  }
}

/** Refuses a copy of a session's disk that the host cannot hold with its reserve left over. All in bytes. */
export function requireDisk(free: number, needed: number, reserve: number): void {
  if (free >= needed + reserve) return;
  throw new SupervisorError(
    'full',
    `This host has no room for a copy of the machine's disk: it has ${Math.floor(free / MIB)} MiB left, ` +
      `and ${Math.ceil((needed + reserve) / MIB)} MiB are needed.`,
  );
}

/** The bounds within which a session's limits make sense. */
const BOUNDS: Record<
  keyof SessionLimits,
  { readonly least: number; readonly most: number; readonly whole: boolean }
> = {
  memoryBytes: { least: 64 * MIB, most: 1024 ** 5, whole: true },
  processes: { least: 32, most: 1_000_000, whole: true },
  cpus: { least: 0.05, most: 1024, whole: false },
  diskBytes: { least: 64 * MIB, most: 1024 ** 5, whole: true },
};

/** Gives limits that can be carried out; throws `invalid` for others. */
export function checkedLimits(limits: SessionLimits): SessionLimits {
  for (const [name, { least, most, whole }] of Object.entries(BOUNDS) as [
    keyof SessionLimits,
    (typeof BOUNDS)['cpus'],
  ][]) {
    const value = limits[name];
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) continue;
    throw new SupervisorError(
      'invalid',
      `The limit ${name} must be ${whole ? 'a whole number ' : ''}from ${least} to ${most}, not ${value}.`,
    );
  }
  // Disks are made of whole blocks.
  return { ...limits, diskBytes: Math.floor(limits.diskBytes / MIB) * MIB };
}
