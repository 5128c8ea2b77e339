import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseIndex, parseManifest } from '../../sandbox/oci/manifest.ts';
import { digestOf, isDigest, type Digest } from '../../sandbox/oci/digest.ts';
import { NOBODY } from '../../sandbox/registry/client/credentials.ts';
import { withRegistry } from '../../sandbox/registry/client/connection.ts';
import { HUB, type RegistryOptions } from '../../sandbox/registry/client/endpoints.ts';
import { RegistryError as RemoteError } from '../../sandbox/registry/client/errors.ts';
import { Repository } from '../../sandbox/registry/client/repository.ts';
import { RegistryError } from '../../sandbox/registry/store/errors.ts';
import { isIndexType, readManifest } from '../../sandbox/registry/store/manifest.ts';
import type {
  ImageSource,
  Referrer,
  StoredBlob,
  StoredManifest,
} from '../../sandbox/registry/store/source.ts';
import { ImageCache, type Promised } from './cache.ts';

export interface UpstreamOptions {
  /** `https://registry-1.docker.io`, or any other registry. */
  readonly url: string;
  readonly folder: string;
  readonly cacheBytes: number;
  /** How long a tag is believed to be what it was, in milliseconds. */
  readonly tagMs?: number;
}

const TAG_MS = 60_000;
/** A resolved tag costs little; of hostile names only so many are kept. */
const RESOLVED_MAX = 10_000;

/** Codes by which a registry says that there is nothing, at least not for us. */
const NOT_THERE = new Set([
  'MANIFEST_UNKNOWN',
  'NAME_UNKNOWN',
  'NAME_INVALID',
  'BLOB_UNKNOWN',
  'DENIED',
  'UNAUTHORIZED',
]);

/**
 * The images of another registry, each fetched once, checked, and kept for later. However many ask for the same thing at
 * the same time, it is asked for once.
 */
