import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Descriptor } from '../../oci/descriptor.ts';
import { digestOf, hexOf, isDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { parseIndex } from '../../oci/manifest.ts';
import { parseReference } from '../../oci/reference.ts';
import { RegistryError } from './errors.ts';
import { isIndexType, readManifest } from './manifest.ts';
import type { ImageSource, Referrer, StoredBlob, StoredManifest } from './source.ts';

const REFERENCE = 'org.opencontainers.image.ref.name';

interface Tagged {
  /** Without the registry: `library/debian`. */
  readonly name: string;
  readonly tag: string;
  readonly descriptor: Descriptor;
}

/** What can be reached from the tags of one repository. */
interface Reachable {
  /** Media type of each manifest. */
  readonly manifests: ReadonlyMap<Digest, string>;
  readonly blobs: ReadonlySet<Digest>;
}

/** An OCI image layout whose images have full references for names, as read-only repositories. It may grow meanwhile. */
export class LayoutSource implements ImageSource {
  readonly #root: string;
  #version = '';
  #tagged: readonly Tagged[] = [];
  #reachable = new Map<string, Promise<Reachable>>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Where its blobs are, for a store that need not keep them again. */
  get blobFolder(): string {
    return path.join(this.#root, 'blobs', 'sha256');
  }

  async names(): Promise<readonly string[]> {
    return [...new Set(this.#read().map(({ name }) => name))].sort();
  }

  async has(name: string): Promise<boolean> {
    return this.#read().some((each) => each.name === name);
  }

  async tags(name: string): Promise<readonly string[] | undefined> {
    const tags = this.#of(name).map(({ tag }) => tag);
    return tags.length === 0 ? undefined : tags.sort();
  }

  async referrers(): Promise<readonly Referrer[]> {
    return [];
  }

  async blob(name: string, digest: Digest): Promise<StoredBlob | undefined> {
    if (!(await this.#reach(name)).blobs.has(digest)) return undefined;
    const file = path.join(this.blobFolder, hexOf(digest));
    const found = statSync(file, { throwIfNoEntry: false });
    return found && { digest, size: found.size, file };
  }

  async manifest(name: string, reference: string): Promise<StoredManifest | undefined> {
    const digest = isDigest(reference)
      ? reference
      : this.#of(name).find(({ tag }) => tag === reference)?.descriptor.digest;
    if (digest === undefined) return undefined;
    const mediaType = (await this.#reach(name)).manifests.get(digest);
    return mediaType === undefined ? undefined : { digest, mediaType, bytes: await this.#bytes(digest) };
  }

  #of(name: string): Tagged[] {
    return this.#read().filter((each) => each.name === name);
  }

  #reach(name: string): Promise<Reachable> {
    const tagged = this.#of(name);
    const known = this.#reachable.get(name);
    if (known) return known;
    const reached = this.#follow(tagged.map(({ descriptor }) => descriptor));
    if (tagged.length > 0) this.#reachable.set(name, reached);
    reached.catch(() => this.#reachable.delete(name));
    return reached;
  }

  async #follow(descriptors: readonly Descriptor[]): Promise<Reachable> {
    const manifests = new Map<Digest, string>();
    const blobs = new Set<Digest>();
    const queue = [...descriptors];
    for (let next = queue.pop(); next; next = queue.pop()) {
      if (manifests.has(next.digest)) continue;
      const bytes = await this.#bytes(next.digest);
      const facts = readManifest(bytes, next.mediaType);
      manifests.set(next.digest, facts.mediaType);
      for (const each of facts.blobs) blobs.add(each);
      if (isIndexType(facts.mediaType))
        queue.push(...parseIndex(bytes).manifests.filter((each) => this.#holds(each)));
    }
    return { manifests, blobs };
  }

  /** An index may name platforms that are not kept. */
  #holds({ digest }: Descriptor): boolean {
    return statSync(path.join(this.blobFolder, hexOf(digest)), { throwIfNoEntry: false }) !== undefined;
  }

  async #bytes(digest: Digest): Promise<Uint8Array> {
    const bytes = await readFile(path.join(this.blobFolder, hexOf(digest)));
    if (digestOf(bytes) === digest) return bytes;
    throw new RegistryError('UNKNOWN', { message: `the content of ${digest} is damaged` });
  }

  #read(): readonly Tagged[] {
    const file = path.join(this.#root, 'index.json');
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) return [];
    const version = `${found.mtimeMs} ${found.ino} ${found.size}`;
    if (version !== this.#version) {
      this.#tagged = parseIndex(readFileSync(file)).manifests.flatMap(taggedOf);
      this.#reachable = new Map();
      this.#version = version;
    }
    return this.#tagged;
  }
}

function taggedOf(descriptor: Descriptor): Tagged[] {
  const text = descriptor.annotations?.[REFERENCE];
  if (text === undefined) return [];
  const { path: name, tag } = parseReference(text);
  return tag === undefined ? [] : [{ name, tag, descriptor }];
}
