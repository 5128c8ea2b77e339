import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import type { Content } from '../content/content.ts';
import type { ImageConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import { parseImageConfig } from '../oci/manifest.ts';
import type { ImageRecord, Names } from './names.ts';
import { NO_NAMES, formatNames, parseNames } from './names.ts';

/** What `docker images` shows of a configuration; kept in memory for every image. */
export interface Summary {
  /** RFC 3339. */
  readonly created: string;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly diffIds: readonly Digest[];
}

const CONFIGS_IN_MEMORY = 16;

/**
 * Images by id and by name. Reading is immediate and from memory; `change` is durable when it returns: after a crash
 * the file holds either the names before it or those after it.
 */
export class ImageStore {
  readonly #file: string;
  readonly #content: Content;
  #names: Names;
  #writing: Promise<void> = Promise.resolve();
  #written: Names;
  #index: { of?: Names['references']; byId: ReadonlyMap<Digest, readonly string[]> } = { byId: new Map() };
  readonly #configs = new Map<Digest, ImageConfig>();
  readonly #summaries = new Map<Digest, Summary>();

  constructor(folder: string, content: Content) {
    mkdirSync(folder, { recursive: true });
    this.#file = path.join(folder, 'images.json');
    this.#content = content;
    this.#names = readNames(this.#file);
    this.#written = this.#names;
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

  childrenOf(id: Digest): Digest[] {
    return this.ids().filter((each) => this.record(each).parent === id);
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

  /** Adds an image whose configuration is `bytes`, and returns its id. */
  async add(bytes: Uint8Array, record: ImageRecord = {}): Promise<Digest> {
    const { digest } = await this.#content.write(bytes);
    if (!this.has(digest)) {
      await this.change((names) => ({ ...names, images: new Map(names.images).set(digest, record) }));
    }
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

  async change(edit: (names: Names) => Names): Promise<void> {
    this.#names = edit(this.#names);
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    await this.#writing;
  }

  /** Writes what is newest; a call whose change an earlier write already took along does nothing. */
  async #write(): Promise<void> {
    const names = this.#names;
    if (names === this.#written) return;
    try {
      await replaceFile(this.#file, formatNames(names));
      this.#written = names;
    } catch (error) {
      // A full disk, say: what could not be kept must not be shown either.
      this.#names = this.#written;
      throw error;
    }
  }
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

async function replaceFile(target: string, text: string): Promise<void> {
  const draft = `${target}.draft`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, target);
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
