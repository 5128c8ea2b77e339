import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { digestOf, fromHex, hexOf } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { RegistryError } from './errors.ts';
import { syncFolder, writeAtomically } from './file.ts';
import type { StoredBlob } from './source.ts';

/** Folders of blobs that somebody else keeps, `blobs/sha256` of an OCI image layout. They are read, never written. */
export type SharedBlobs = readonly string[];

/**
 * All blobs, each once, as files named after their digest. What is looked up and what is changed happens in one turn of
 * the event loop: no blob can go between a look and the link that keeps it.
 */
export class Blobs {
  readonly folder: string;
  readonly #shared: SharedBlobs;
  readonly #sizes = new Map<Digest, number>();
  /** When a blob came, for those that came since the store was opened. */
  readonly #addedAt = new Map<Digest, number>();

  constructor(root: string, shared: SharedBlobs = []) {
    this.folder = path.join(root, 'blobs', 'sha256');
    this.#shared = shared;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.folder)) {
      if (/^[0-9a-f]{64}$/.test(name)) this.#sizes.set(fromHex(name), statSync(this.#at(name)).size);
      else rmSync(this.#at(name), { force: true });
    }
  }

  find(digest: Digest): StoredBlob | undefined {
    const size = this.#sizes.get(digest);
    if (size !== undefined) return { digest, size, file: this.#at(hexOf(digest)) };
    for (const folder of this.#shared) {
      const file = path.join(folder, hexOf(digest));
      const found = statSync(file, { throwIfNoEntry: false });
      if (found?.isFile() === true) return { digest, size: found.size, file };
    }
    return undefined;
  }

  /** Bytes that a blob takes here; 0 when it is a shared one. */
  ownSize(digest: Digest): number {
    return this.#sizes.get(digest) ?? 0;
  }

  /** Blobs of our own that were there `graceMs` ago; whoever brought a younger one may not have linked it yet. */
  olderThan(graceMs: number): Digest[] {
    const limit = Date.now() - graceMs;
    return [...this.#sizes.keys()].filter((digest) => (this.#addedAt.get(digest) ?? 0) <= limit);
  }

  /** A small blob, checked. */
  async read(blob: StoredBlob): Promise<Uint8Array> {
    const bytes = await readFile(blob.file);
    if (digestOf(bytes) === blob.digest) return bytes;
    throw new RegistryError('UNKNOWN', { message: `the content of ${blob.digest} is damaged`, status: 500 });
  }

  async write(bytes: Uint8Array): Promise<StoredBlob> {
    const digest = digestOf(bytes);
    const known = this.find(digest);
    if (known) return known;
    await writeAtomically(this.#at(hexOf(digest)), bytes);
    return this.#add(digest, bytes.byteLength);
  }

  /** Makes a file, whole and synced, a blob; it is gone from its place afterwards, and also when the blob was known. */
  async take(file: string, digest: Digest, size: number): Promise<StoredBlob> {
    const known = this.find(digest);
    if (known) {
      rmSync(file, { force: true });
      return known;
    }
    renameSync(file, this.#at(hexOf(digest)));
    const blob = this.#add(digest, size);
    await syncFolder(this.folder);
    return blob;
  }

  delete(digest: Digest): void {
    this.#addedAt.delete(digest);
    if (this.#sizes.delete(digest)) rmSync(this.#at(hexOf(digest)), { force: true });
  }

  #add(digest: Digest, size: number): StoredBlob {
    this.#sizes.set(digest, size);
    this.#addedAt.set(digest, Date.now());
    return { digest, size, file: this.#at(hexOf(digest)) };
  }

  #at(name: string): string {
    return path.join(this.folder, name);
  }
}
