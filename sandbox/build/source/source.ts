import { EngineError } from '../../oci/errors.ts';
import type { RawPath } from '../../layer/raw-path.ts';

/** What lies at a place; times in seconds. */
export interface Node {
  readonly kind: 'file' | 'folder' | 'link' | 'fifo' | 'device';
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  /** Bytes of a file. */
  readonly size: number;
  /** Of a link, as raw bytes. */
  readonly target?: string;
  readonly xattrs?: ReadonlyMap<string, Buffer>;
  readonly device?: { readonly kind: 'b' | 'c'; readonly major: number; readonly minor: number };
  /** The same for all names of one file. */
  readonly identity?: unknown;
}

/** A place for a file. */
export interface Target {
  /** Whoever moves the folder later changes its path here. */
  readonly folder: { path: string };
  /** Relative to the folder. */
  readonly path: RawPath;
}

/**
 * A tree that COPY and ADD take from: a context, or the files of an image. Paths are relative to its root and clean;
 * the root itself is the empty path.
 */
export interface Source {
  /** Not followed when it is a link. Undefined when there is nothing. */
  node(path: RawPath): Node | undefined;
  /** Of a folder, in the order of their bytes. */
  names(path: RawPath): readonly string[];
  /**
   * What tells this file's content, mode and owner from others': the value that the cache goes by. `asked` is the path
   * before links were followed.
   */
  hash(path: RawPath, asked: RawPath): Promise<string>;
  /**
   * Puts the file's content at a target that does not exist: a new file of whatever owner, mode and time. True when it
   * has the mode and time of the node, and belongs to root.
   */
  place(path: RawPath, target: Target): Promise<boolean>;
  /** Where it lies on the disk; good until the next `place`. */
  file(path: RawPath): Buffer;
}

/** As many links as the kernel follows. */
const LINKS = 40;

/**
 * Where `path` leads when every link is followed, `..` and links staying inside the tree. Parts that do not exist are
 * taken by their names.
 */
export function follow(source: Pick<Source, 'node'>, path: string): RawPath {
  const done: string[] = [];
  const left = path.split('/');
  for (let links = 0; left.length > 0;) {
    const name = left.shift() ?? '';
    if (name === '' || name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    done.push(name);
    const target = source.node(done.join('/') as RawPath)?.target;
    if (target === undefined) continue;
    if (++links > LINKS) throw new EngineError('invalid', `${path}: too many levels of symbolic links`);
    if (target.startsWith('/')) done.length = 0;
    else done.pop();
    left.unshift(...target.split('/'));
  }
  return done.join('/') as RawPath;
}

/** Everything below a folder: each folder before what is in it, names in the order of their bytes. */
export function* below(source: Source, folder: RawPath): Generator<RawPath> {
  for (const name of source.names(folder)) {
    const path = (folder === '' ? name : `${folder}/${name}`) as RawPath;
    yield path;
    if (source.node(path)?.kind === 'folder') yield* below(source, path);
  }
}
