import { createHash } from 'node:crypto';
import type { Bytes } from '../content/content.ts';
import { verify } from '../content/verify.ts';
import { archiveOf } from '../layer/archived.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { MEDIA_TYPES } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { fromHex, shortId } from '../oci/digest.ts';
import { fullName, parseReference } from '../oci/reference.ts';
import { BlobUnknown } from '../registry/client/errors.ts';
import { compress } from '../registry/client/gzip.ts';
import type { KnownBlob } from '../registry/client/known-blobs.ts';
import { ownerOf } from '../registry/client/known-blobs.ts';
import { retry } from '../registry/client/retry.ts';
import type { Job } from '../registry/client/transfers.ts';
import type { Repository } from '../registry/client/repository.ts';
import type { Upload } from '../registry/client/upload.ts';
import type { CatalogLayer } from './catalog.ts';
import { layerSizes } from './layers.ts';
import { Meter } from './meter.ts';
import type { Progress } from './progress.ts';
import type { RegistryPush } from './push-registry.ts';

interface Layer {
  readonly diffId: Digest;
  readonly id: string;
  /** Bytes, as Docker counts them. */
  readonly size: number;
}

/** Makes sure that the repository has the layers, and tells what it has them as; base first, as `diffIds`. */
export async function pushLayers(push: RegistryPush, diffIds: readonly Digest[]): Promise<Descriptor[]> {
  const { context, client, reference, report, signal, pushed } = push;
  const sizes = await layerSizes(context, diffIds);
  const failed = new AbortController();
  const watcher = { report, signal: AbortSignal.any([signal, failed.signal]) };
  const transfers = new Map<Digest, Promise<Descriptor>>();
  // Docker begins at the top.
  for (const [i, diffId] of [...diffIds.entries()].reverse()) {
    const id = shortId(diffId);
    report({ status: 'Preparing', progressDetail: {}, id });
    if (transfers.has(diffId)) continue;
    const layer = { diffId, id, size: sizes[i] ?? 0 };
    const waiting = { status: 'Waiting', progressDetail: {}, id };
    const transfer = client.uploads.run(`${fullName(reference)} ${diffId}`, waiting, watcher, (job) =>
      withRetries(push, layer, job),
    );
    transfer.catch(() => undefined);
    transfers.set(diffId, transfer);
  }
  try {
    const found: Descriptor[] = [];
    for (const transfer of transfers.values()) await transfer;
    for (const diffId of diffIds) {
      const descriptor = await transfers.get(diffId);
      if (!descriptor) continue;
      pushed.set(diffId, descriptor);
      found.push(descriptor);
    }
    return found;
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(transfers.values());
    throw error;
  }
}

function withRetries(push: RegistryPush, layer: Layer, job: Job<Progress>): Promise<Descriptor> {
  const onWait = (seconds: number) =>
    job.report({
      status: `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}`,
      progressDetail: {},
      id: layer.id,
    });
  return retry({ signal: job.signal, onWait }, () => pushLayer(push, layer, job));
}

/** The cheapest way first: it is there; the registry has it elsewhere; it must travel. */
async function pushLayer(push: RegistryPush, layer: Layer, job: Job<Progress>): Promise<Descriptor> {
  const { client, pushed } = push;
  const { diffId, id, size } = layer;
  const already = pushed.get(diffId);
  if (already) {
    job.report({ status: 'Layer already exists', progressDetail: {}, id });
    return already;
  }
  const attempts = attemptsFor(size);
  const checked = new Set<Digest>();
  const known = ordered(push, client.known.of(diffId), diffId);
  const there = await findThere(push, layer, known, { limit: 1, anywhere: true, checked });
  if (there) return told(push, layer, job, 'Layer already exists', there);
  const mount = await tryToMount(push, layer, known.slice(0), attempts.mounts);
  if (mount.kind === 'mounted') {
    return told(push, layer, job, `Mounted from ${mount.from}`, mount.descriptor);
  }
  const left = attempts.checks - checked.size;
  const found =
    left > 0
      ? await findThere(push, layer, known, { limit: left, anywhere: attempts.anywhere, checked })
      : undefined;
  if (found) {
    await mount.upload?.cancel();
    return told(push, layer, job, 'Layer already exists', found);
  }
  return told(push, layer, job, 'Pushed', await send(push, layer, job, mount.upload));
}

/** How often it pays to ask before the layer is sent, in dockerd's measure. */
function attemptsFor(size: number): {
  readonly mounts: number;
  readonly checks: number;
  readonly anywhere: boolean;
} {
  if (size > 10 * 1024 ** 2) return { mounts: 4, checks: 3, anywhere: true };
  if (size > 100 * 1024) return { mounts: 3, checks: 1, anywhere: false };
  return { mounts: 1, checks: 1, anywhere: false };
}

/** Those of this repository first, then those of this registry that the same user has put there, newest first. */
function ordered(
  { reference, credentials }: RegistryPush,
  known: readonly KnownBlob[],
  diffId: Digest,
): KnownBlob[] {
  const own = fullName(reference);
  const owner = ownerOf(credentials, diffId);
  const rank = ({ repository, owner: theirs }: KnownBlob) =>
    repository === own ? 0 : !repository.startsWith(`${reference.domain}/`) ? 3 : theirs === owner ? 1 : 2;
  return [...known].reverse().sort((a, b) => rank(a) - rank(b));
}

