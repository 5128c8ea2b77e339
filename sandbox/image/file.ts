import type { Stats } from 'node:fs';
import { lstatSync, readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { ImageContext } from './context.ts';

/** What a path in an image is. */
export interface FileInImage {
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** Permission bits, such as 0o644. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  /** The first `CONTENT_BYTES` of a file as base64; absent for anything else. */
  readonly content?: string;
  readonly linkTarget?: string;
}

const CONTENT_BYTES = 64 * 1024;
/** As many as the kernel follows. */
const LINKS = 40;

/** What a container of the image would find at `wanted`. A link at its end is told, those before it are followed. */
export async function readFileInImage(
  context: ImageContext,
  id: Digest,
  wanted: string,
): Promise<FileInImage> {
  const { diffIds } = await context.store.summary(id);
  return context.snapshots.view(diffIds, async (root) => {
    const found = find(root, wanted);
    if (!found || isWhiteout(found.stats)) {
      throw new EngineError('not-found', `Could not find the file ${wanted} in image ${id}`);
    }
    return describe(found.file, found.stats);
  });
}

async function describe(file: string, stats: Stats): Promise<FileInImage> {
  const common = { mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, size: stats.size };
  if (stats.isDirectory()) return { type: 'directory', ...common };
  if (stats.isSymbolicLink()) return { type: 'symlink', ...common, linkTarget: readlinkSync(file) };
  if (!stats.isFile()) return { type: 'other', ...common };
  return { type: 'file', ...common, content: (await readStart(file)).toString('base64') };
}

async function readStart(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(CONTENT_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, CONTENT_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Follows links as if `root` were the root of the file system, so that none leads out of it. */
function find(root: string, wanted: string): { file: string; stats: Stats } | undefined {
  let left = wanted.split('/').filter(Boolean);
  let at: string[] = [];
  let stats: Stats | undefined = lstatSync(root);
  for (let links = 0; left.length > 0;) {
    const [name = '', ...rest] = left;
    left = rest;
    if (name === '.') continue;
    if (name === '..') {
      at = at.slice(0, -1);
      continue;
    }
    const file = path.join(root, ...at, name);
    stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() && left.length > 0) {
      if (++links > LINKS) return undefined;
      const target = readlinkSync(file);
      if (target.startsWith('/')) at = [];
      left = [...target.split('/').filter(Boolean), ...left];
      continue;
    }
    if (!stats || (left.length > 0 && !stats.isDirectory())) return undefined;
    at = [...at, name];
  }
  const file = path.join(root, ...at);
  stats = lstatSync(file, { throwIfNoEntry: false });
  return stats && { file, stats };
}

function isWhiteout(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0;
}
