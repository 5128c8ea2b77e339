import type { RawPath } from '../../layer/raw-path.ts';
import { joinRaw } from '../../layer/raw-path.ts';
import { EngineError } from '../../oci/errors.ts';
import type { FilePool } from './pool.ts';
import type { Node, Source, Target } from './source.ts';
import { follow } from './source.ts';

export interface ContextEntry extends Node {
  /** Of a file: its key in the pool. */
  readonly key?: string;
}

interface Folder {
  readonly entry: ContextEntry;
  readonly children: Map<string, Folder | ContextEntry>;
}

const NEW_FOLDER: Omit<ContextEntry, 'mtime'> = { kind: 'folder', mode: 0o755, uid: 0, gid: 0, size: 0 };

/** A build context: a tree in memory, the content of its files in the pool. */
export class Context implements Source {
  readonly #root: Folder = newFolder();
  readonly #sums = new Map<string, string>();
  readonly #pool: FilePool;
  readonly #keys: Set<string>;

  constructor(pool: FilePool) {
    this.#pool = pool;
    this.#keys = pool.open();
  }

  /** Its files are needed no more; with `keep`, they may be in the next context. Idempotent. */
  close(keep: boolean): void {
    this.#pool.close(this.#keys, keep);
  }

  /** Puts an entry of an archive in its place, as a program would that unpacks it here: links on the way are followed. */
  add(path: string, entry: ContextEntry, sum: string): void {
    const names = clean(path);
    // The first of two entries of one name is what dockerd's cache goes by.
    if (!this.#sums.has(names.join('/'))) this.#sums.set(names.join('/'), sum);
    const name = names.pop();
    if (name === undefined) return;
    if (entry.key !== undefined) this.#keys.add(entry.key);
    const parent = this.#enter(names);
    const before = parent.children.get(name);
    if (entry.kind !== 'folder') parent.children.set(name, entry);
    else parent.children.set(name, { entry, children: isFolder(before) ? before.children : newChildren() });
  }

  /** A second name for a file that is there. */
  addLink(path: string, target: string, sum: string): void {
    const place = follow(this, clean(target).join('/'));
    const found = this.node(place);
    if (found === undefined || found.kind === 'folder') {
      throw new EngineError(
        'invalid',
        `the hard link ${path} leads to ${target}, which is no file of the archive`,
      );
    }
    const linked = { ...found, identity: found.identity ?? Symbol(place) };
    this.add(place, linked, sum);
    this.add(path, linked, sum);
  }

  remove(path: RawPath): void {
    const names = path.split('/');
    const name = names.pop() ?? '';
    const parent = this.#find(names.join('/') as RawPath);
    if (isFolder(parent)) parent.children.delete(name);
  }

  node(path: RawPath): ContextEntry | undefined {
    const found = this.#find(path);
    return isFolder(found) ? found.entry : found;
  }

  names(path: RawPath): readonly string[] {
    const found = this.#find(path);
    return isFolder(found) ? [...found.children.keys()].sort() : [];
  }

  async hash(path: RawPath, asked: RawPath): Promise<string> {
    // As dockerd: what the archive does not hold, such as a link's missing target, goes by its name.
    return this.#sums.get(path) ?? asked;
  }

  file(path: RawPath): Buffer {
    return this.#pool.file(this.#keyOf(path));
  }

  place(path: RawPath, target: Target): Promise<boolean> {
    return this.#pool.place(this.#keyOf(path), target);
  }

  #keyOf(path: RawPath): string {
    const { key } = this.node(path) ?? {};
    if (key === undefined) throw new Error(`${path} is no file of the context`);
    return key;
  }

  #find(path: RawPath): Folder | ContextEntry | undefined {
    let at: Folder | ContextEntry | undefined = this.#root;
    if (path === '') return at;
    for (const name of path.split('/')) {
      if (!isFolder(at)) return undefined;
      at = at.children.get(name);
    }
    return at;
  }

  #enter(names: readonly string[]): Folder {
    let at = this.#root;
    for (const [i, name] of names.entries()) {
      const next: Folder | ContextEntry | undefined = at.children.get(name);
      if (isFolder(next)) {
        at = next;
        continue;
      }
      if (next?.kind === 'link') {
        const led = follow(this, names.slice(0, i + 1).join('/'));
        return this.#enter([...led.split('/').filter((each) => each !== ''), ...names.slice(i + 1)]);
      }
      if (next !== undefined) {
        throw new EngineError('invalid', `${joinRaw('' as RawPath, names.join('/'))}: not a directory`);
      }
      const made = newFolder();
      at.children.set(name, made);
      at = made;
    }
    return at;
  }
}

function newFolder(): Folder {
  return { entry: { ...NEW_FOLDER, mtime: Date.now() / 1000 }, children: newChildren() };
}

function newChildren(): Folder['children'] {
  return new Map();
}

function isFolder(value: Folder | ContextEntry | undefined): value is Folder {
  return value !== undefined && 'children' in value;
}

/** `..` stops at the root: nothing of an archive is outside of it. */
function clean(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}
