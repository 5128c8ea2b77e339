import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { readBlob } from '../content/disk.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { hexOf } from '../oci/digest.ts';
import { parseIndex } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import { fullName, fullReference } from '../oci/reference.ts';

export interface CatalogEntry {
  /** `docker.io/library/debian:latest`. */
  readonly reference: string;
  readonly descriptor: Descriptor;
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
