import { existsSync } from 'node:fs';
import path from 'node:path/posix';
import { createGunzip } from 'node:zlib';
import { pipeline, type Readable } from 'node:stream';

import { EngineError } from '../../oci/errors.ts';
import type { Snapshots } from '../../snapshot/snapshots.ts';
import type { ContainerRecord } from '../model.ts';
import { absolute, base, split } from './go-path.ts';
import { pack, type Packing } from './pack.ts';
import { Root, type Mount } from './root.ts';
import { describePath, type PathStat } from './stat.ts';
import { makeFolders, unpack, type Owner } from './unpack.ts';

/** What `docker cp` needs of a container. */
export interface ArchivedContainer {
  readonly record: ContainerRecord;
  /** Where its hosts, hostname and resolv.conf are. */
  readonly folder: string;
}

export interface ArchiveParts {
  readonly find: (reference: string) => ArchivedContainer;
  readonly snapshots: Pick<Snapshots, 'mount' | 'unmount'>;
  /** Looks a user up in the container's own /etc/passwd. Throws when there is none of the name. */
  readonly userOf: (root: string, user: string) => Promise<Owner>;
  /** Tells that the container's volumes are there, and that they are no longer. */
  readonly volumes: {
    readonly allMounted: (record: ContainerRecord) => void;
    readonly allUnmounted: (record: ContainerRecord) => void;
  };
  readonly tell: (container: ArchivedContainer, action: 'archive-path' | 'extract-to-dir') => void;
}

export interface WriteOptions {
  /** `docker cp -a`: everything belongs to the container's user. */
  readonly copyOwner: boolean;
  /** Refuses to put a file where a folder is, and the other way round. */
  readonly keepKinds: boolean;
}

/** Files into and out of containers, running or not: `docker cp`. */
export class Archive {
  readonly #parts: ArchiveParts;

  constructor(parts: ArchiveParts) {
    this.#parts = parts;
  }

  async stat(reference: string, typed: string): Promise<PathStat> {
    return this.#within(reference, typed, async ({ root }) => {
      const place = locate(root, typed);
      try {
        return describePath(root, place, absolute(typed));
      } finally {
        place.folder.close();
      }
    });
  }

  /** Calls `send` with the archive and waits until it is read to its end. */
  async read(
    reference: string,
    typed: string,
    send: (stat: PathStat, packing: Packing) => Promise<void>,
  ): Promise<void> {
    await this.#within(reference, typed, async ({ root, container }) => {
      const place = locate(root, typed);
      let packing: Packing;
      let stat: PathStat;
      try {
        stat = describePath(root, place, absolute(typed));
        packing = pack(root, place, base(absolute(typed)));
      } finally {
        place.folder.close();
      }
      this.#parts.tell(container, 'archive-path');
      await send(stat, packing);
    });
  }

  async write(reference: string, typed: string, body: Readable, options: WriteOptions): Promise<void> {
    await this.#within(reference, typed, async ({ root, container, merged }) => {
      const path = targetFolder(root, typed);
      refuseReadOnly(root, path, container.record);
      const owner = options.copyOwner ? await this.#owner(container.record, merged) : undefined;
      try {
        const unpacking = { keepKinds: options.keepKinds, ...(owner === undefined ? {} : { owner }) };
        await unpack(await decompressed(body), { root, path, options: unpacking });
      } catch (error) {
        // What the real daemon's helper process says.
        const words = `Error processing tar file(exit status 1): ${(error as Error).message}`;
        throw new EngineError('internal', words, { cause: error });
      }
      this.#parts.tell(container, 'extract-to-dir');
    });
  }

  async #owner({ config }: ContainerRecord, merged: string): Promise<Owner | undefined> {
    return config.User === '' ? undefined : this.#parts.userOf(merged, config.User);
  }

  async #within<T>(
    reference: string,
    typed: string,
    act: (view: { root: Root; container: ArchivedContainer; merged: string }) => Promise<T>,
  ): Promise<T> {
    const container = this.#parts.find(reference);
    const { id } = container.record;
    const merged = await this.#parts.snapshots.mount(id);
    this.#parts.volumes.allMounted(container.record);
    try {
      const root = openRoot(merged, container);
      try {
        return await act({ root, container, merged });
      } finally {
        root.close();
      }
    } catch (error) {
      throw inWords(error, reference, typed);
    } finally {
      this.#parts.volumes.allUnmounted(container.record);
      await this.#parts.snapshots.unmount(id);
    }
  }
}

