import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Content } from '../content/content.ts';
import type { ImageConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import { parseImageConfig } from '../oci/manifest.ts';
import { isFull } from '../oci/system-error.ts';
import type { ImageRecord, Names } from './names.ts';
import { NO_NAMES, formatNames, parseNames, withoutUnsettled } from './names.ts';
import { Reserve } from './reserve.ts';
import { Settling } from './settling.ts';

/** What `docker images` shows of a configuration; kept in memory for every image. */
export interface Summary {
  /** RFC 3339. */
  readonly created: string;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly diffIds: readonly Digest[];
}

const CONFIGS_IN_MEMORY = 16;
const DRAFT = '.draft';

/**
 * Images by id and by name. Reading is immediate and from memory. A change is seen when it is in the file, and the file
 * holds either the names before it or those after it, whenever the engine or the machine stops.
 */
export class ImageStore {
  readonly settling: Settling;
  readonly #file: string;
  readonly #content: Content;
  #names: Names;
  #last: Promise<void> = Promise.resolve();
  #index: { of?: Names['references']; byId: ReadonlyMap<Digest, readonly string[]> } = { byId: new Map() };
  readonly #configs = new Map<Digest, ImageConfig>();
  readonly #summaries = new Map<Digest, Summary>();
  readonly #held = new Map<Digest, number>();
  readonly #reserve: Reserve;
  #children: { of?: Names['images']; byParent: ReadonlyMap<Digest | undefined, Digest[]> } = {
    byParent: new Map(),
  };

  constructor(folder: string, content: Content) {
    mkdirSync(folder, { recursive: true });
    this.#file = path.join(folder, 'images.json');
    this.#content = content;
    rmSync(this.#file + DRAFT, { force: true });
    this.#names = readNames(this.#file);
    this.#reserve = new Reserve(path.join(folder, 'reserve'));
    this.settling = new Settling(folder, async (sync) => this.#settle(sync));
  }

  get names(): Names {
    return this.#names;
  }

  has(id: Digest): boolean {
    return this.#names.images.has(id);
  }

  record(id: Digest): ImageRecord {
    return this.#names.images.get(id) ?? {};
  }

  ids(): Digest[] {
    return [...this.#names.images.keys()];
  }

  /** Full references of an image, sorted. */
  referencesOf(id: Digest): readonly string[] {
    const { references } = this.#names;
    if (this.#index.of !== references) this.#index = { of: references, byId: group(references) };
    return this.#index.byId.get(id) ?? [];
  }

  /** Images made from this one by one step; `undefined` gives those made from nothing, pulled ones too. */
  childrenOf(id: Digest | undefined): readonly Digest[] {
    const { images } = this.#names;
    if (this.#children.of !== images) this.#children = { of: images, byParent: groupByParent(images) };
    return this.#children.byParent.get(id) ?? [];
  }

  async config(id: Digest): Promise<ImageConfig> {
    const known = this.#configs.get(id);
    if (known) return known;
    const config = parseImageConfig(await this.#content.readAll(id));
    this.#configs.set(id, config);
    for (const oldest of this.#configs.keys()) {
      if (this.#configs.size <= CONFIGS_IN_MEMORY) break;
      this.#configs.delete(oldest);
    }
    return config;
  }

  async summary(id: Digest): Promise<Summary> {
    const known = this.#summaries.get(id);
    if (known) return known;
    const config = await this.config(id);
    const summary = {
      created: config.created ?? '',
      labels: config.config?.Labels ?? null,
      diffIds: config.rootfs.diff_ids,
    };
    this.#summaries.set(id, summary);
    return summary;
  }

  /** Adds an image whose configuration is `bytes`, and returns its id. `edit` is part of the same change. */
  async add(bytes: Uint8Array, record: ImageRecord = {}, edit: Edit = (names) => names): Promise<Digest> {
    const { digest } = await this.#content.write(bytes);
    await this.change((names) => {
      const images = names.images.has(digest) ? names.images : new Map(names.images).set(digest, record);
      return edit(images === names.images ? names : { ...names, images });
    });
    return digest;
  }

  /** Takes an image out with all its names; its layers are the caller's to release. */
  async drop(id: Digest): Promise<void> {
    await this.change((names) => ({
      ...names,
      images: new Map([...names.images].filter(([each]) => each !== id)),
      references: new Map([...names.references].filter(([, target]) => target !== id)),
    }));
    this.#configs.delete(id);
    this.#summaries.delete(id);
    await this.#content.delete(id);
  }

  /** Changes come one after another. What cannot be kept, on a full disk say, is not shown either. */
  async change(edit: Edit): Promise<void> {
    const mine = this.#last.then(() => this.#change(edit));
    this.#last = mine.catch(() => undefined);
    await mine;
  }

  /** Layers and blobs of work in progress: they stay, though no image has them yet, until what is returned is called. */
  hold(digests: readonly Digest[]): () => void {
    for (const digest of digests) this.#held.set(digest, (this.#held.get(digest) ?? 0) + 1);
    return () => {
      for (const digest of digests) {
        const count = (this.#held.get(digest) ?? 0) - 1;
        if (count > 0) this.#held.set(digest, count);
        else this.#held.delete(digest);
      }
    };
  }

  held(): Digest[] {
    return [...this.#held.keys()];
  }

  async #change(edit: Edit): Promise<void> {
    const before = this.#names;
    const names = edit(before);
    if (names === before) return;
    this.#write(names, before);
    this.#names = names;
    this.settling.touch();
    await this.#deleteManifests(before, names);
  }

  #write(names: Names, before: Names): void {
    const text = formatNames(names);
    try {
      replaceFile(this.#file, text);
    } catch (error) {
      if (!isFull(error) || !isSmaller(names, before)) throw error;
      this.#reserve.release();
      replaceFile(this.#file, text);
    }
    this.#reserve.keep(text.length);
  }

  /** The manifests of what was pulled are there for its references by digest alone. */
  async #deleteManifests(before: Names, after: Names): Promise<void> {
    if (after.references.size >= before.references.size) return;
    const kept = new Set(pinnedDigests(after));
    for (const digest of pinnedDigests(before)) {
      if (!kept.has(digest) && !this.#held.has(digest)) await this.#content.delete(digest);
    }
  }

  async #settle(sync: () => Promise<void>): Promise<void> {
    const done = new Set(this.#names.unsettled?.layers);
    await sync();
    if (done.size > 0) await this.change((names) => withoutUnsettled(names, done));
  }
}

export type Edit = (names: Names) => Names;

function isSmaller(names: Names, before: Names): boolean {
  return (['images', 'references', 'sizes'] as const).every((each) => names[each].size <= before[each].size);
}

/** The digests of references such as `docker.io/library/debian@sha256:…`. */
export function pinnedDigests({ references }: Names): Digest[] {
  return [...references.keys()].filter((key) => key.includes('@')).map((key) => key.split('@')[1] as Digest);
}

/** A file that someone spoilt is put aside: the engine must start, and images can be pulled again. */
function readNames(file: string): Names {
  if (!existsSync(file)) return NO_NAMES;
  try {
    return parseNames(readFileSync(file, 'utf8'));
  } catch {
    renameSync(file, `${file}.damaged`);
    return NO_NAMES;
  }
}

function replaceFile(target: string, text: string): void {
  const draft = target + DRAFT;
  try {
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, target);
  } catch (error) {
    // On a full disk its bytes are what others need.
    rmSync(draft, { force: true });
    throw error;
  }
}

function groupByParent(images: Names['images']): Map<Digest | undefined, Digest[]> {
  const byParent = new Map<Digest | undefined, Digest[]>();
  for (const [id, { parent }] of images) {
    const siblings = byParent.get(parent);
    if (siblings) siblings.push(id);
    else byParent.set(parent, [id]);
  }
  return byParent;
}

function group(references: Names['references']): Map<Digest, string[]> {
  const byId = new Map<Digest, string[]>();
  for (const reference of [...references.keys()].sort()) {
    const id = references.get(reference);
    if (id === undefined) continue;
    const own = byId.get(id);
    if (own) own.push(reference);
    else byId.set(id, [reference]);
  }
  return byId;
}
