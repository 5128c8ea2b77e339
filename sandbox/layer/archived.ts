import { createHash } from 'node:crypto';
import type { Digest } from '../oci/digest.ts';
import { fromHex } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { LayerDraft, LayerFolders } from './folders.ts';
import { pack, packedSize } from './pack.ts';
import { RecordWriter, rebuild, recordedSize } from './record.ts';
import { unpack } from './unpack.ts';

/** A layer that came as an archive, on the disk but in no image. */
export interface ArrivedLayer {
  readonly diffId: Digest;
  readonly draft: LayerDraft;
  /** Makes it one of the layers that can be found; false when it is there already. */
  publish(): Promise<boolean>;
  discard(): Promise<void>;
}

/** A layer as its archive, byte for byte what its diff id says. */
export interface LayerArchive {
  /** Bytes. */
  readonly size: number;
  /** A chunk is good until the next one is asked for. Throws instead of the last one when it would be another archive. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** Unpacks an archive, not compressed, and keeps what is needed to write the same again. Nothing is left on an error. */
export async function unpackLayer(
  layers: LayerFolders,
  source: AsyncIterable<Uint8Array>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ArrivedLayer> {
  const draft = layers.draft();
  const record = new RecordWriter(draft.record);
  try {
    const hash = createHash('sha256');
    await unpack(hashed(source, hash), draft.folder, { ...options, record });
    await record.finish();
    const diffId = fromHex(hash.digest('hex'));
    return {
      diffId,
      draft,
      publish: async () => layers.publish(draft, diffId),
      discard: async () => layers.discard(draft),
    };
  } catch (error) {
    await record.abandon();
    await layers.discard(draft);
    throw error;
  }
}

/**
 * The archive of a layer: from its record, from the compressed one that it came as (`shared`), or made from its folder.
 * Throws `EngineError('not-found')`.
 */
export async function archiveOf(
  layers: LayerFolders,
  diffId: Digest,
  shared: (diffId: Digest) => Promise<LayerArchive | undefined> = async () => undefined,
): Promise<LayerArchive> {
  const folder = layers.get(diffId);
  const record = layers.recordOf(diffId);
  if (record !== undefined) {
    const size = recordedSize(record);
    return { size, chunks: checked(rebuild(record, folder), size, diffId) };
  }
  const archive = (await shared(diffId)) ?? { size: await packedSize(folder), chunks: pack(folder) };
  return { size: archive.size, chunks: checked(archive.chunks, archive.size, diffId) };
}

/** Whether the layer is what its diff id says, to the last byte. */
export async function isWhole(layers: LayerFolders, diffId: Digest): Promise<boolean> {
  try {
    const { chunks } = await archiveOf(layers, diffId);
    const all = chunks[Symbol.asyncIterator]();
    while ((await all.next()).done !== true);
    return true;
  } catch {
    return false;
  }
}

async function* hashed(
  source: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

async function* checked(source: AsyncIterable<Buffer>, size: number, diffId: Digest): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let done = 0;
  let last: Buffer | undefined;
  for await (const chunk of source) {
    if (chunk.byteLength === 0) continue;
    hash.update(chunk);
    done += chunk.byteLength;
    if (done > size) throw damaged(diffId);
    if (done < size) yield chunk;
    else last = Buffer.from(chunk);
  }
  if (done !== size || fromHex(hash.digest('hex')) !== diffId) throw damaged(diffId);
  if (last) yield last;
}

function damaged(diffId: Digest): EngineError {
  return new EngineError(
    'internal',
    `the layer ${diffId} is damaged: what is on the disk is not what it was made from`,
  );
}
