import { unpackLayer } from '../../layer/archived.ts';
import { decompress } from '../../layer/decompress.ts';
import { sizeOf } from '../../layer/tree.ts';
import type { ContainerConfig, ImageConfig } from '../../oci/config.ts';
import type { Platform } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Reference } from '../../oci/reference.ts';
import type { ImageContext } from '../context.ts';
import { emitImage } from '../emit.ts';
import { goConfig } from '../inspect.ts';
import { keepLayer, releaseLayers } from '../layers.ts';
import { OWN_PLATFORM } from '../platform.ts';
import { tag } from '../tag.ts';
import { nanoTime } from '../time.ts';
import { goJson } from './json.ts';
import { unpackingFailed } from './words.ts';

export interface ImportOptions {
  readonly config: ContainerConfig;
  readonly message: string;
  readonly os: string;
  readonly architecture?: Platform['architecture'];
  readonly reference?: Reference;
  readonly signal: AbortSignal;
  /** Runs work that changes images, one after another. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/** An image of one layer, which is the tree of files in the archive, compressed or not. Returns its id. */
export async function importImage(
  context: ImageContext,
  source: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<Digest> {
  const layer = await unpackLayer(context.layers, decompress(source), options).catch((error: unknown) => {
    throw unpackingFailed(error);
  });
  try {
    return await options.inTurn(async () => {
      const { diffId, draft } = layer;
      const release = context.store.hold([diffId]);
      let added = false;
      try {
        const edit = await keepLayer(context, { draft, diffId, size: await sizeOf(draft.folder) });
        const id = await context.store.add(configOf(context, options, diffId), {}, edit);
        added = true;
        if (options.reference) await tag(context, id, options.reference);
        await emitImage(context, id, id, 'import');
        return id;
      } finally {
        release();
        if (!added) await releaseLayers(context, [diffId]);
      }
    });
  } finally {
    await layer.discard();
  }
}

function configOf(
  { engineVersion }: ImageContext,
  { config, message, os, architecture }: ImportOptions,
  diffId: Digest,
): Buffer {
  const created = nanoTime();
  const image: ImageConfig = {
    architecture: architecture ?? OWN_PLATFORM.architecture,
    comment: message,
    config: goConfig(config),
    container_config: goConfig({}),
    created,
    docker_version: engineVersion,
    history: [{ created, comment: message }],
    os,
    rootfs: { type: 'layers', diff_ids: [diffId] },
  };
  return Buffer.from(goJson(image));
}
