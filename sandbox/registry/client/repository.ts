import { digestOf, isDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Connection } from './connection.ts';
import { urlIn } from './connection.ts';
import { BlobUnknown, RegistryError, TransportError } from './errors.ts';
import type { Answer, Method } from './http.ts';
import { bodyOf, bytesOf, discard, failureOf, isSuccess } from './http.ts';
import { ACCEPTED } from './media-types.ts';
import type { Upload } from './upload.ts';
import { startUpload } from './upload.ts';

/** A manifest or index as a registry has it. */
export interface FetchedManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Buffer;
}

/** What a tag stands for. */
export interface ResolvedTag {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes; absent where the registry does not say. */
  readonly size?: number;
}

/** A blob on its way, from `offset` on. */
export interface OpenBlob {
  readonly content: AsyncIterable<Buffer>;
  /** Of the whole blob; 0 where the registry does not say. */
  readonly size: number;
}

export type Mounted = { readonly kind: 'mounted' } | { readonly kind: 'upload'; readonly upload: Upload };

/** Manifests are far smaller; a registry that sends more is not believed. */
const MANIFEST_BYTES = 4 * 1024 ** 2;
const TAGS_BYTES = 8 * 1024 ** 2;
/** A registry that never comes to the end of its tags. */
const TAG_PAGES = 1000;

/** The registry answered something else than the bytes that had been asked for. */
export class RangeIgnored extends RegistryError {
  constructor() {
    super('expected HTTP 206 from byte range request', { transient: true });
  }
}

/** One repository of a registry (distribution-spec). Errors are `RegistryError`s in the real daemon's words. */
export class Repository {
  readonly connection: Connection;
  readonly #path: string;
  readonly #signal: AbortSignal;

  /** `path` is the name without the registry: `library/debian`. */
  constructor(connection: Connection, path: string, signal: AbortSignal) {
    this.connection = connection;
    this.#path = path;
    this.#signal = signal;
  }

  async resolve(tag: string): Promise<ResolvedTag> {
    const head = await this.#send('HEAD', `manifests/${tag}`, { Accept: ACCEPTED });
    const found = isSuccess(head) ? resolvedBy(head) : undefined;
    discard(head);
    if (found) return found;
    // Either the registry does not know HEAD, or its reasons are in the body of a GET.
    const answer = await this.#send('GET', `manifests/${tag}`, { Accept: ACCEPTED });
    if (!isSuccess(answer)) throw await failureOf(answer);
    const told = resolvedBy(answer);
    if (told) {
      discard(answer);
      return told;
    }
    const bytes = await bytesOf(answer, MANIFEST_BYTES, 'the manifest');
    return { digest: digestOf(bytes), mediaType: typeOf(answer), size: bytes.byteLength };
  }

  /** By digest or by tag; checked against the digest when it is one. */
  async manifest(reference: string): Promise<FetchedManifest> {
    const answer = await this.#send('GET', `manifests/${reference}`, { Accept: ACCEPTED });
    if (!isSuccess(answer)) throw await failureOf(answer);
    const bytes = await bytesOf(answer, MANIFEST_BYTES, 'the manifest');
    const digest = digestOf(bytes);
    if (isDigest(reference) && digest !== reference) {
      throw new RegistryError(`manifest verification failed for digest ${reference}`);
    }
    return { mediaType: typeOf(answer), digest, bytes };
  }