async function findThere(
  { repository, client, reference }: RegistryPush,
  { diffId }: Layer,
  known: readonly KnownBlob[],
  { limit, anywhere, checked }: { limit: number; anywhere: boolean; checked: Set<Digest> },
): Promise<Descriptor | undefined> {
  const own = fullName(reference);
  let asked = 0;
  for (const blob of known) {
    if (asked === limit) return undefined;
    if (checked.has(blob.digest) || (!anywhere && blob.repository !== own)) continue;
    checked.add(blob.digest);
    asked++;
    try {
      return layerDescriptor(blob.digest, await repository.stat(blob.digest));
    } catch (error) {
      // The registry has forgotten. Whatever else went wrong, sending the layer will tell.
      if (error instanceof BlobUnknown && blob.repository === own) await client.known.forget(diffId, blob);
    }
  }
  return undefined;
}

type MountResult =
  | { readonly kind: 'mounted'; readonly from: string; readonly descriptor: Descriptor }
  | { readonly kind: 'upload'; readonly upload: Upload | undefined };

/** Asks the registry to take the layer from another of its repositories; what it begins instead is an upload. */
async function tryToMount(
  { repository, client, reference, signal, credentials }: RegistryPush,
  { diffId }: Layer,
  known: readonly KnownBlob[],
  limit: number,
): Promise<MountResult> {
  const own = fullName(reference);
  const candidates = known.filter(
    (blob) => blob.repository !== own && blob.repository.startsWith(`${reference.domain}/`),
  );
  let upload: Upload | undefined;
  for (const blob of candidates.slice(0, limit)) {
    const from = parseReference(blob.repository).path;
    try {
      const created = await repository.create(signal, { digest: blob.digest, from });
      if (created.kind === 'mounted') {
        await upload?.cancel();
        return {
          kind: 'mounted',
          from,
          descriptor: layerDescriptor(blob.digest, await repository.stat(blob.digest)),
        };
      }
      await upload?.cancel();
      upload = created.upload;
      if (blob.owner === '' || blob.owner === ownerOf(credentials, diffId))
        await client.known.forget(diffId, blob);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof BlobUnknown) await client.known.forget(diffId, blob);
    }
  }
  return { kind: 'upload', upload };
}

async function told(
  { client, reference, credentials }: RegistryPush,
  { diffId, id }: Layer,
  { report }: Job<Progress>,
  status: string,
  descriptor: Descriptor,
): Promise<Descriptor> {
  report({ status, progressDetail: {}, id });
  await client.known.add(diffId, {
    digest: descriptor.digest,
    repository: fullName(reference),
    owner: ownerOf(credentials, diffId),
  });
  return descriptor;
}

/** Compresses the layer on the way; the registry is told its digest at the end, and keeps nothing before that. */
async function send(
  { context, repository }: RegistryPush,
  { diffId, id, size }: Layer,
  { signal, report }: Job<Progress>,
  begun: Upload | undefined,
): Promise<Descriptor> {
  const created = begun ?? (await beginUpload(repository, signal));
  const ready = await context.catalog.layerBlob(diffId);
  if (ready) return sendReady(ready, created, { id, size }, { signal, report });
  const archive = await archiveOf(context.layers, diffId, async () => undefined);
  const hash = createHash('sha256');
  let sent = 0;
  try {
    const meter = new Meter(id, 'Pushing', size, report);
    await created.append(
      counted(compress(metered(archive.chunks, meter)), (chunk) => {
        hash.update(chunk);
        sent += chunk.byteLength;
      }),
      signal,
    );
    const digest = fromHex(hash.digest('hex'));
    await created.finish(digest, signal);
    return layerDescriptor(digest, sent);
  } catch (error) {
    await created.cancel();
    throw error;
  }
}

/** A layer of the catalog travels as it lies there: it keeps its digest wherever it goes. */
async function sendReady(
  layer: CatalogLayer,
  upload: Upload,
  { id, size }: Pick<Layer, 'id' | 'size'>,
  { signal, report }: Pick<Job<Progress>, 'signal' | 'report'>,
): Promise<Descriptor> {
  const meter = new Meter(id, 'Pushing', size, report);
  const { descriptor } = layer;
  const source = metered(verify(layer.open(), descriptor), meter);
  try {
    await upload.finish(descriptor.digest, signal, { source, size: descriptor.size });
  } catch (error) {
    await upload.cancel();
    throw error;
  }
  const isZstd = descriptor.mediaType === MEDIA_TYPES.ociLayerZstd;
  const mediaType = isZstd ? MEDIA_TYPES.ociLayerZstd : MEDIA_TYPES.dockerLayerGzip;
  return { mediaType, digest: descriptor.digest, size: descriptor.size };
}

async function beginUpload(repository: Repository, signal: AbortSignal): Promise<Upload> {
  const created = await repository.create(signal);
  if (created.kind === 'upload') return created.upload;
  throw new Error('a registry mounted a layer that it was not asked to');
}

async function* metered(source: Bytes, meter: Meter): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    meter.add(chunk.byteLength);
    yield chunk;
  }
}

async function* counted(
  source: AsyncIterable<Buffer>,
  onChunk: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    onChunk(chunk);
    yield chunk;
  }
}

function layerDescriptor(digest: Digest, size: number): Descriptor {
  return { mediaType: MEDIA_TYPES.dockerLayerGzip, digest, size };
}
