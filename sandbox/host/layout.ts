import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Where the things of one supervisor lie; everything else asks here. */
export interface HostLayout {
  readonly dataDir: string;
  /** One folder for each session, seen by the host. */
  readonly sessions: string;
  readonly lock: string;
  /** A tmpfs in the supervisor's own mount namespace: everything in it goes with the supervisor. */
  readonly work: string;
  /** The host's file tree as crun's first stage sees it. */
  readonly hostRoot: string;
  /** The root that a session boots from. */
  readonly bootRoot: string;
  /** State folders of crun. */
  readonly crun: string;
  /** Name of the control group, below the root of each hierarchy, that holds all sessions of this data folder. */
  readonly cgroupName: string;
  /** A number that is this folder's own: where the search for free host uids begins. */
  readonly seed: number;
}

export function hostLayout(dataDir: string): HostLayout {
  const work = join(dataDir, 'run');
  const hash = createHash('sha256').update(dataDir).digest();
  return {
    dataDir,
    sessions: join(dataDir, 'sessions'),
    lock: join(dataDir, 'supervisor.lock'),
    work,
    hostRoot: join(work, 'host'),
    bootRoot: join(work, 'boot'),
    crun: join(work, 'crun'),
    cgroupName: `slipway-${hash.toString('hex', 0, 4)}`,
    seed: hash.readUInt32BE(4),
  };
}

/** Where the things of one session lie. */
export interface SessionPaths {
  readonly folder: string;
  readonly record: string;
  readonly disk: string;
  /** Folder of the disk's snapshots. */
  readonly snapshots: string;
  readonly engineSocket: string;
  /** Mount point of the disk, used only while the session boots. */
  readonly mountPoint: string;
  readonly outerBundle: string;
  readonly innerBundle: string;
}

export function sessionPaths(layout: HostLayout, id: string): SessionPaths {
  const folder = join(layout.sessions, id);
  const work = join(layout.work, 'sessions', id);
  return {
    folder,
    record: join(folder, 'session.json'),
    disk: join(folder, 'disk.img'),
    snapshots: join(folder, 'snapshots'),
    engineSocket: join(folder, 'engine.sock'),
    mountPoint: join(work, 'disk'),
    outerBundle: join(work, 'outer'),
    innerBundle: join(work, 'inner'),
  };
}
