import type { BigIntStats } from 'node:fs';
import { closeSync, constants, lstatSync, openSync, readSync, readdirSync, readlinkSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { Pace } from '../../layer/pace.ts';
import type { RawPath } from '../../layer/raw-path.ts';
import { joinRaw, onDisk, toRaw } from '../../layer/raw-path.ts';
import { TAR_TYPES } from '../../layer/tar-header.ts';
import { readXattrs } from '../../layer/xattrs.ts';
import type { Node, Source, Target } from './source.ts';
import { KIND_BITS, startSum } from './tar-sum.ts';

const CHUNK_BYTES = 1024 ** 2;
const CAPABILITY = 'security.capability';

/** The files below a folder of the disk. */
export class DiskSource implements Source {
  readonly #root: RawPath;
  readonly #sums = new Map<RawPath, string>();
  readonly #xattrs = new Map<RawPath, ReadonlyMap<string, Buffer>>();
  readonly #pace = new Pace();
  #names: HostNames | undefined;

  constructor(root: string) {
    this.#root = toRaw(root);
  }

  /** Reads the attributes of what lies at `path` and below; without it, files have none. */
  async readAttributes(path: RawPath): Promise<void> {
    if (this.node(path)?.kind !== 'folder') return;
    const folder = joinRaw(this.#root, path);
    const found = await readXattrs(onDisk(folder).toString(), { names: '^security\\.capability$' });
    for (const [name, xattrs] of found) this.#xattrs.set(joinRaw(path, name), xattrs);
  }

  node(path: RawPath): Node | undefined {
    const stats = lstatSync(this.file(path), { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    const kind = kindOf(stats);
    const xattrs = this.#xattrs.get(path);
    return kind === undefined
      ? undefined
      : {
          kind,
          mode: Number(stats.mode & 0o7777n),
          uid: Number(stats.uid),
          gid: Number(stats.gid),
          mtime: Number(stats.mtimeNs / 1_000_000_000n),
          size: kind === 'file' ? Number(stats.size) : 0,
          ...(kind === 'link' && { target: readlinkSync(this.file(path), 'latin1') }),
          ...(kind === 'device' && { device: deviceOf(stats) }),
          ...(stats.nlink > 1n && kind !== 'folder' && { identity: `${stats.dev} ${stats.ino}` }),
          ...(xattrs && { xattrs }),
        };
  }

  names(path: RawPath): readonly string[] {
    return readdirSync(this.file(path), 'latin1').sort();
  }

  file(path: RawPath): Buffer {
    return onDisk(joinRaw(this.#root, path));
  }

  async hash(path: RawPath): Promise<string> {
    const known = this.#sums.get(path);
    if (known !== undefined) return known;
    const node = this.node(path);
    // As dockerd: what is not there goes by its name.
    if (node === undefined) return path;
    this.#names ??= await namesOfHost();
    const sum = startSum(headerOf(path, node, this.#names));
    if (node.kind === 'file' && node.size > 0) {
      for (const chunk of contentOf(this.file(path))) {
        sum.update(chunk);
        if (this.#pace.due()) await this.#pace.rest();
      }
    }
    const value = sum.digest('hex');
    this.#sums.set(path, value);
    return value;
  }

  async place(path: RawPath, { folder, path: name }: Target): Promise<boolean> {
    const target = onDisk(joinRaw(toRaw(folder.path), name));
    await copyFile(this.file(path), target, constants.COPYFILE_FICLONE);
    return false;
  }
}

function headerOf(
  path: RawPath,
  { kind, mode, uid, gid, size, target = '', device, xattrs }: Node,
  { users, groups }: HostNames,
) {
  const special = kind === 'device' ? (device?.kind ?? 'c') : kind;
  return {
    name: kind === 'folder' ? `${path}/` : path,
    mode: mode | KIND_BITS[special],
    uid,
    gid,
    size,
    type: TYPES[special],
    linkName: target,
    userName: users.get(uid) ?? '',
    groupName: groups.get(gid) ?? '',
    major: device?.major ?? 0,
    minor: device?.minor ?? 0,
    xattrs: new Map([...(xattrs ?? [])].filter(([name]) => name === CAPABILITY)),
  };
}

interface HostNames {
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
}

/** As dockerd: a file of an image has the names that the machine with the engine has for its owners. */
async function namesOfHost(): Promise<HostNames> {
  const [users, groups] = await Promise.all(
    ['/etc/passwd', '/etc/group'].map(async (file) => {
      const text = await readFile(file, 'utf8').catch(() => '');
      const rows = text.split('\n').map((line) => line.split(':'));
      // The first of several names for one number.
      return new Map(rows.reverse().map(([name = '', , id = '']): [number, string] => [Number(id), name]));
    }),
  );
  return { users: users ?? new Map(), groups: groups ?? new Map() };
}

const TYPES = {
  file: TAR_TYPES.file,
  folder: TAR_TYPES.folder,
  link: TAR_TYPES.symlink,
  fifo: TAR_TYPES.fifo,
  b: TAR_TYPES.blockDevice,
  c: TAR_TYPES.characterDevice,
} as const;

function kindOf(stats: BigIntStats): Node['kind'] | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isFIFO()) return 'fifo';
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'device' : undefined;
}

/** Linux's own packing of a device number. */
function deviceOf(stats: BigIntStats): NonNullable<Node['device']> {
  const { rdev } = stats;
  return {
    kind: stats.isBlockDevice() ? 'b' : 'c',
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n)),
  };
}

function* contentOf(file: Buffer): Generator<Buffer> {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const count = readSync(descriptor, buffer, 0, CHUNK_BYTES, null);
      if (count === 0) return;
      yield buffer.subarray(0, count);
    }
  } finally {
    closeSync(descriptor);
  }
}
