import type { BigIntStats } from 'node:fs';

import { formatTime } from '../clock.ts';
import { base } from './go-path.ts';
import { statAt, type Place, type Root } from './root.ts';

/** The header `X-Docker-Container-Path-Stat`. */
export interface PathStat {
  readonly name: string;
  readonly size: number;
  /** Go's os.FileMode. */
  readonly mode: number;
  /** RFC 3339 with nanoseconds. */
  readonly mtime: string;
  /** What a link leads to in the end, as an absolute path of the container; empty for anything else. */
  readonly linkTarget: string;
}

/** `requested` is the absolute path as the user typed it. Throws ENOENT. */
export function describePath(root: Root, place: Place, requested: string): PathStat {
  const stat = statAt(place);
  if (stat === undefined)
    throw Object.assign(new Error(`lstat ${place.path}: no such file or directory`), { code: 'ENOENT' });
  return {
    name: base(requested),
    size: Number(stat.size),
    mode: goMode(stat),
    mtime: formatTime(stat.mtimeNs),
    linkTarget: stat.isSymbolicLink() ? targetOf(root, requested) : '',
  };
}

function targetOf(root: Root, requested: string): string {
  const target = root.locate(requested, { follow: true });
  target.folder.close();
  return target.path;
}

const GO = {
  directory: 2 ** 31,
  symlink: 2 ** 27,
  device: 2 ** 26,
  pipe: 2 ** 25,
  socket: 2 ** 24,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  characterDevice: 2 ** 21,
  sticky: 2 ** 20,
} as const;

/** Go's os.FileMode of a file. */
export function goMode(stat: BigIntStats): number {
  const bits = Number(stat.mode);
  let mode = bits & 0o777;
  if (stat.isDirectory()) mode += GO.directory;
  if (stat.isSymbolicLink()) mode += GO.symlink;
  if (stat.isBlockDevice() || stat.isCharacterDevice()) mode += GO.device;
  if (stat.isCharacterDevice()) mode += GO.characterDevice;
  if (stat.isFIFO()) mode += GO.pipe;
  if (stat.isSocket()) mode += GO.socket;
  if ((bits & 0o4000) !== 0) mode += GO.setuid;
  if ((bits & 0o2000) !== 0) mode += GO.setgid;
  if ((bits & 0o1000) !== 0) mode += GO.sticky;
  return mode;
}