/** The container's files with its volumes, as dockerd shows them: without /proc and whatever else only lives in memory. */
function openRoot(merged: string, { record, folder }: ArchivedContainer): Root {
  const plain = Root.open(merged);
  try {
    return Root.open(merged, mountsOf(plain, record, folder));
  } finally {
    plain.close();
  }
}

function mountsOf(plain: Root, record: ContainerRecord, folder: string): Mount[] {
  const volumes = record.mounts
    .filter((mount) => mount.Type !== 'tmpfs' && existsSync(mount.Source))
    .map((mount) => {
      makeFolders(plain, path.dirname(absolute(mount.Destination)));
      return { destination: absolute(mount.Destination), source: mount.Source, writable: mount.RW };
    });
  const files = ['hosts', 'hostname', 'resolv.conf']
    .map((name) => ({ destination: `/etc/${name}`, source: path.join(folder, name), writable: true }))
    .filter(({ source }) => existsSync(source));
  return [...volumes, ...files].flatMap((mount) => {
    const destination = resolved(plain, mount.destination);
    return destination === undefined ? [] : [{ ...mount, destination }];
  });
}

function resolved(plain: Root, destination: string): string | undefined {
  try {
    const place = plain.locate(destination, { follow: true });
    place.folder.close();
    return place.path;
  } catch {
    return undefined;
  }
}

/** The folder is looked up through every link, the last element as it stands. */
function locate(root: Root, typed: string): ReturnType<Root['locate']> {
  const { directory, name } = split(absolute(typed));
  if (name === '' || name === '.') {
    const folder = root.folder(directory);
    return { folder, name: '.', path: folder.path };
  }
  return root.locate(absolute(typed), { follow: false });
}

function targetFolder(root: Root, typed: string): string {
  const place = root.locate(absolute(typed), { follow: true });
  try {
    if (place.name === '.') return place.path;
  } finally {
    place.folder.close();
  }
  if (!root.exists(place.path))
    throw Object.assign(new Error('no such file or directory'), { code: 'ENOENT' });
  throw new EngineError('internal', 'extraction point is not a directory');
}

function refuseReadOnly(root: Root, path: string, { hostConfig }: ContainerRecord): void {
  const mount = root.mountOf(path);
  if (mount === undefined && hostConfig.ReadonlyRootfs) {
    throw new EngineError('internal', 'container rootfs is marked read-only');
  }
  if (mount?.writable === false) throw new EngineError('internal', 'mounted volume is marked read-only');
}

const GZIP = [0x1f, 0x8b] as const;

/** dockerd takes a compressed archive for what is in it. */
async function decompressed(body: Readable): Promise<Readable> {
  const first = await firstChunk(body);
  if (first === undefined) return body;
  body.unshift(first);
  if (first[0] !== GZIP[0] || first[1] !== GZIP[1]) return body;
  return pipeline(body, createGunzip(), () => undefined);
}

async function firstChunk(body: Readable): Promise<Buffer | undefined> {
  for (;;) {
    const chunk = body.read() as Buffer | null;
    if (chunk !== null) return chunk;
    if (body.readableEnded || body.destroyed) return undefined;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        for (const event of EVENTS) body.off(event, go);
        resolve();
      };
      for (const event of EVENTS) body.on(event, go);
    });
  }
}

const EVENTS = ['readable', 'end', 'error', 'close'] as const;

function inWords(error: unknown, reference: string, typed: string): unknown {
  if (error instanceof EngineError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    return new EngineError('not-found', `Could not find the file ${typed} in container ${reference}`, {
      cause: error,
    });
  }
  return new EngineError('internal', message, { cause: error });
}
