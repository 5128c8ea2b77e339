import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  type BigIntStats,
} from 'node:fs';
import path from 'node:path/posix';

/** Names an object without opening it (open(2)); Node has no constant for it. */
const O_PATH = 0o10000000;
const NAME_ONLY = O_PATH | constants.O_NOFOLLOW;
/** As the kernel's own limit for one path. */
const MAX_LINKS = 40;

/** A folder of the container, held open: what it is called later, and what is put in its place, does not matter. */
export class Folder {
  readonly descriptor: number;
  /** As the container sees it, links resolved. */
  readonly path: string;

  constructor(descriptor: number, path: string) {
    this.descriptor = descriptor;
    this.path = path;
  }

  /** For one call of the system that does not follow a link at the end. */
  at(name: string): string {
    return `/proc/self/fd/${this.descriptor}/${name}`;
  }

  pathOf(name: string): string {
    return name === '.' ? this.path : path.join(this.path, name);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** An entry of a folder, there or not. `name` is `.` for the folder itself. */
export interface Place {
  readonly folder: Folder;
  readonly name: string;
  /** As the container sees it. */
  readonly path: string;
}

export interface Mount {
  /** Path in the container, links resolved. */
  readonly destination: string;
  /** Path in the session. */
  readonly source: string;
  readonly writable: boolean;
}

/**
 * The file system of a container as seen from the session. Paths are resolved as in the container itself, one folder
 * after the other, each held open while the next is looked up; so a program in the container that swaps folders for
 * links at the same time leads nowhere but into the container.
 */
export class Root {
  readonly #folder: Folder;
  readonly #mounts: ReadonlyMap<string, Mount>;

  constructor(folder: Folder, mounts: readonly Mount[]) {
    this.#folder = folder;
    this.#mounts = new Map(mounts.map((mount) => [mount.destination, mount]));
  }

  /** `source` is a path of the session that no container can change. */
  static open(source: string, mounts: readonly Mount[] = []): Root {
    return new Root(new Folder(openSync(source, O_PATH | constants.O_DIRECTORY), '/'), mounts);
  }

  get mounts(): readonly Mount[] {
    return [...this.#mounts.values()];
  }

  isMountPoint(path: string): boolean {
    return this.#mounts.has(path);
  }

  /** The mount that `path` (links resolved) lies on. */
  mountOf(path: string): Mount | undefined {
    const found = this.mounts.filter(({ destination }) => isBelow(path, destination));
    return found.sort((one, other) => other.destination.length - one.destination.length)[0];
  }

  /**
   * Where `path` is; a link at its end is followed if `follow` says so. Throws the system's errors (ENOENT, ENOTDIR,
   * ELOOP) for what lies on the way; the last element may be missing. The caller closes the folder.
   */
  locate(path: string, { follow }: { follow: boolean }): Place {
    const walk = new Walk(this.#folder, this.#mounts, path);
    try {
      return walk.run(follow);
    } finally {
      walk.close();
    }
  }

  /** The folder at `path`, every link followed. The caller closes it. */
  folder(path: string): Folder {
    const place = this.locate(path, { follow: true });
    if (place.name === '.') return place.folder;
    const missing = statAt(place) === undefined;
    place.folder.close();
    throw systemError(missing ? 'ENOENT' : 'ENOTDIR', path);
  }

  exists(path: string): boolean {
    const place = this.locate(path, { follow: false });
    try {
      return statAt(place) !== undefined;
    } finally {
      place.folder.close();
    }
  }

  close(): void {
    this.#folder.close();
  }
}

export function statAt({ folder, name }: Pick<Place, 'folder' | 'name'>): BigIntStats | undefined {
  return lstatSync(folder.at(name), { bigint: true, throwIfNoEntry: false });
}

export function isBelow(path: string, folder: string): boolean {
  return path === folder || folder === '/' || path.startsWith(`${folder}/`);
}

/** Opens a folder by name, and nothing else: a link in its place is an error. */
export function openFolder(parent: Folder, name: string): Folder {
  const flags = NAME_ONLY | constants.O_DIRECTORY;
  return new Folder(openSync(parent.at(name), flags), parent.pathOf(name));
}

class Walk {
  readonly #stack: Folder[];
  readonly #mounts: ReadonlyMap<string, Mount>;
  readonly #path: string;
  readonly #todo: string[];
  #kept: Folder | undefined;
  #links = 0;

  constructor(root: Folder, mounts: ReadonlyMap<string, Mount>, path: string) {
    const again = openSync(root.at('.'), O_PATH | constants.O_DIRECTORY);
    this.#stack = [new Folder(again, '/')];
    this.#mounts = mounts;
    this.#path = path;
    this.#todo = path.split('/');
  }

  run(follow: boolean): Place {
    for (;;) {
      const name = this.#todo.shift();
      if (name === undefined) return this.#result('.');
      if (name === '' || name === '.') continue;
      if (name === '..') this.#leave();
      else if (!follow && this.#todo.length === 0) return this.#result(name);
      else {
        const end = this.#enter(name);
        if (end !== undefined) return end;
      }
    }
  }

  close(): void {
    for (const folder of this.#stack) if (folder !== this.#kept) folder.close();
  }

  get #top(): Folder {
    const top = this.#stack.at(-1);
    if (top === undefined) throw new Error('a walk has always a folder');
    return top;
  }

  get #atEnd(): boolean {
    return this.#todo.every((each) => each === '');
  }

  #result(name: string): Place {
    // A mount point is what is mounted there, also where links are not followed.
    const mount = name === '.' ? undefined : this.#mounts.get(this.#top.pathOf(name));
    if (mount !== undefined) return this.#mounted(mount) ?? this.#result('.');
    this.#kept = this.#top;
    return { folder: this.#top, name, path: this.#top.pathOf(name) };
  }

  #leave(): void {
    if (this.#stack.length > 1) this.#stack.pop()?.close();
  }

  /** Goes one step down, or says where the way ends. */
  #enter(name: string): Place | undefined {
    const mount = this.#mounts.get(this.#top.pathOf(name));
    if (mount !== undefined) return this.#mounted(mount);
    const descriptor = this.#open(name);
    if (descriptor === undefined) return this.#result(name);
    const kind = fstatSync(descriptor);
    if (kind.isDirectory()) {
      this.#stack.push(new Folder(descriptor, this.#top.pathOf(name)));
      return undefined;
    }
    closeSync(descriptor);
    if (kind.isSymbolicLink()) {
      this.#follow(name);
      return undefined;
    }
    if (!this.#atEnd) throw systemError('ENOTDIR', this.#path);
    return this.#result(name);
  }

  #open(name: string): number | undefined {
    try {
      return openSync(this.#top.at(name), NAME_ONLY);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && this.#atEnd) return undefined;
      throw error;
    }
  }

  #follow(name: string): void {
    this.#links += 1;
    if (this.#links > MAX_LINKS) throw systemError('ELOOP', this.#path);
    const target = readlinkSync(this.#top.at(name));
    if (target.startsWith('/')) while (this.#stack.length > 1) this.#stack.pop()?.close();
    this.#todo.unshift(...target.split('/'));
  }

  #mounted(mount: Mount): Place | undefined {
    const descriptor = openSync(mount.source, O_PATH);
    if (fstatSync(descriptor).isDirectory()) {
      this.#stack.push(new Folder(descriptor, mount.destination));
      return undefined;
    }
    closeSync(descriptor);
    if (!this.#atEnd) throw systemError('ENOTDIR', this.#path);
    const { dir, base } = path.parse(mount.source);
    const folder = new Folder(openSync(dir, O_PATH | constants.O_DIRECTORY), path.dirname(mount.destination));
    return { folder, name: base, path: mount.destination };
  }
}

const SENTENCES = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  ELOOP: 'too many levels of symbolic links',
} as const;

function systemError(code: keyof typeof SENTENCES, path: string): Error {
  return Object.assign(new Error(`lstat ${path}: ${SENTENCES[code]}`), { code });
}
