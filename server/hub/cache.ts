import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { verify } from '../../sandbox/content/verify.ts';
import { fromHex, hexOf, isDigest, type Digest } from '../../sandbox/oci/digest.ts';
import { writeAtomically } from '../../sandbox/registry/store/file.ts';
import type { StoredBlob } from '../../sandbox/registry/store/source.ts';

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value));

const part = z.object({ digest, size: z.number() });
const manifest = z.object({ mediaType: z.string(), names: z.array(z.string()), parts: z.array(part) });
const indexSchema = z.object({
  /** `library/debian:12` → digest. */
  tags: z.record(z.string(), digest),
  manifests: z.record(z.string(), manifest),
});

export type CachedManifest = z.infer<typeof manifest>;

export interface Promised {
  readonly digest: Digest;
  readonly size: number;
}

/** What was fetched from another registry: blobs of a bounded size, the least recently used go first. */
export class ImageCache {
  readonly #folder: string;
  readonly #index: string;
  readonly #maxBytes: number;
  readonly #tags = new Map<string, Digest>();
  readonly #manifests = new Map<Digest, CachedManifest>();
  /** In the order of their last use. */
  readonly #blobs = new Map<Digest, number>();
  #bytes = 0;
  #saving: Promise<void> = Promise.resolve();
  #saveWaits = false;

  constructor(root: string, maxBytes: number) {
    this.#folder = path.join(root, 'blobs');
    this.#index = path.join(root, 'index.json');
    this.#maxBytes = maxBytes;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#readBlobs();
    this.#readIndex();
    this.#evict();
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  tag(name: string, tag: string): Digest | undefined {
    return this.#tags.get(`${name}:${tag}`);
  }

  manifest(name: string, digest_: Digest): CachedManifest | undefined {
    const found = this.#manifests.get(digest_);
    return found?.names.includes(name) === true && this.#blobs.has(digest_) ? found : undefined;
  }

  names(): Set<string> {
    return new Set([...this.#manifests.values()].flatMap((each) => each.names));
  }

  /** What a manifest of `name` says of one of its blobs. */
  promised(name: string, wanted: Digest): Promised | undefined {
    for (const { names, parts } of this.#manifests.values()) {
      const found = names.includes(name) ? parts.find((each) => each.digest === wanted) : undefined;
      if (found) return found;
    }
    return undefined;
  }

  /** The blob, which is now the most recently used one. */
  use(wanted: Digest): StoredBlob | undefined {
    const size = this.#blobs.get(wanted);
    if (size === undefined) return undefined;
    const file = this.#at(hexOf(wanted));
    const now = new Date();
    try {
      utimesSync(file, now, now);
    } catch {
      this.#drop(wanted);
      return undefined;
    }
    this.#blobs.delete(wanted);
    this.#blobs.set(wanted, size);
    return { digest: wanted, size, file };
  }

  /** Takes `content` in when it is what was promised; nothing of it stays otherwise. */
  async add(promised: Promised, content: AsyncIterable<Uint8Array>): Promise<StoredBlob> {
    const draft = this.#at(`${randomUUID()}.tmp`);
    try {
      const file = await open(draft, 'wx', 0o600);
      try {
        for await (const chunk of verify(content, promised)) await file.write(chunk);
        await file.sync();
      } finally {
        await file.close();
      }
      renameSync(draft, this.#at(hexOf(promised.digest)));
    } finally {
      rmSync(draft, { force: true });
    }
    this.#bytes += promised.size - (this.#blobs.get(promised.digest) ?? 0);
    this.#blobs.delete(promised.digest);
    this.#blobs.set(promised.digest, promised.size);
    this.#evict(promised.digest);
    return { ...promised, file: this.#at(hexOf(promised.digest)) };
  }

  /** Remembers what a manifest is; its bytes are added as a blob. */
  async remember(
    name: string,
    wanted: Digest,
    { mediaType, parts }: Omit<CachedManifest, 'names'>,
  ): Promise<void> {
    const names = new Set(this.#manifests.get(wanted)?.names).add(name);
    this.#manifests.set(wanted, { mediaType, parts, names: [...names] });
    await this.#save();
  }

  async rememberTag(name: string, tag: string, wanted: Digest): Promise<void> {
    if (this.tag(name, tag) === wanted) return;
    this.#tags.set(`${name}:${tag}`, wanted);
    await this.#save();
  }

  /** Changes that come while one write waits are in it. */
  #save(): Promise<void> {
    if (this.#saveWaits) return this.#saving;
    this.#saveWaits = true;
    this.#saving = this.#saving
      .catch(() => undefined)
      .then(() => {
        this.#saveWaits = false;
        const index = {
          tags: Object.fromEntries(this.#tags),
          manifests: Object.fromEntries(this.#manifests),
        };
        return writeAtomically(this.#index, JSON.stringify(index));
      });
    return this.#saving;
  }

  #evict(keep?: Digest): void {
    for (const wanted of this.#blobs.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      if (wanted !== keep) this.#drop(wanted);
    }
  }

  #drop(wanted: Digest): void {
    this.#bytes -= this.#blobs.get(wanted) ?? 0;
    this.#blobs.delete(wanted);
    rmSync(this.#at(hexOf(wanted)), { force: true });
    if (!this.#manifests.delete(wanted)) return;
    for (const [tag, digest_] of this.#tags) if (digest_ === wanted) this.#tags.delete(tag);
  }

  #readBlobs(): void {
    const files = readdirSync(this.#folder).flatMap((name) => {
      if (/^[0-9a-f]{64}$/.test(name)) return [{ name, stats: statSync(this.#at(name)) }];
      rmSync(this.#at(name), { force: true });
      return [];
    });
    for (const { name, stats } of files.sort((a, b) => a.stats.mtimeMs - b.stats.mtimeMs)) {
      this.#blobs.set(fromHex(name), stats.size);
      this.#bytes += stats.size;
    }
  }

  #readIndex(): void {
    const parsed = indexSchema.safeParse(readJson(this.#index));
    if (!parsed.success) return;
    const { tags, manifests } = parsed.data;
    for (const [wanted, each] of Object.entries(manifests))
      if (isDigest(wanted) && this.#blobs.has(wanted)) this.#manifests.set(wanted, each);
    for (const [tag, wanted] of Object.entries(tags))
      if (this.#manifests.has(wanted)) this.#tags.set(tag, wanted);
  }

  #at(name: string): string {
    return path.join(this.#folder, name);
  }
}

/** What was fetched can be fetched again: an index that cannot be read is as good as none. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
