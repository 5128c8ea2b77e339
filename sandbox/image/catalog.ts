import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { readBlob } from '../content/disk.ts';
import type { Bytes } from '../content/content.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isIndex } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { hexOf } from '../oci/digest.ts';
import { parseImageConfig, parseIndex, parseManifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import { fullName, fullReference } from '../oci/reference.ts';

export interface CatalogEntry {
  /** `docker.io/library/debian:latest`. */
  readonly reference: string;
  readonly descriptor: Descriptor;
}

/** A layer as the catalog has it, compressed. */
export interface CatalogLayer {
  readonly descriptor: Descriptor;
  readonly file: string;
  /** Not checked. */
  open(): Bytes;
}

const REFERENCE = 'org.opencontainers.image.ref.name';

/** The images that the host holds for all sessions: an OCI image layout that may grow while it is read. */
export class Catalog {
  readonly #root: string;
  #entries: readonly CatalogEntry[] = [];
  /** What the index looked like when it was read. */
  #version = '';

  constructor(root: string) {
    this.#root = root;
  }

  find(reference: Reference): CatalogEntry | undefined {
    const { digest } = reference;
    if (digest === undefined) {
      const wanted = fullReference(reference);
      return this.#read().find((each) => each.reference === wanted);
    }
    return this.ofRepository(reference).find((each) => each.descriptor.digest === digest);
  }

  /** Every tag of a repository, in the order of their names. */
  ofRepository(reference: Reference): CatalogEntry[] {
    const prefix = `${fullName(reference)}:`;
    return this.#read()
      .filter((each) => each.reference.startsWith(prefix))
      .sort((a, b) => (a.reference < b.reference ? -1 : 1));
  }

  async blob(digest: Digest): Promise<Buffer> {
    return readBlob(path.join(this.#root, 'blobs', 'sha256', hexOf(digest)), digest);
  }

  /** The layer in its compressed form; undefined when it is not there so. */
  async layerBlob(diffId: Digest): Promise<CatalogLayer | undefined> {
    for (const { descriptor } of this.#read()) {
      const found = await this.#layerOf(descriptor, diffId).catch(() => undefined);
      if (found) return found;
    }
    return undefined;
  }

  async #layerOf(image: Descriptor, diffId: Digest): Promise<CatalogLayer | undefined> {
    if (isIndex(image)) {
      for (const each of parseIndex(await this.blob(image.digest)).manifests) {
        const found = await this.#layerOf(each, diffId).catch(() => undefined);
        if (found) return found;
      }
      return undefined;
    }
    const manifest = parseManifest(await this.blob(image.digest));
    const { rootfs } = parseImageConfig(await this.blob(manifest.config.digest));
    const descriptor = manifest.layers[rootfs.diff_ids.indexOf(diffId)];
    if (!descriptor) return undefined;
    const file = path.join(this.#root, 'blobs', 'sha256', hexOf(descriptor.digest));
    if (statSync(file, { throwIfNoEntry: false })?.size !== descriptor.size) return undefined;
    return { descriptor, file, open: () => createReadStream(file) as AsyncIterable<Buffer> };
  }

  #read(): readonly CatalogEntry[] {
    const file = path.join(this.#root, 'index.json');
    if (!existsSync(file)) return [];
    const { mtimeMs, ino, size } = statSync(file);
    const version = `${mtimeMs} ${ino} ${size}`;
    if (version !== this.#version) {
      this.#entries = parseIndex(readFileSync(file)).manifests.flatMap((descriptor) => {
        const reference = descriptor.annotations?.[REFERENCE];
        return reference === undefined ? [] : [{ reference, descriptor }];
      });
      this.#version = version;
    }
    return this.#entries;
  }
}
