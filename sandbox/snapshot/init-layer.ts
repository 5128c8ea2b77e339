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

/**
 * The layer that Docker puts between an image and a container's own: empty files and folders for the runtime to mount
 * over, so that they show neither in `docker diff` nor in a commit. It depends on the image only by the modes and
 * owners of the folders it must not change; containers of like images share one.
 */
export function initLayer(root: string, layers: readonly string[]): string {
  const folders = FOLDERS.map((name) => attributesOf(name, layers));
  const key = createHash('sha256').update(JSON.stringify(folders)).digest('hex').slice(0, 16);
  const target = path.join(root, `init-${key}`);
  if (!existsSync(target)) build(target, folders);
  return target;
}

interface FolderAttributes {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const FOLDERS = ['dev', 'etc', 'proc', 'sys'];
const INNER_FOLDERS = ['dev/pts', 'dev/shm'];
const FILES = ['.dockerenv', 'dev/console', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf'];

/** As the topmost layer has the folder; `layers` are given top first. */
function attributesOf(name: string, layers: readonly string[]): FolderAttributes {
  for (const layer of layers) {
    const stats = lstatSync(path.join(layer, name), { throwIfNoEntry: false });
    if (stats?.isDirectory()) return { name, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
    if (stats) break;
  }
  return { name, mode: 0o755, uid: 0, gid: 0 };
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
