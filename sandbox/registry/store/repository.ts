import * as z from 'zod/mini';
import { isDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { isRepositoryName, isTag } from './names.ts';

export interface TagRecord {
  readonly digest: Digest;
  /** ISO 8601. */
  readonly at: string;
  /** Account of who pushed it. */
  readonly by?: string | undefined;
}

export interface ManifestRecord {
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly at: string;
  readonly by?: string | undefined;
  /** All blobs and manifests that it names and that must be there. */
  readonly parts: readonly Digest[];
  readonly subject?: Digest | undefined;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value));
const text = z.string();
const recordSchema = z.object({
  name: z.string().check(z.refine(isRepositoryName)),
  createdAt: text,
  description: text,
  tags: z.record(z.string().check(z.refine(isTag)), z.object({ digest, at: text, by: z.optional(text) })),
  manifests: z.record(
    digest,
    z.object({
      mediaType: text,
      size: z.number(),
      at: text,
      by: z.optional(text),
      parts: z.array(digest),
      subject: z.optional(digest),
      artifactType: z.optional(text),
      annotations: z.optional(z.record(text, text)),
    }),
  ),
  /** When each blob was put into the repository. */
  blobs: z.record(digest, text),
});

/** One repository in memory; `toJson` is what is kept of it. Keys are in the order they came. */
export class Repository {
  readonly name: string;
  readonly createdAt: string;
  description = '';
  readonly tags = new Map<string, TagRecord>();
  readonly manifests = new Map<Digest, ManifestRecord>();
  readonly blobs = new Map<Digest, string>();

  constructor(name: string, createdAt = new Date().toISOString()) {
    this.name = name;
    this.createdAt = createdAt;
  }

  /** Undefined for what is no record of a repository. */
  static fromJson(json: string): Repository | undefined {
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      return undefined;
    }
    const parsed = recordSchema.safeParse(value);
    if (!parsed.success) return undefined;
    const { name, createdAt, description, tags, manifests, blobs } = parsed.data;
    const repository = new Repository(name, createdAt);
    repository.description = description;
    for (const [tag, record] of Object.entries(tags)) repository.tags.set(tag, record);
    for (const [each, record] of Object.entries(manifests)) repository.manifests.set(each as Digest, record);
    for (const [each, at] of Object.entries(blobs)) repository.blobs.set(each as Digest, at);
    return repository;
  }

  toJson(): string {
    const { name, createdAt, description } = this;
    const tags = Object.fromEntries(this.tags);
    const manifests = Object.fromEntries(this.manifests);
    return JSON.stringify({
      name,
      createdAt,
      description,
      tags,
      manifests,
      blobs: Object.fromEntries(this.blobs),
    });
  }

  /** There is nothing to be seen: no image, and no word about it. */
  get isBare(): boolean {
    return this.manifests.size === 0 && this.description === '';
  }

  /** Everything that must stay on the disk for this repository. */
  *links(): Iterable<Digest> {
    yield* this.manifests.keys();
    yield* this.blobs.keys();
  }

  /** Takes out blobs that no manifest names and that came before `before`. True when there were any. */
  dropLooseBlobs(before: string): boolean {
    const named = new Set([...this.manifests.values()].flatMap(({ parts }) => parts));
    const loose = [...this.blobs].filter(([each, at]) => !named.has(each) && at < before);
    for (const [each] of loose) this.blobs.delete(each);
    return loose.length > 0;
  }
}
