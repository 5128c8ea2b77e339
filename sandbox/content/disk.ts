import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { digestOf, fromHex, hexOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { Bytes, Content, Expected } from './content.ts';
import { BLOB_LIMIT_BYTES, BlobCorrupt } from './content.ts';
import { verify } from './verify.ts';

/**
 * Blobs as files `sha256/<hex>` below a folder: the `blobs` of an OCI image layout. None is synced by itself; what a cut
 * of the machine's power damages is noticed when it is read.
 */
export class DiskContent implements Content {
  readonly #folder: string;
  readonly #drafts: string;

  constructor(root: string) {
    this.#folder = path.join(root, 'sha256');
    this.#drafts = path.join(root, 'drafts');
    mkdirSync(this.#folder, { recursive: true });
    // What a killed engine was writing.
    rmSync(this.#drafts, { recursive: true, force: true });
    mkdirSync(this.#drafts);
  }

  async stat(digest: Digest): Promise<number | undefined> {
    return statSync(this.#at(digest), { throwIfNoEntry: false })?.size;
  }

  async *read(digest: Digest): Bytes {
    if (!existsSync(this.#at(digest))) throw notFound(digest);
    yield* verify(createReadStream(this.#at(digest)) as AsyncIterable<Buffer>, { digest });
  }

  async readAll(digest: Digest): Promise<Buffer> {
    return readBlob(this.#at(digest), digest);
  }

  async write(source: Bytes | Uint8Array, expected?: Expected): Promise<{ digest: Digest; size: number }> {
    const draft = path.join(this.#drafts, randomBytes(8).toString('hex'));
    try {
      const written = await this.#writeDraft(draft, source, expected);
      await rename(draft, this.#at(written.digest));
      return written;
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async delete(digest: Digest): Promise<void> {
    await rm(this.#at(digest), { force: true });
  }

  async list(): Promise<Digest[]> {
    return readdirSync(this.#folder).map(fromHex);
  }

  async #writeDraft(draft: string, source: Bytes | Uint8Array, expected: Expected | undefined) {
    const hash = createHash('sha256');
    let size = 0;
    const checked = expected ? verify(chunksOf(source), expected) : chunksOf(source);
    const file = await open(draft, 'wx', 0o644);
    try {
      for await (const chunk of checked) {
        hash.update(chunk);
        size += chunk.byteLength;
        await file.write(chunk);
      }
    } finally {
      await file.close();
    }
    return { digest: fromHex(hash.digest('hex')), size };
  }

  #at(digest: Digest): string {
    return path.join(this.#folder, hexOf(digest));
  }
}

/** The file, if its bytes have that digest. */
export async function readBlob(file: string, digest: Digest): Promise<Buffer> {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw notFound(digest);
  if (size > BLOB_LIMIT_BYTES) throw new EngineError('invalid', `${digest} is too large to be read at once`);
  const bytes = await readFile(file);
  const got = digestOf(bytes);
  if (got !== digest) throw new BlobCorrupt(digest, got);
  return bytes;
}

async function* chunksOf(source: Bytes | Uint8Array): Bytes {
  if (source instanceof Uint8Array) yield source;
  else yield* source;
}

function notFound(digest: Digest): EngineError {
  return new EngineError('not-found', `content ${digest} not found`);
}
