import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { unpackLayer } from '../layer/archived.ts';
import { decompress } from '../layer/decompress.ts';
import type { LayerDraft } from '../layer/folders.ts';
import { sizeOf } from '../layer/tree.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { fromHex, shortId } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import { RegistryError } from '../registry/client/errors.ts';
import { RangeIgnored } from '../registry/client/repository.ts';
import { retry } from '../registry/client/retry.ts';
import type { Job } from '../registry/client/transfers.ts';
import { Meter } from './meter.ts';
import { chainIds, chainsInUse } from './layers.ts';
import { withLayer } from './names.ts';
import type { Progress } from './progress.ts';
import type { RegistryPull } from './pull-registry.ts';
import { mismatch } from './pull-registry.ts';
import { bootId } from './settling.ts';
import type { Edit } from './store.ts';

/** A layer to be fetched: compressed as the manifest has it, and as the configuration has it. */
interface Wanted {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly id: string;
}

/**
 * Brings the layers that no image has yet, three at a time, and unpacks them from the base on. Returns what is to be
 * noted with the image. When one fails the others are given up.
 */
export async function pullLayers(
  pull: RegistryPull,
  descriptors: readonly Descriptor[],
  diffIds: readonly Digest[],
): Promise<Edit> {
  const { context, report } = pull;
  const inUse = await chainsInUse(context);
  const chain = chainIds(diffIds);
  const there = diffIds.findIndex((_, i) => !inUse.has(chain[i] ?? ('' as Digest)));
  const present = there === -1 ? diffIds.length : there;
  const wanted: Wanted[] = [];
  for (const [i, descriptor] of descriptors.entries()) {
    const diffId = diffIds[i];
    if (diffId === undefined) throw mismatch();
    const id = shortId(descriptor.digest);
    if (i < present) report({ status: 'Already exists', progressDetail: {}, id });
    else if (!wanted.some((each) => each.diffId === diffId)) wanted.push({ descriptor, diffId, id });
  }
  return fetchAll(pull, wanted);
}

async function fetchAll(pull: RegistryPull, wanted: readonly Wanted[]): Promise<Edit> {
  const { client, context, report, signal, reference } = pull;
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  let before: Promise<unknown> = Promise.resolve();
  for (const { id } of wanted) report({ status: 'Pulling fs layer', progressDetail: {}, id });
  const transfers = wanted.map((layer) => {
    const { id, descriptor } = layer;
    const below = before;
    const key = `${reference.domain}/${reference.path} ${descriptor.digest} ${layer.diffId}`;
    const watcher = { report, signal: both };
    const transfer = context.layers.find(layer.diffId)
      ? below.then(() => pretend(layer, report))
      : client.downloads.run(key, { status: 'Waiting', progressDetail: {}, id }, watcher, (job) =>
          fetchOne(pull, layer, below, job),
        );
    before = transfer;
    return transfer;
  });
  try {
    await Promise.all(transfers);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(transfers);
    throw error;
  }
  const sizes = new Map<Digest, number>();
  for (const { diffId } of wanted) {
    const folder = context.layers.find(diffId);
    if (folder?.startsWith(context.layers.own)) sizes.set(diffId, await sizeOf(folder));
  }
  const boot = bootId();
  return (names) => [...sizes].reduce((sum, [diffId, size]) => withLayer(sum, diffId, size, boot), names);
}

/** A layer that lies on this machine already, of the catalog or of an image with other layers below it. */
function pretend({ id }: Wanted, report: (line: Progress) => void): void {
  report({ status: 'Download complete', progressDetail: {}, id });
  report({ status: 'Pull complete', progressDetail: {}, id });
}

async function fetchOne(
  pull: RegistryPull,
  layer: Wanted,
  below: Promise<unknown>,
  job: Job<Progress>,
): Promise<void> {
  const { layers } = pull.context;
  const { id, descriptor } = layer;
  const draft = layers.draft();
  try {
    const file = path.join(draft.folder, 'blob');
    const size = await retry(
      {
        signal: job.signal,
        onWait: (seconds) =>
          job.report({
            status: `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}`,
            progressDetail: {},
            id,
          }),
      },
      () => download(pull, layer, file, job),
    );
    job.report({ status: 'Download complete', progressDetail: {}, id });
    job.release();
    // From the base on, as everybody expects to see it; whether that one worked is told by itself.
    await below.catch(() => undefined);
    job.signal.throwIfAborted();
    await extract(pull, layer, { file, size }, job);
    job.report({ status: 'Pull complete', progressDetail: {}, id });
    await pull.client.known.add(layer.diffId, {
      digest: descriptor.digest,
      repository: `${pull.reference.domain}/${pull.reference.path}`,
      owner: '',
    });
  } finally {
    await discard(pull, draft);
  }
}

function discard({ context }: RegistryPull, draft: LayerDraft): Promise<void> {
  return context.layers.discard(draft);
}

/** Goes on where an earlier attempt broke off. Returns the bytes of the whole, which are those of the digest. */
async function download(
  { repository }: RegistryPull,
  { descriptor, id }: Wanted,
  file: string,
  { signal, report }: Job<Progress>,
): Promise<number> {
  const target = await open(file, 'a+');
  try {
    const offset = (await target.stat()).size;
    const hash = createHash('sha256');
    if (offset > 0) for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    const blob = await repository.open(descriptor.digest, offset, signal).catch(async (error: unknown) => {
      report({ status: 'Downloading', progressDetail: {}, id });
      if (error instanceof RangeIgnored) await target.truncate(0);
      throw error;
    });
    const meter = new Meter(id, 'Downloading', blob.size - offset, report);
    let size = offset;
    for await (const chunk of blob.content) {
      size += chunk.byteLength;
      // Stop early: a registry that sends too much must not fill the disk first.
      if (size > descriptor.size) break;
      hash.update(chunk);
      await writeAll(target, chunk);
      meter.add(chunk.byteLength);
    }
    report({ status: 'Verifying Checksum', progressDetail: {}, id });
    if (size === descriptor.size && fromHex(hash.digest('hex')) === descriptor.digest) return size;
    await target.truncate(0);
    throw new RegistryError(`filesystem layer verification failed for digest ${descriptor.digest}`, {
      // What was begun by an earlier answer may not fit to a later one.
      transient: offset > 0,
    });
  } finally {
    await target.close();
  }
}

async function writeAll(target: FileHandle, chunk: Buffer): Promise<void> {
  try {
    await target.appendFile(chunk);
  } catch (cause) {
    throw new RegistryError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function extract(
  { context }: RegistryPull,
  { diffId, id }: Wanted,
  { file, size }: { readonly file: string; readonly size: number },
  { signal, report }: Job<Progress>,
): Promise<void> {
  const { layers } = context;
  const meter = new Meter(id, 'Extracting', size, report);
  const compressed = metered(createReadStream(file, { highWaterMark: 256 * 1024 }), meter);
  const arrived = await unpackLayer(layers, decompress(compressed), { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new EngineError(
      'internal',
      `failed to register layer: Error processing tar file(exit status 1): ${why}`,
      { cause: error },
    );
  });
  try {
    if (arrived.diffId !== diffId) {
      report({ status: 'Pull complete', progressDetail: {}, id });
      throw mismatch();
    }
    await arrived.publish();
  } catch (error) {
    await arrived.discard();
    throw error;
  }
  await rm(file, { force: true });
}

async function* metered(source: AsyncIterable<unknown>, meter: Meter): AsyncGenerator<Buffer> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    meter.add(chunk.byteLength);
    yield chunk;
  }
  meter.end();
}
