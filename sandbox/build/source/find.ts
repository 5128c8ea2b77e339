import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { RawPath } from '../../layer/raw-path.ts';
import { toRaw, toText } from '../../layer/raw-path.ts';
import { EngineError } from '../../oci/errors.ts';
import { globPattern } from '../../image/pattern.ts';
import type { Source } from './source.ts';
import { below, follow } from './source.ts';

/** Something that an instruction copies. */
export interface Found {
  readonly source: Source;
  /** Every link followed. */
  readonly path: RawPath;
  /** As it was asked for: it keeps the name of a link. */
  readonly name: string;
  /** What the cache goes by: `file:…`, `dir:…`. */
  readonly hash: string;
  /** It came from the network: an archive stays one. */
  readonly keepPacked?: boolean;
}

/** What `wish` names in a tree; with a pattern that may be much, or nothing. Throws `EngineError` in dockerd's words. */
export async function find(source: Source, wish: string, origin: 'context' | 'image'): Promise<Found[]> {
  const path = wish.replace(/^\//, '').replace(/^\.\//, '');
  if (!hasWildcards(path)) return [await findOne(source, path, origin)];
  const found: Found[] = [];
  const pattern = patternOf(path);
  if (pattern === undefined) return [];
  for (const each of below(source, '' as RawPath)) {
    if (pattern.test(toText(each))) found.push(await findOne(source, toText(each), origin));
  }
  return found;
}

/**
 * What is left of `found` without what `ignored` names in it, relative to it when it is a folder, or by its own name;
 * undefined when that is nothing.
 */
export async function excluding(
  found: Found,
  ignored: (path: string) => boolean,
): Promise<Found | undefined> {
  const { source, path, name } = found;
  if (source.node(path)?.kind !== 'folder') return ignored(posix.basename(name)) ? undefined : found;
  const inside = (names: readonly string[], folder: RawPath): string[] => {
    const prefix = folder === path ? '' : `${folder.slice(path === '' ? 0 : path.length + 1)}/`;
    return names.filter((each) => !ignored(toText((prefix + each) as RawPath)));
  };
  const rest: Source = {
    node: (each) => source.node(each),
    names: (each) => inside(source.names(each), each),
    hash: async (each, asked) => source.hash(each, asked),
    place: async (each, target) => source.place(each, target),
    file: (each) => source.file(each),
  };
  return { ...found, source: rest, hash: await hashFolder(rest, path) };
}

/** One hash for all that an instruction copies. */
export function hashOf(found: readonly { readonly hash: string }[]): string {
  const [first, ...more] = found;
  if (first !== undefined && more.length === 0) return first.hash;
  return hashTogether(
    'multi',
    found.map(({ hash }) => hash),
  );
}

async function findOne(source: Source, name: string, origin: 'context' | 'image'): Promise<Found> {
  if (leaves(name)) {
    throw new EngineError('internal', `forbidden path outside the build context: ${name} ()`);
  }
  const path = follow(source, toRaw(name));
  // dockerd says the same of what would lie below a file.
  if (isBelowFile(source, path)) {
    throw new EngineError('internal', `forbidden path outside the build context: ${name} ()`);
  }
  const node = source.node(path);
  if (node === undefined) {
    const where =
      origin === 'context' ? 'file not found in build context or excluded by .dockerignore: ' : '';
    throw new EngineError('internal', `${where}stat ${name}: file does not exist`);
  }
  if (node.kind !== 'folder')
    return { source, path, name, hash: `file:${await source.hash(path, toRaw(name))}` };
  return { source, path, name, hash: await hashFolder(source, path) };
}

async function hashFolder(source: Source, folder: RawPath): Promise<string> {
  const hashes: string[] = [];
  if (folder !== '') hashes.push(await source.hash(folder, folder));
  for (const path of below(source, folder)) {
    // Nothing on the way there is a link: those are not gone into.
    const place = source.node(path)?.kind === 'link' ? follow(source, path) : path;
    hashes.push(await source.hash(place, path));
  }
  return hashTogether('dir', hashes.sort());
}

function hashTogether(kind: string, hashes: readonly string[]): string {
  return `${kind}:${createHash('sha256').update(hashes.join(','), 'latin1').digest('hex')}`;
}

/** Whether `..` leads out of the tree before any link is looked at. */
function leaves(name: string): boolean {
  let depth = 0;
  for (const each of name.split('/')) {
    if (each === '..') depth--;
    else if (each !== '' && each !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
}

function isBelowFile(source: Source, path: RawPath): boolean {
  const names = path.split('/');
  return names.slice(0, -1).some((_, i) => {
    const kind = source.node(names.slice(0, i + 1).join('/') as RawPath)?.kind;
    return kind !== undefined && kind !== 'folder';
  });
}

/** To dockerd a pattern that is none is one that nothing fits. */
function patternOf(path: string): RegExp | undefined {
  try {
    return globPattern(path);
  } catch {
    return undefined;
  }
}

function hasWildcards(path: string): boolean {
  return /[*?[]/.test(path.replace(/\\./g, ''));
}
