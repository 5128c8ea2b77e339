import { lstatSync, mkdirSync, readlinkSync } from 'node:fs';
import { EngineError } from '../oci/errors.ts';
import type { RawPath } from './raw-path.ts';
import { joinRaw, onDisk, toRaw } from './raw-path.ts';

/** As many links as the kernel follows. */
const LINKS = 40;
const KNOWN_FOLDERS = 4096;

/**
 * Leads the paths of an archive to places below one folder, as a process would find them that has this folder as its
 * root: `..` stops there, and a link on the way, even one that the archive itself brought, does not lead out.
 */
export class PathGuard {
  readonly root: RawPath;
  /** Folders that were entered, by the path that led there; their number is bounded, for archives without end. */
  readonly #known = new Map<string, RawPath>();

  constructor(root: string) {
    this.root = toRaw(root);
  }

  /**
   * The folder that `path` lies in, made when it is missing, and its last name; undefined for the root itself.
   * The last name is not followed. Throws `EngineError('invalid')` for a path that wants to leave.
   */
  place(
    path: string,
  ): { readonly parent: RawPath; readonly name: string; readonly path: RawPath } | undefined {
    const names = this.#clean(path);
    const name = names.pop();
    if (name === undefined) return undefined;
    const folder = names.join('/');
    let parent = this.#known.get(folder);
    if (parent === undefined) {
      parent = this.#enter(names);
      if (this.#known.size >= KNOWN_FOLDERS) this.#known.clear();
      this.#known.set(folder, parent);
    }
    return { parent, name, path: joinRaw(parent, name) };
  }

  /** To be called when a folder or a link was removed: what led through it leads there no more. */
  forget(): void {
    this.#known.clear();
  }

  /** Absolute, for `node:fs`. */
  at(path: RawPath): Buffer {
    return onDisk(path === '' ? this.root : joinRaw(this.root, path));
  }

  #clean(path: string): string[] {
    const names: string[] = [];
    for (const name of path.split('/')) {
      if (name === '' || name === '.') continue;
      if (name !== '..') names.push(name);
      else if (names.pop() === undefined) throw breakout(path);
    }
    if (path.includes('\x00')) throw breakout(path);
    return names;
  }

  #enter(names: readonly string[]): RawPath {
    let at = '' as RawPath;
    let left = [...names];
    for (let links = 0; left.length > 0;) {
      const [name = '', ...rest] = left;
      left = rest;
      if (name === '..') {
        at = at.slice(0, Math.max(at.lastIndexOf('/'), 0)) as RawPath;
        continue;
      }
      const next = joinRaw(at, name);
      const stats = lstatSync(this.at(next), { throwIfNoEntry: false });
      if (stats?.isSymbolicLink()) {
        if (++links > LINKS) throw new EngineError('invalid', `too many links in ${names.join('/')}`);
        const target = readlinkSync(this.at(next), 'latin1');
        if (target.startsWith('/')) at = '' as RawPath;
        left = [...target.split('/').filter((each) => each !== '' && each !== '.'), ...left];
        continue;
      }
      if (!stats) mkdirSync(this.at(next), { mode: 0o755 });
      else if (!stats.isDirectory()) {
        throw new EngineError(
          'invalid',
          `${next} of the archive is not a folder, but holds ${names.join('/')}`,
        );
      }
      at = next;
    }
    return at;
  }
}

function breakout(path: string): EngineError {
  return new EngineError(
    'invalid',
    `invalid path in the archive: ${JSON.stringify(path)} is outside of its root`,
  );
}
