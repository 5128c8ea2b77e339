import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LayerFolders } from '../layer/folders.ts';
import type { RawPath } from '../layer/raw-path.ts';
import { removeTree, sizeOf } from '../layer/tree.ts';
import { readOpaque } from '../layer/xattrs.ts';
import type { Digest } from '../oci/digest.ts';
import { hexOf } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import { changesOf } from './changes.ts';
import { InitLayers } from './init-layer.ts';
import { LayerLinks } from './links.ts';
import type { Mounts } from './mounts.ts';
import { MOUNT_OPTIONS_LIMIT_BYTES } from './mounts.ts';
import type { Change, MountOptions, OverlayPaths, Snapshots } from './snapshots.ts';

/** How long a removal waits for those who still read, and how often it looks. */
const RELEASE_WAIT_MS = 2000;
const RELEASE_POLL_MS = 10;

export interface OverlaySnapshotsOptions {
  /** Folder for everything here; on a file system that can be an overlay's upper layer. */
  readonly root: string;
  readonly layers: LayerFolders;
  readonly mounts: Mounts;
  /** Called with the layers of a snapshot that was removed. */
  readonly onRemoved?: (diffIds: readonly Digest[]) => Promise<void>;
}

/** `<key>/diff` is the writable layer, `<key>/lower` names those below; laid out as by Docker's overlay2 driver. */
export class OverlaySnapshots implements Snapshots {
  readonly #root: string;
  readonly #layers: LayerFolders;
  readonly #mounts: Mounts;
  readonly #links: LayerLinks;
  readonly #initLayers: InitLayers;
  readonly #onRemoved: (diffIds: readonly Digest[]) => Promise<void>;
  readonly #diffIds = new Map<string, readonly Digest[]>();
  /** How often each is mounted, and the last call about it: calls on one key go one after another. */
  readonly #holders = new Map<string, number>();
  readonly #last = new Map<string, Promise<unknown>>();
  /** By folder of a layer. */
  readonly #opaque = new Map<string, ReadonlySet<RawPath>>();
  #views = 0;

  private constructor(options: OverlaySnapshotsOptions) {
    this.#root = options.root;
    this.#layers = options.layers;
    this.#mounts = options.mounts;
    this.#links = new LayerLinks(options.root);
    this.#initLayers = new InitLayers(options.root);
    this.#onRemoved = options.onRemoved ?? (() => Promise.resolve());
  }

