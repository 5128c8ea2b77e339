import path from 'node:path';
import { isDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { Blobs, type SharedBlobs } from './blobs.ts';
import { RegistryError } from './errors.ts';
import { MANIFEST_MAX_BYTES, readManifest } from './manifest.ts';
import { isTag, namespaceOf } from './names.ts';
import { RepositoryRecords } from './records.ts';
import type { ManifestRecord, Repository } from './repository.ts';
import type {
  ImageStore,
  PutManifest,
  PutResult,
  Referrer,
  StoredBlob,
  StoredManifest,
  Upload,
} from './source.ts';
import { Uploads, type UploadLimits } from './uploads.ts';

export interface DiskStoreOptions extends Partial<UploadLimits> {
  readonly folder: string;
  /** Blobs of somebody else that need not be stored again. */
  readonly shared?: SharedBlobs;
  /** Bytes of its own that one namespace may have. */
  readonly quotaBytes?: number;
  /** Blobs and manifests that one namespace may have, however small: each is a file, and named in a record. */
  readonly partsPerNamespace?: number;
  readonly report?: (message: string) => void;
}

export const QUOTA_BYTES = 1024 ** 3;
const UPLOADS_PER_NAMESPACE = 32;
const UPLOAD_STALE_MS = 24 * 3_600_000;
/** How long a blob may wait for the manifest that names it. */
const LOOSE_BLOB_MS = 24 * 3_600_000;
const SWEEP_GRACE_MS = 10 * 60_000;

/** Each is read into memory, and written as a whole when it changes. */
const REPOSITORIES_PER_NAMESPACE = 1000;
const PARTS_PER_NAMESPACE = 20_000;
const MANIFESTS_PER_REPOSITORY = 5000;
const TAGS_PER_REPOSITORY = 5000;

/**
 * Repositories under one folder, whose only writer is this process:
 *
 *   blobs/sha256/<hex>      each blob and manifest once
 *   repositories/<hash>.json   what is in a repository; the name is hashed because it may be longer than a file's
 *   uploads/                blobs on their way in
 *
 * What a repository names is on the disk before the repository names it.
 */
export class DiskStore implements ImageStore {
  readonly quotaBytes: number;
  readonly #partsPerNamespace: number;
  readonly #blobs: Blobs;
  readonly #uploads: Uploads;
  readonly #repositories: RepositoryRecords;

  constructor(options: DiskStoreOptions) {
    this.quotaBytes = options.quotaBytes ?? QUOTA_BYTES;
    this.#partsPerNamespace = options.partsPerNamespace ?? PARTS_PER_NAMESPACE;
    this.#blobs = new Blobs(options.folder, options.shared);
    const report = options.report ?? (() => undefined);
    this.#repositories = new RepositoryRecords(path.join(options.folder, 'repositories'), report);
    this.#uploads = new Uploads({
      folder: path.join(options.folder, 'uploads'),
      blobs: this.#blobs,
      perNamespace: options.perNamespace ?? UPLOADS_PER_NAMESPACE,
      staleMs: options.staleMs ?? UPLOAD_STALE_MS,
      room: (namespace) => this.#room(namespace),
      link: (name, digest) => this.#link(name, digest),
    });
    this.#collect(0);
  }

  async names(): Promise<readonly string[]> {
    return [...this.repositories()].map(({ name }) => name).sort(byBytes);
  }

  async has(name: string): Promise<boolean> {
    return this.#repositories.get(name) !== undefined;
  }

  /** All that is known of a repository; not to be changed. */
  repository(name: string): Readonly<Repository> | undefined {
    return this.#repositories.get(name);
  }

  /** Without those that only blobs have come to: nobody has an image there yet, or the push was given up. */
  repositories(): Iterable<Readonly<Repository>> {
    return [...this.#repositories.values()].filter((each) => !each.isBare);
  }

  /** Whether a blob is on the disk of somebody else alone. */
  isShared(digest: Digest): boolean {
    return this.#blobs.ownSize(digest) === 0 && this.#blobs.find(digest) !== undefined;
  }

  async blob(name: string, digest: Digest): Promise<StoredBlob | undefined> {
    return this.#repositories.get(name)?.blobs.has(digest) === true ? this.#blobs.find(digest) : undefined;
  }

  async manifest(name: string, reference: string): Promise<StoredManifest | undefined> {
    const repository = this.#repositories.get(name);
    const digest = isDigest(reference) ? reference : repository?.tags.get(reference)?.digest;
    const record = digest === undefined ? undefined : repository?.manifests.get(digest);
    const blob = digest === undefined || !record ? undefined : this.#blobs.find(digest);
    if (!record || !blob) return undefined;
    return { digest: blob.digest, mediaType: record.mediaType, bytes: await this.#blobs.read(blob) };
  }

  async tags(name: string): Promise<readonly string[] | undefined> {
    const repository = this.#repositories.get(name);
    return repository && [...repository.tags.keys()].sort(byBytes);
  }

  async referrers(name: string, subject: Digest): Promise<readonly Referrer[]> {
    const manifests = this.#repositories.get(name)?.manifests ?? [];
    return [...manifests]
      .filter(([, record]) => record.subject === subject)
      .map(([digest, { mediaType, size, artifactType, annotations }]) => ({
        mediaType,
        digest,
        size,
        ...(artifactType !== undefined && { artifactType }),
        ...(annotations !== undefined && { annotations }),
      }));
  }

  /** Bytes that a namespace takes on the disk. */
  usage(namespace: string): number {
    return this.#bytesOf(this.#partsOf(namespace));
  }

  async startUpload(name: string): Promise<Upload> {
    this.#admit(name);
    return this.#uploads.start(name);
  }

  upload(name: string, id: string): Upload | undefined {
    return this.#uploads.get(name, id);
  }

  async mount(name: string, digest: Digest, from?: string): Promise<StoredBlob | undefined> {
    const held = from === undefined ? this.#isPublic(digest) : (await this.blob(from, digest)) !== undefined;
    return held ? this.adopt(name, digest) : undefined;
  }

  /** Puts a blob that is on the disk into a repository; undefined when it is not. */
  async adopt(name: string, digest: Digest): Promise<StoredBlob | undefined> {
    if (!this.#blobs.find(digest)) return undefined;
    this.#admit(name);
    return this.#link(name, digest);
  }

  async putManifest(name: string, { bytes, mediaType, tags, by }: PutManifest): Promise<PutResult> {
    if (bytes.byteLength > MANIFEST_MAX_BYTES)
      throw new RegistryError('MANIFEST_INVALID', {
        message: 'manifest invalid: it is too large',
        status: 413,
      });
    const facts = readManifest(bytes, mediaType);
    this.#refuseMissing(name, facts);
    this.#admit(name);
    const room = this.#room(namespaceOf(name));
    if (room.bytes < bytes.byteLength) throw room.refuse();
    const { digest, size } = await this.#blobs.write(bytes);
    // Something may have been deleted while the manifest was written.
    this.#refuseMissing(name, facts);
    const repository = this.#repositories.open(name);
    refuseTooMany(repository, digest, tags);
    const at = new Date().toISOString();
    const record: ManifestRecord = {
      mediaType: facts.mediaType,
      size,
      at: repository.manifests.get(digest)?.at ?? at,
      by: repository.manifests.get(digest)?.by ?? by,
      parts: [...facts.blobs, ...facts.manifests],
      subject: facts.subject,
      artifactType: facts.artifactType,
      annotations: facts.annotations,
    };
    repository.manifests.set(digest, record);
    for (const tag of tags) repository.tags.set(tag, { digest, at, by });
    await this.#repositories.save(repository);
    return { digest, ...(facts.subject && { subject: facts.subject }) };
  }

  async deleteManifest(name: string, digest: Digest): Promise<boolean> {
    return this.#change(name, (repository) => {
      for (const [tag, record] of repository.tags) if (record.digest === digest) repository.tags.delete(tag);
      return repository.manifests.delete(digest);
    });
  }

  async deleteTag(name: string, tag: string): Promise<boolean> {
    return this.#change(name, (repository) => repository.tags.delete(tag));
  }

  async deleteBlob(name: string, digest: Digest): Promise<boolean> {
    return this.#change(name, (repository) => repository.blobs.delete(digest));
  }

  async describe(name: string, description: string): Promise<boolean> {
    return this.#change(name, (repository) => {
      repository.description = description;
      return true;
    });
  }

  async deleteRepository(name: string): Promise<boolean> {
    await this.#uploads.cancelAll(name);
    return this.#repositories.delete(name);
  }

  /** Gives up old uploads, and deletes what no repository names any more. */
  async sweep(graceMs = SWEEP_GRACE_MS): Promise<void> {
    await this.#uploads.sweep();
    const before = new Date(Date.now() - Math.max(graceMs, LOOSE_BLOB_MS)).toISOString();
    for (const repository of this.#repositories.values())
      if (repository.dropLooseBlobs(before)) await this.#repositories.save(repository);
    this.#collect(graceMs);
  }

  #collect(graceMs: number): void {
    const linked = new Set<Digest>();
    for (const repository of this.#repositories.values())
      for (const digest of repository.links()) linked.add(digest);
    for (const digest of this.#blobs.olderThan(graceMs)) if (!linked.has(digest)) this.#blobs.delete(digest);
  }

  /** All repositories may be read by everybody: what one of them holds, any other may take. */
  #isPublic(digest: Digest): boolean {
    for (const repository of this.#repositories.values()) if (repository.blobs.has(digest)) return true;
    return this.isShared(digest);
  }

  async #link(name: string, digest: Digest): Promise<StoredBlob> {
    const blob = this.#blobs.find(digest);
    // Deleted just now, with the last repository that had it: the client has to send it again.
    if (!blob) throw new RegistryError('BLOB_UPLOAD_INVALID', { status: 503 });
    const repository = this.#repositories.open(name);
    if (!repository.blobs.has(digest)) {
      const room = this.#room(namespaceOf(name));
      if (room.bytes < this.#blobs.ownSize(digest)) throw room.refuse();
    }
    repository.blobs.set(digest, new Date().toISOString());
    await this.#repositories.save(repository);
    return blob;
  }

  #refuseMissing(name: string, facts: { blobs: readonly Digest[]; manifests: readonly Digest[] }): void {
    const repository = this.#repositories.get(name);
    const missing = [
      ...facts.blobs.filter((each) => repository?.blobs.has(each) !== true || !this.#blobs.find(each)),
      ...facts.manifests.filter((each) => repository?.manifests.has(each) !== true),
    ];
    if (missing.length > 0)
      throw new RegistryError('MANIFEST_BLOB_UNKNOWN', { detail: { digest: missing[0] } });
  }

  async #change(name: string, change: (repository: Repository) => boolean): Promise<boolean> {
    const repository = this.#repositories.get(name);
    if (!repository || !change(repository)) return false;
    await this.#repositories.save(repository);
    return true;
  }

  #of(namespace: string): Repository[] {
    return [...this.#repositories.values()].filter((each) => namespaceOf(each.name) === namespace);
  }

  /** All blobs and manifests in a namespace, each once. */
  #partsOf(namespace: string): ReadonlySet<Digest> {
    const parts = new Set<Digest>();
    for (const repository of this.#of(namespace)) for (const each of repository.links()) parts.add(each);
    return parts;
  }

  #bytesOf(parts: ReadonlySet<Digest>): number {
    let bytes = 0;
    for (const each of parts) bytes += this.#blobs.ownSize(each);
    return bytes;
  }

  #admit(name: string): void {
    if (this.#repositories.get(name)) return;
    if (this.#of(namespaceOf(name)).length >= REPOSITORIES_PER_NAMESPACE)
      throw new RegistryError('DENIED', { message: 'the namespace has too many repositories', status: 403 });
  }

  #room(namespace: string) {
    const parts = this.#partsOf(namespace);
    if (parts.size >= this.#partsPerNamespace) return { bytes: -1, refuse: () => tooManyParts(namespace) };
    const used = this.#bytesOf(parts);
    const refuse = () =>
      new RegistryError('DENIED', {
        status: 403,
        message: `quota exceeded: ${namespace} may keep ${readable(this.quotaBytes)} and has ${readable(used)}`,
        detail: { quotaBytes: this.quotaBytes, usedBytes: used },
      });
    return { bytes: this.quotaBytes - used, refuse };
  }
}

function refuseTooMany(repository: Repository, digest: Digest, tags: readonly string[]): void {
  const newTags = tags.filter((tag) => isTag(tag) && !repository.tags.has(tag)).length;
  const manifests = repository.manifests.has(digest) ? 0 : 1;
  if (repository.tags.size + newTags > TAGS_PER_REPOSITORY)
    throw new RegistryError('DENIED', { message: 'the repository has too many tags', status: 403 });
  if (repository.manifests.size + manifests > MANIFESTS_PER_REPOSITORY)
    throw new RegistryError('DENIED', { message: 'the repository has too many manifests', status: 403 });
}

const tooManyParts = (namespace: string): RegistryError =>
  new RegistryError('DENIED', {
    status: 403,
    message: `${namespace} has too many layers and manifests: remove images that are not needed any more`,
  });

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

function readable(bytes: number): string {
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < UNITS.length - 1; unit += 1) value /= 1024;
  return `${Number(value.toFixed(value < 10 ? 2 : 0))} ${UNITS[unit] ?? ''}`;
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
