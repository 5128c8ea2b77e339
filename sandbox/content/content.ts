import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';

export type Bytes = AsyncIterable<Uint8Array>;

/** What a blob is expected to be. */
export interface Expected {
  readonly digest: Digest;
  /** Bytes. */
  readonly size?: number;
}

/** A store of blobs, each under its own digest. A blob never changes; it is there whole or not at all. */
export interface Content {
  /** Bytes of the blob; undefined when it is not there. */
  stat(digest: Digest): Promise<number | undefined>;
  /** The blob, checked on the way: throws `BlobCorrupt` at its end, `EngineError('not-found')` at its beginning. */
  read(digest: Digest): Bytes;
  /** A small blob (manifest, configuration) at once, checked. Throws as `read`, and for more than `BLOB_LIMIT_BYTES`. */
  readAll(digest: Digest): Promise<Buffer>;
  /**
   * Stores `source` under its own digest. Idempotent: success means "the blob is in the store", not "this call put it
   * there". Nothing is visible until the last byte is written. Throws `BlobCorrupt` unless it is what was expected.
   */
  write(source: Bytes | Uint8Array, expected?: Expected): Promise<{ digest: Digest; size: number }>;
  /** Idempotent. */
  delete(digest: Digest): Promise<void>;
  list(): Promise<Digest[]>;
}

/** Manifests and configurations are far smaller. */
export const BLOB_LIMIT_BYTES = 8 * 1024 ** 2;

export class BlobCorrupt extends EngineError {
  constructor(wanted: string, got: string) {
    super('internal', `the content is damaged: ${wanted} was expected, found ${got}`);
  }
}