  /** Releases what a killed engine may have left mounted, and forgets what it was about to remove. */
  static async open(options: OverlaySnapshotsOptions): Promise<OverlaySnapshots> {
    mkdirSync(options.root, { recursive: true });
    for (const target of options.mounts.list(options.root)) await options.mounts.unmount(target);
    for (const name of readdirSync(options.root).filter((each) => LEFT_OVER.test(each)))
      await removeTree(path.join(options.root, name));
    const snapshots = new OverlaySnapshots(options);
    snapshots.#links.sweep();
    for (const key of snapshots.#listed()) snapshots.#read(key);
    return snapshots;
  }

  async prepare(key: string, diffIds: readonly Digest[]): Promise<void> {
    if (!KEY.test(key)) throw new EngineError('invalid', `"${key}" is not a valid name of a snapshot`);
    for (const diffId of diffIds) this.#layers.get(diffId);
    const folder = this.#at(key);
    if (existsSync(path.join(folder, 'lower'))) return;
    try {
      for (const name of ['diff', 'work', 'merged']) mkdirSync(path.join(folder, name), { recursive: true });
      chmodSync(path.join(folder, 'diff'), 0o755);
      writeFileSync(path.join(folder, 'lower.new'), diffIds.join('\n'));
      renameSync(path.join(folder, 'lower.new'), path.join(folder, 'lower'));
    } catch (error) {
      // On a full disk, nothing half made stays.
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    this.#diffIds.set(key, diffIds);
  }

  async mount(key: string, { passing = false }: MountOptions = {}): Promise<string> {
    const target = this.#at(key, 'merged');
    await this.#inTurn(key, async () => {
      const holders = this.#holders.get(key) ?? 0;
      if (holders === 0) {
        // The kernel refuses one folder twice; a layer that comes back hides all that it has further below.
        const lowers = [...new Set(this.#lowersOf(key).map(({ link }) => link))];
        const options = `lowerdir=${lowers.join(':')},upperdir=${key}/diff,workdir=${key}/work,userxattr`;
        // The kernel's mark that the last mount was a volatile one: it refuses to mount over it (overlayfs.rst).
        rmSync(this.#at(key, 'work/work/incompat'), { recursive: true, force: true });
        await this.#mountOverlay(passing ? `${options},volatile` : options, target);
      }
      this.#holders.set(key, holders + 1);
    });
    return target;
  }

  /** Whoever just stops reading lets go a moment later. */
  async #released(key: string): Promise<void> {
    const end = Date.now() + RELEASE_WAIT_MS;
    while (this.#holders.has(key) && Date.now() < end) await sleep(RELEASE_POLL_MS);
  }

  async unmount(key: string): Promise<void> {
    await this.#inTurn(key, async () => {
      const holders = this.#holders.get(key) ?? 0;
      if (holders === 1) await this.#mounts.unmount(this.#at(key, 'merged'));
      if (holders <= 1) this.#holders.delete(key);
      else this.#holders.set(key, holders - 1);
    });
  }

  async changes(key: string): Promise<Change[]> {
    const [init, ...layers] = this.#lowersOf(key).map(({ folder }) => folder);
    const lowers = [{ folder: init ?? '', opaque: NOTHING }];
    for (const [i, folder] of layers.entries()) {
      // Below the last there is nothing to hide.
      lowers.push({ folder, opaque: i < layers.length - 1 ? await this.#opaqueOf(folder) : NOTHING });
    }
    const upper = this.upper(key);
    return changesOf({ folder: upper, opaque: await readOpaque(upper) }, lowers);
  }

  async usage(key: string): Promise<number> {
    this.#read(key);
    return sizeOf(this.upper(key));
  }

  async describe(key: string): Promise<OverlayPaths> {
    return {
      LowerDir: this.#lowersOf(key)
        .map(({ folder }) => folder)
        .join(':'),
      MergedDir: this.#at(key, 'merged'),
      UpperDir: this.upper(key),
      WorkDir: this.#at(key, 'work'),
    };
  }

  async remove(key: string): Promise<void> {
    await this.#released(key);
    await this.#inTurn(key, async () => {
      if (this.#holders.has(key)) throw new EngineError('conflict', `the file system of ${key} is in use`);
      if (!existsSync(this.#at(key))) return;
      const diffIds = existsSync(this.#at(key, 'lower')) ? this.#read(key) : [];
      // The name goes at once: what is left half removed by a crash is no snapshot any more.
      const trash = this.#at(`removing-${key}`);
      renameSync(this.#at(key), trash);
      this.#diffIds.delete(key);
      await removeTree(trash);
      await this.#onRemoved(diffIds);
    });
  }

  async retain(keys: ReadonlySet<string>): Promise<void> {
    const names = readdirSync(this.#root).filter((name) => !keys.has(name) && !SHARED.test(name));
    for (const key of names) await this.remove(key);
  }

  has(key: string): boolean {
    return this.#diffIds.has(key);
  }

  /** The writable layer's own folder. */
  upper(key: string): string {
    return this.#at(key, 'diff');
  }

  /**
   * Calls `use` with the root of a read-only view of `diffIds`, which is there until `use` ends.
   * Throws `EngineError('not-found')` when a layer is missing.
   */
  async view<T>(diffIds: readonly Digest[], use: (root: string) => Promise<T>): Promise<T> {
    // The kernel refuses one folder twice.
    const layers = [...new Set([...diffIds].reverse())];
    if (layers.length < 2) return this.#viewAlone(layers[0], use);
    const target = this.#at(`view-${++this.#views}`);
    mkdirSync(target, { recursive: true });
    await this.#mountOverlay(
      `lowerdir=${layers.map((each) => this.#linkOf(each)).join(':')},userxattr`,
      target,
    );
    try {
      return await use(target);
    } finally {
      await this.#mounts.unmount(target);
      await removeTree(target);
    }
  }

  /** The layers of every snapshot that was prepared, base first. */
  stacks(): (readonly Digest[])[] {
    return [...this.#diffIds.values()];
  }

  /** A layer never changes. */
  async #opaqueOf(folder: string): Promise<ReadonlySet<RawPath>> {
    const known = this.#opaque.get(folder);
    if (known) return known;
    const found = await readOpaque(folder);
    this.#opaque.set(folder, found);
    return found;
  }

  #viewAlone<T>(diffId: Digest | undefined, use: (root: string) => Promise<T>): Promise<T> {
    if (diffId !== undefined) return use(this.#layers.get(diffId));
    const empty = this.#at('empty');
    mkdirSync(empty, { recursive: true });
    return use(empty);
  }

  async #mountOverlay(options: string, target: string): Promise<void> {
    if (options.length >= MOUNT_OPTIONS_LIMIT_BYTES) {
      throw new EngineError('invalid', 'max depth exceeded: the image has too many layers to be mounted');
    }
    await this.#mounts.mount({ base: this.#root, options, target });
  }

  /** The layers below the writable one, top first. */
  #lowersOf(key: string): { folder: string; link: string }[] {
    const layers = [...this.#read(key)].reverse().map((diffId) => {
      const folder = this.#layers.get(diffId);
      return { folder, link: this.#links.ensure(folder, hexOf(diffId)) };
    });
    const init = this.#initLayers.of(layers.map(({ folder }) => folder));
    return [{ folder: init, link: path.basename(init) }, ...layers];
  }

  #linkOf(diffId: Digest): string {
    return this.#links.ensure(this.#layers.get(diffId), hexOf(diffId));
  }

  #read(key: string): readonly Digest[] {
    const known = this.#diffIds.get(key);
    if (known) return known;
    const file = this.#at(key, 'lower');
    if (!KEY.test(key) || !existsSync(file)) throw new EngineError('not-found', `No such snapshot: ${key}`);
    const diffIds = readFileSync(file, 'utf8').split('\n').filter(Boolean) as Digest[];
    this.#diffIds.set(key, diffIds);
    return diffIds;
  }

  /** What was prepared, on the disk. */
  #listed(): string[] {
    return readdirSync(this.#root).filter((name) => existsSync(this.#at(name, 'lower')));
  }

  async #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }

  #at(...names: string[]): string {
    return path.join(this.#root, ...names);
  }
}

const NOTHING: ReadonlySet<RawPath> = new Set();
const SHARED = /^(l|empty|init-.*)$/;
/** What an engine that was killed leaves: it was being removed, put together, or only looked at. */
const LEFT_OVER = /^(removing(-.*)?|view-.*|.*\.draft)$/;
const KEY = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
