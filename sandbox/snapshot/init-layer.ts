import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** What is known of so many layers is kept: a few words each. */
const KNOWN_LAYERS = 1024;

/**
 * The layers that Docker puts between an image and a container's own: empty files and folders for the runtime to mount
 * over, so that they show neither in `docker diff` nor in a commit. Each depends on the image only by the modes and
 * owners of the folders it must not change; containers of like images share one.
 */
export class InitLayers {
  readonly #root: string;
  /** By folder of a layer, which never changes. */
  readonly #known = new Map<string, readonly Found[]>();

  /** `root` is the folder that they are made in. */
  constructor(root: string) {
    this.#root = root;
  }

  /** The folder of the one for an image of these layers, top first; made when it is not there. */
  of(layers: readonly string[]): string {
    const found = layers.map((layer) => this.#lookAt(layer));
    const folders = FOLDERS.map((name, i) =>
      topmost(
        name,
        found.map((each) => each[i]),
      ),
    );
    const key = createHash('sha256').update(JSON.stringify(folders)).digest('hex').slice(0, 16);
    const target = path.join(this.#root, `init-${key}`);
    if (!existsSync(target)) build(target, folders);
    return target;
  }

  #lookAt(layer: string): readonly Found[] {
    const known = this.#known.get(layer);
    if (known) return known;
    const found = FOLDERS.map((name) => attributesOf(name, layer));
    if (this.#known.size >= KNOWN_LAYERS) this.#known.clear();
    this.#known.set(layer, found);
    return found;
  }
}

/** Of a folder in one layer; `hidden` where the layer has no folder there but something else. */
type Found = FolderAttributes | 'hidden' | undefined;

interface FolderAttributes {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const FOLDERS = ['dev', 'etc', 'proc', 'sys'];
const INNER_FOLDERS = ['dev/pts', 'dev/shm'];
const FILES = ['.dockerenv', 'dev/console', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf'];

function topmost(name: string, found: readonly Found[]): FolderAttributes {
  const first = found.find((each) => each !== undefined);
  return first === undefined || first === 'hidden' ? { name, mode: 0o755, uid: 0, gid: 0 } : first;
}

function attributesOf(name: string, layer: string): Found {
  const stats = lstatSync(path.join(layer, name), { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isDirectory()) return 'hidden';
  return { name, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
}

function build(target: string, folders: readonly FolderAttributes[]): void {
  const draft = `${target}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  for (const name of [...folders.map((each) => each.name), ...INNER_FOLDERS]) {
    mkdirSync(path.join(draft, name));
    chmodSync(path.join(draft, name), 0o755);
  }
  for (const name of FILES) {
    writeFileSync(path.join(draft, name), '');
    chmodSync(path.join(draft, name), 0o755);
  }
  symlinkSync('/proc/mounts', path.join(draft, 'etc/mtab'));
  for (const { name, mode, uid, gid } of folders) {
    chownSync(path.join(draft, name), uid, gid);
    chmodSync(path.join(draft, name), mode);
  }
  renameSync(draft, target);
}
