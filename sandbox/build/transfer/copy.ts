import { createReadStream } from 'node:fs';
import { unpackingFailed } from '../../image/archive/words.ts';
import { decompress } from '../../layer/decompress.ts';
import { Pace } from '../../layer/pace.ts';
import type { RawPath } from '../../layer/raw-path.ts';
import { joinRaw, toRaw } from '../../layer/raw-path.ts';
import { parseHeader } from '../../layer/tar-header.ts';
import { wrapped } from '../from.ts';
import type { Found } from '../source/find.ts';
import type { FilePool } from '../source/pool.ts';
import { receive } from '../source/receive.ts';
import type { Node, Source } from '../source/source.ts';
import { below } from '../source/source.ts';
import type { LayerDraft, Owner } from './draft.ts';
import { NEW_FOLDER_MODE, ROOT, parentOf } from './draft.ts';
import type { ModeChange } from './mode.ts';

export interface CopyOptions {
  /** Of everything that is copied; undefined leaves each its own. */
  readonly owner: Owner | undefined;
  /** Of everything that is copied; undefined leaves each its own. */
  readonly mode: ModeChange | undefined;
  /** Archives are unpacked: ADD. */
  readonly unpack: boolean;
  readonly pool: FilePool;
}

/** Copies one thing to `dest` of the container, an absolute path: into it when it is a folder, or ends with a slash. */
export async function copy(
  draft: LayerDraft,
  from: Found,
  dest: string,
  options: CopyOptions,
): Promise<void> {
  const node = from.source.node(from.path);
  if (node === undefined) throw new Error(`${from.name} has gone`);
  const place = draft.resolve(dest);
  if (node.kind === 'folder') {
    await copyFolder(draft, from, place, options);
    return;
  }
  if (options.unpack && from.keepPacked !== true && node.kind === 'file' && (await isArchive(from))) {
    await unpackTo(draft, from, place, options);
    return;
  }
  const inside = dest.endsWith('/') || draft.isFolder(place);
  const target = inside ? joinRaw(place, baseOf(from.name)) : place;
  const what = 'failed to create new directory: ';
  attempt(what, () => draft.makeFolder(parentOf(target), options.owner ?? ROOT));
  await draft.put(target, from, wished(node, options), options.owner ?? node);
}

async function copyFolder(
  draft: LayerDraft,
  { source, path }: Pick<Found, 'source' | 'path'>,
  place: RawPath,
  options: CopyOptions,
): Promise<void> {
  const isNew = !draft.isFolder(place);
  attempt('failed to copy directory: ', () => draft.makeFolder(place, ROOT));
  if (isNew && options.owner) draft.chown(place, options.owner);
  if (isNew && options.mode !== undefined) {
    draft.chmod(place, options.mode(source.node(path)?.mode ?? NEW_FOLDER_MODE, { isFolder: true }));
  }
  const pace = new Pace();
  const first = new Map<unknown, RawPath>();
  for (const each of below(source, path)) {
    if (pace.due()) await pace.rest();
    const node = source.node(each);
    if (node === undefined) continue;
    const target = joinRaw(place, path === '' ? each : each.slice(path.length + 1));
    const known = node.identity === undefined ? undefined : first.get(node.identity);
    const owner = options.owner ?? node;
    if (known !== undefined) draft.putLink(target, known);
    else if (node.kind === 'folder') draft.putFolder(target, wished(node, options), owner);
    else await draft.put(target, { source, path: each }, wished(node, options), owner);
    if (node.identity !== undefined && known === undefined) first.set(node.identity, target);
  }
}

/** Unpacked files keep their owners, whatever `--chown` says. */
async function unpackTo(draft: LayerDraft, from: Found, place: RawPath, options: CopyOptions): Promise<void> {
  const archive = createReadStream(from.source.file(from.path));
  const tree = await receive(archive as AsyncIterable<Buffer>, options.pool).catch((error: unknown) => {
    throw unpackingFailed(error);
  });
  try {
    await copyFolder(draft, { source: tree, path: '' as RawPath }, place, { ...options, owner: undefined });
  } finally {
    tree.close(false);
  }
}

async function isArchive({ source, path }: { source: Source; path: RawPath }): Promise<boolean> {
  const stream = createReadStream(source.file(path));
  try {
    let head = Buffer.alloc(0);
    for await (const chunk of decompress(stream as AsyncIterable<Buffer>)) {
      head = Buffer.concat([head, chunk]);
      if (head.byteLength >= 512) break;
    }
    return head.byteLength >= 512 && parseHeader(head.subarray(0, 512)) !== undefined;
  } catch {
    return false;
  } finally {
    stream.destroy();
  }
}

function wished(node: Node, { mode, owner }: CopyOptions): Node {
  const wanted =
    mode === undefined || node.kind === 'link'
      ? node.mode
      : mode(node.mode, { isFolder: node.kind === 'folder' });
  if (owner === undefined) return { ...node, mode: wanted };
  // A new owner, even the same one, takes a file's capabilities away, and its right to be run as the old one.
  const bare = { ...node };
  delete bare.xattrs;
  return { ...bare, mode: node.kind === 'file' ? withoutSetId(wanted) : wanted };
}

function withoutSetId(mode: number): number {
  const isRunByGroup = (mode & 0o010) !== 0;
  return mode & ~0o4000 & (isRunByGroup ? ~0o2000 : ~0);
}

function attempt(prefix: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw wrapped(prefix, error);
  }
}

function baseOf(name: string): string {
  return toRaw(name).replace(/\/+$/, '').split('/').pop() ?? '';
}
