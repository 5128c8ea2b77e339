import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';

/** A blob as a file that never changes. */
export interface StoredBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly file: string;
}

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** What points to a manifest as its subject (distribution-spec, "Listing Referrers"). */
export interface Referrer extends Descriptor {
  readonly artifactType?: string;
}

/**
 * Repositories to pull from. A name that no repository has is no error: there is then nothing in it. Any call may throw
 * `RegistryError`, such as when the images are somewhere else and out of reach.
 */
export interface ImageSource {
  /** All names, sorted as bytes are. */
  names(): Promise<readonly string[]>;
  has(name: string): Promise<boolean>;
  blob(name: string, digest: Digest): Promise<StoredBlob | undefined>;
  /** By tag or digest. */
  manifest(name: string, reference: string): Promise<StoredManifest | undefined>;
  /** Sorted as bytes are; undefined when there is no such repository. */
  tags(name: string): Promise<readonly string[] | undefined>;
  referrers(name: string, subject: Digest): Promise<readonly Referrer[]>;
}

export interface PutManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly tags: readonly string[];
  /** Account of who pushes. */
  readonly by?: string;
}

export interface PutResult {
  readonly digest: Digest;
  readonly subject?: Digest;
}

export interface UploadBody extends AsyncIterable<Uint8Array> {
  /** Ends the iteration with an error, also while it waits for bytes. */
  destroy?(): void;
}

/** The bytes of one blob on their way in. It survives a restart: what was received stays received. */
export interface Upload {
  readonly id: string;
  readonly repository: string;
  /** Bytes received so far. */
  readonly offset: number;
  /**
   * Adds `body`. A later call ends an earlier one that is still reading: its client has gone. What was received before
   * `body` broke off is kept. Throws `RegistryError` past `limits`, after giving back what this call has taken.
   */
  append(body: UploadBody, limits?: AppendLimits): Promise<void>;
  /** The blob is in the repository, whole, when this resolves; the upload is over in any case. */
  finish(digest: Digest): Promise<StoredBlob>;
  cancel(): Promise<void>;
}

export interface AppendLimits {
  /** Where the client believes to be. */
  readonly start?: number;
  /** Bytes that `body` must have. */
  readonly length?: number;
  readonly progress?: (offset: number) => void;
}

/** Repositories to push to as well. */
export interface ImageStore extends ImageSource {
  /** Begins an upload; throws `DENIED` when the namespace is full, `TOOMANYREQUESTS` when too many are under way. */
  startUpload(name: string): Promise<Upload>;
  upload(name: string, id: string): Upload | undefined;
  /** Puts a blob into a repository that is in `from`, or anywhere, already; undefined when it is not. */
  mount(name: string, digest: Digest, from?: string): Promise<StoredBlob | undefined>;
  /** Throws `MANIFEST_INVALID`, `MANIFEST_BLOB_UNKNOWN`, `DENIED`. All tags change in one step. */
  putManifest(name: string, manifest: PutManifest): Promise<PutResult>;
  /** False when it was not there. By digest, with all tags that name it. */
  deleteManifest(name: string, digest: Digest): Promise<boolean>;
  deleteTag(name: string, tag: string): Promise<boolean>;
  deleteBlob(name: string, digest: Digest): Promise<boolean>;
}
