import { MEDIA_TYPES } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { digestOf } from '../../oci/digest.ts';

/** Requests to a registry as the specification names them, for tests: nothing is retried, nothing is understood. */
export interface RawClient {
  readonly url: string;
  send(method: string, path: string, options?: SendOptions): Promise<Response>;
  /** Uploads a blob at once. */
  push(name: string, bytes: Uint8Array | string): Promise<Digest>;
  /** POST of an upload: the path where it goes on. */
  start(name: string): Promise<string>;
  putManifest(name: string, reference: string, manifest: object): Promise<Response>;
  /** A whole image of random content under a tag. */
  pushImage(name: string, tag: string): Promise<TestImage>;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | ReadableStream<Uint8Array>;
}

export interface TestImage {
  readonly digest: Digest;
  readonly bytes: string;
  readonly manifest: TestManifest;
  readonly layer: Digest;
}

export interface TestManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: TestDescriptor;
  readonly layers: readonly TestDescriptor[];
}

export interface TestDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

export function rawClient(url: string, headers: Readonly<Record<string, string>> = {}): RawClient {
  const send: RawClient['send'] = (method, path, options = {}) =>
    fetch(new URL(path, url), {
      method,
      headers: { ...headers, ...options.headers },
      redirect: 'manual',
      ...(options.body !== undefined && { body: options.body, duplex: 'half' }),
    } as RequestInit);
  const start = async (name: string) => {
    const answer = await send('POST', `/v2/${name}/blobs/uploads/`);
    if (answer.status !== 202)
      throw new Error(`the upload began with ${answer.status}: ${await answer.text()}`);
    return answer.headers.get('location') ?? '';
  };
  const push = async (name: string, bytes: Uint8Array | string) => {
    const digest = digestOf(bytes);
    const answer = await send('PUT', withDigest(await start(name), digest), { body: bytes, headers: OCTETS });
    if (answer.status !== 201)
      throw new Error(`the blob was answered ${answer.status}: ${await answer.text()}`);
    return digest;
  };
  const putManifest: RawClient['putManifest'] = (name, reference, manifest) =>
    send('PUT', `/v2/${name}/manifests/${reference}`, {
      body: JSON.stringify(manifest),
      headers: { 'content-type': (manifest as { mediaType?: string }).mediaType ?? MEDIA_TYPES.ociManifest },
    });
  const pushImage: RawClient['pushImage'] = async (name, tag) => {
    const config = JSON.stringify({ architecture: 'amd64', os: 'linux', salt: Math.random() });
    const content = `layer ${Math.random()}`;
    const layer = await push(name, content);
    const manifest: TestManifest = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      config: { mediaType: MEDIA_TYPES.ociConfig, digest: await push(name, config), size: config.length },
      layers: [{ mediaType: MEDIA_TYPES.ociLayerGzip, digest: layer, size: content.length }],
    };
    const answer = await putManifest(name, tag, manifest);
    if (answer.status !== 201)
      throw new Error(`the manifest was answered ${answer.status}: ${await answer.text()}`);
    const bytes = JSON.stringify(manifest);
    return { digest: digestOf(bytes), bytes, manifest, layer };
  };
  return { url, send, start, push, putManifest, pushImage };
}

export const OCTETS = { 'content-type': 'application/octet-stream' };

/** The address that ends an upload; what comes before it may have a query already. */
export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`;
}
