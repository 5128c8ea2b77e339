import type { Hash } from 'node:crypto';
import { createHash, hash } from 'node:crypto';

/** What dockerd's classic builder counts of a file beside its content (its `tarsum.v1`): everything but the time. */
export interface SummedHeader {
  /** As the archive says it: of a folder with a slash at its end. Raw bytes. */
  readonly name: string;
  /** With the bits of the kind of file, which Docker's own archives carry. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** POSIX's type flag. */
  readonly type: string;
  readonly linkName: string;
  readonly userName: string;
  readonly groupName: string;
  readonly major: number;
  readonly minor: number;
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

/** The header has been hashed; the file's content comes next. */
export function startSum(header: SummedHeader): Hash {
  return createHash('sha256').update(summedText(header), 'latin1');
}

/** Of a file whose content is at hand: for a small one this takes a third of the time. */
export function sumOf(header: SummedHeader, content: readonly Uint8Array[]): string {
  return hash('sha256', Buffer.concat([Buffer.from(summedText(header), 'latin1'), ...content]), 'hex');
}

function summedText(header: SummedHeader): string {
  const fields = [
    `name${header.name}`,
    `mode${header.mode}`,
    `uid${header.uid}`,
    `gid${header.gid}`,
    `size${header.size}`,
    `typeflag${header.type}`,
    `linkname${header.linkName}`,
    `uname${header.userName}`,
    `gname${header.groupName}`,
    `devmajor${header.major}`,
    `devminor${header.minor}`,
  ];
  for (const name of [...header.xattrs.keys()].sort()) {
    fields.push(name + (header.xattrs.get(name)?.toString('latin1') ?? ''));
  }
  return fields.join('');
}

/** The kernel's bits for the kind of file. */
export const KIND_BITS = {
  file: 0o100000,
  folder: 0o040000,
  link: 0o120000,
  fifo: 0o010000,
  b: 0o060000,
  c: 0o020000,
} as const;

/** Begins the sum of a file that no archive brought: root's, and nothing special. */
export function startFileSum(name: string, mode: number, size: number): Hash {
  return startSum({
    name,
    mode: mode | KIND_BITS.file,
    uid: 0,
    gid: 0,
    size,
    type: '0',
    linkName: '',
    userName: '',
    groupName: '',
    major: 0,
    minor: 0,
    xattrs: new Map(),
  });
}