  async tags(): Promise<string[]> {
    const tags: string[] = [];
    let url: URL | undefined = urlIn(this.connection.endpoint, `${this.#path}/tags/list`);
    for (let page = 0; url && page < TAG_PAGES; page++) {
      const answer = await this.connection.http.send(url, { signal: this.#signal });
      if (!isSuccess(answer)) throw await failureOf(answer);
      tags.push(...parseTags(await bytesOf(answer, TAGS_BYTES, 'the list of tags')));
      url = nextPage(answer);
    }
    return tags;
  }

  /** Bytes of the blob. Throws `BlobUnknown`. */
  async stat(digest: Digest): Promise<number> {
    const answer = await this.#send('HEAD', `blobs/${digest}`);
    discard(answer);
    if (answer.status === 404) throw new BlobUnknown();
    if (!isSuccess(answer)) throw await failureOf(answer);
    return lengthOf(answer);
  }

  /** A small blob at once, checked. */
  async blob(digest: Digest, limit: number): Promise<Buffer> {
    const answer = await this.#send('GET', `blobs/${digest}`);
    if (answer.status === 404) {
      discard(answer);
      throw new BlobUnknown();
    }
    if (!isSuccess(answer)) throw await failureOf(answer);
    return bytesOf(answer, limit, 'the blob');
  }

  /** The blob from `offset` on. Throws `BlobUnknown`, and `RangeIgnored` when the registry begins elsewhere. */
  async open(digest: Digest, offset: number, signal: AbortSignal): Promise<OpenBlob> {
    const url = urlIn(this.connection.endpoint, `${this.#path}/blobs/${digest}`);
    const headers = offset > 0 ? { Range: `bytes=${offset}-` } : {};
    const answer = await this.connection.http.send(url, { headers, signal });
    if (answer.status === 404) {
      discard(answer);
      throw new BlobUnknown();
    }
    if (!isSuccess(answer)) throw await failureOf(answer);
    if (offset > 0 && answer.status !== 206) {
      discard(answer);
      throw new RangeIgnored();
    }
    const length = lengthOf(answer);
    return { content: bodyOf(answer), size: length === 0 ? 0 : offset + length };
  }

  /** Begins an upload, unless the registry can take the blob from its repository `from`. */
  async create(
    signal: AbortSignal,
    mount?: { readonly digest: Digest; readonly from: string },
  ): Promise<Mounted> {
    const url = urlIn(this.connection.endpoint, `${this.#path}/blobs/uploads/`);
    if (mount) {
      url.searchParams.set('from', mount.from);
      url.searchParams.set('mount', mount.digest);
    }
    const answer = await this.connection.http.send(url, {
      method: 'POST',
      body: new Uint8Array(0),
      signal,
    });
    if (answer.status === 201) {
      discard(answer);
      return { kind: 'mounted' };
    }
    if (answer.status !== 202) throw await failureOf(answer);
    return { kind: 'upload', upload: startUpload(this.connection, answer) };
  }

  async putManifest(tag: string, mediaType: string, bytes: Buffer): Promise<void> {
    const answer = await this.#send('PUT', `manifests/${tag}`, { 'Content-Type': mediaType }, bytes);
    if (!isSuccess(answer)) throw await failureOf(answer);
    discard(answer);
  }

  #send(
    method: Method,
    path: string,
    headers: Readonly<Record<string, string | readonly string[]>> = {},
    body?: Uint8Array,
  ): Promise<Answer> {
    const url = urlIn(this.connection.endpoint, `${this.#path}/${path}`);
    return this.connection.http.send(url, {
      method,
      headers,
      signal: this.#signal,
      ...(body && { body }),
    });
  }
}

function resolvedBy(answer: Answer): ResolvedTag | undefined {
  const digest = answer.headers['docker-content-digest'];
  if (typeof digest !== 'string' || digest === '') return undefined;
  if (!isDigest(digest)) throw new RegistryError('invalid checksum digest format');
  const size = lengthOf(answer);
  return { digest, mediaType: typeOf(answer), ...(size > 0 && { size }) };
}

function typeOf({ headers }: Answer): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

function lengthOf({ headers }: Answer): number {
  const length = Number(headers['content-length'] ?? 0);
  return Number.isSafeInteger(length) && length > 0 ? length : 0;
}

function parseTags(bytes: Buffer): string[] {
  try {
    const { tags } = JSON.parse(bytes.toString('utf8')) as { readonly tags?: unknown };
    return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
  } catch (cause) {
    throw new RegistryError('the list of tags is not JSON', { cause });
  }
}

/** `Link: </v2/…?last=x&n=50>; rel="next"`. Only within the same registry. */
function nextPage({ headers, url }: Answer): URL | undefined {
  const { link } = headers;
  const target = /^<([^>]*)>/.exec(Array.isArray(link) ? (link[0] ?? '') : (link ?? ''))?.[1];
  if (target === undefined || !URL.canParse(target, url)) return undefined;
  const next = new URL(target, url);
  if (next.origin !== url.origin) throw new TransportError(`the list of tags leads to ${next.host}`);
  return next;
}