export class Upstream implements ImageSource {
  readonly #options: UpstreamOptions;
  readonly #registry: RegistryOptions;
  readonly #cache: ImageCache;
  readonly #host: string;
  readonly #ended = new AbortController();
  readonly #fetching = new Map<string, Promise<unknown>>();
  /** Until when a tag is believed, in milliseconds. */
  readonly #resolved = new Map<string, number>();

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#cache = new ImageCache(options.folder, options.cacheBytes);
    this.#host = new URL(options.url).host;
    this.#registry = {
      userAgent: 'slipway-hub',
      state: join(options.folder, 'client'),
      certificates: '/etc/docker/certs.d',
      mirrors: [options.url],
    };
  }

  close(): void {
    this.#ended.abort();
  }

  /** Another registry's images are not listed: nobody knows how many there are. */
  async names(): Promise<readonly string[]> {
    return [];
  }

  async has(name: string): Promise<boolean> {
    return this.#cache.names().has(name);
  }

  async tags(name: string): Promise<readonly string[] | undefined> {
    const tags = await this.#ask(`tags ${name}`, name, (repository) => repository.tags());
    return tags?.sort();
  }

  async referrers(): Promise<readonly Referrer[]> {
    return [];
  }

  async manifest(name: string, reference: string): Promise<StoredManifest | undefined> {
    const digest = isDigest(reference) ? reference : await this.#resolve(name, reference);
    return digest === undefined
      ? undefined
      : (this.#known(name, digest) ?? this.#fetchManifest(name, digest));
  }

  async blob(name: string, digest: Digest): Promise<StoredBlob | undefined> {
    const promised = this.#cache.promised(name, digest);
    if (!promised) return undefined;
    return this.#cache.use(digest) ?? this.#once(`blob ${digest}`, () => this.#fetchBlob(name, promised));
  }

  /** What a tag stands for; what it stood for when nobody can be asked. */
  async #resolve(name: string, tag: string): Promise<Digest | undefined> {
    const key = `${name}:${tag}`;
    const cached = this.#cache.tag(name, tag);
    if (cached && (this.#resolved.get(key) ?? 0) > Date.now()) return cached;
    try {
      const resolved = await this.#ask(`tag ${key}`, name, (repository) => repository.resolve(tag));
      if (!resolved) return undefined;
      if (!this.#known(name, resolved.digest)) await this.#fetchManifest(name, resolved.digest);
      await this.#cache.rememberTag(name, tag, resolved.digest);
      if (this.#resolved.size >= RESOLVED_MAX) this.#resolved.clear();
      this.#resolved.set(key, Date.now() + (this.#options.tagMs ?? TAG_MS));
      return resolved.digest;
    } catch (error) {
      if (cached === undefined) throw error;
      return cached;
    }
  }

  #known(name: string, digest: Digest): Promise<StoredManifest> | undefined {
    const manifest = this.#cache.manifest(name, digest);
    const blob = manifest && this.#cache.use(digest);
    if (!blob) return undefined;
    return readFile(blob.file).then((bytes) => {
      if (digestOf(bytes) !== digest)
        throw new RegistryError('UNKNOWN', { message: `${digest} is damaged here` });
      return { digest, mediaType: manifest.mediaType, bytes };
    });
  }

  #fetchManifest(name: string, digest: Digest): Promise<StoredManifest | undefined> {
    return this.#once(`manifest ${name}@${digest}`, async () => {
      const fetched = await this.#ask('', name, (repository) => repository.manifest(digest));
      if (!fetched) return undefined;
      const { mediaType } = readManifest(fetched.bytes, fetched.mediaType);
      const parts = isIndexType(mediaType) ? parseIndex(fetched.bytes).manifests : blobsOf(fetched.bytes);
      await this.#cache.add({ digest, size: fetched.bytes.byteLength }, chunks(fetched.bytes));
      await this.#cache.remember(name, digest, {
        mediaType,
        parts: parts.map((each) => ({ digest: each.digest, size: each.size })),
      });
      return { digest, mediaType, bytes: fetched.bytes };
    });
  }

  async #fetchBlob(name: string, promised: Promised): Promise<StoredBlob | undefined> {
    if (promised.size > this.#cache.maxBytes)
      throw new RegistryError('UNAVAILABLE', {
        status: 404,
        message: `a layer of ${name} is larger than all that this lab keeps of other registries`,
      });
    return this.#ask('', name, async (repository) => {
      const { content } = await repository.open(promised.digest, 0, this.#ended.signal);
      return this.#cache.add(promised, content);
    });
  }

  /** Asks the other registry, together with all who ask the same; undefined when it has no such thing. */
  #ask<T>(key: string, name: string, work: (repository: Repository) => Promise<T>): Promise<T | undefined> {
    const signal = this.#ended.signal;
    const connect = { credentials: NOBODY, scopes: [`repository:${name}:pull`], signal };
    const ask = async () => {
      try {
        return await withRegistry(this.#registry, HUB, connect, (connection) =>
          work(new Repository(connection, name, signal)),
        );
      } catch (error) {
        if (error instanceof RemoteError && NOT_THERE.has(error.code ?? '')) return undefined;
        throw this.#unreachable(error);
      }
    };
    return key === '' ? ask() : this.#once(key, ask);
  }

  #once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const under = this.#fetching.get(key) as Promise<T> | undefined;
    if (under) return under;
    const fetching = work().finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetching);
    return fetching;
  }

  /** With 404, because clients show the words of no error above 499. */
  #unreachable(cause: unknown): RegistryError {
    if (cause instanceof RegistryError) return cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    return new RegistryError('UNAVAILABLE', {
      cause,
      status: 404,
      message: `the lab does not have this image, and ${this.#host} could not be asked for it: ${why}`,
      detail: {},
    });
  }
}

function blobsOf(bytes: Uint8Array): readonly Promised[] {
  const { config, layers } = parseManifest(bytes);
  return [config, ...layers];
}

async function* chunks(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
