import { digestPacked } from '../layer/pack.ts';
import { run } from '../layer/run.ts';
import { removeTree } from '../layer/tree.ts';
import type { ImageConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import { parseReference } from '../oci/reference.ts';
import type { ImageContext } from './context.ts';
import type { CommitOptions } from './images.ts';
import { goConfig } from './inspect.ts';
import { EMPTY_LAYER, draftLayer, keepLayer, releaseLayers } from './layers.ts';
import type { Edit } from './store.ts';
import { tag } from './tag.ts';
import { nanoTime } from './time.ts';

/**
 * A new image: the container's image, and what the container changed as one more layer. The layer is copied first and
 * digested from the copy, so that it is what its digest says even while the container goes on writing.
 */
export async function commit(context: ImageContext, options: CommitOptions): Promise<Digest> {
  const { store } = context;
  if (!store.has(options.parent)) {
    throw new EngineError(
      'not-found',
      `No such image: ${options.parent}: the container's image has been removed`,
    );
  }
  const parent = await store.config(options.parent);
  const layer = await freeze(context, options.snapshot);
  try {
    const config = childOf(parent, layer.diffId, options, context.engineVersion);
    const record = { parent: options.parent };
    const id = await store.add(Buffer.from(JSON.stringify(sorted(config))), record, layer.edit);
    if (options.reference !== undefined) await tag(context, id, parseReference(options.reference));
    return id;
  } catch (error) {
    await releaseLayers(context, [layer.diffId]);
    throw error;
  }
}

interface Frozen {
  readonly diffId: Digest;
  /** Of the names, for the layer that is new. */
  readonly edit: Edit;
}

/** Stores the writable layer as it is now. */
async function freeze(context: ImageContext, snapshot: string): Promise<Frozen> {
  const draft = draftLayer(context);
  try {
    await run(['cp', '-a', '--', `${context.snapshots.upper(snapshot)}/.`, draft]);
    const { digest: diffId, size } = await digestPacked(draft);
    if (diffId === EMPTY_LAYER) return { diffId, edit: (names) => names };
    return { diffId, edit: await keepLayer(context, { draft, diffId, size }) };
  } finally {
    await removeTree(draft);
  }
}

function childOf(parent: ImageConfig, layer: Digest, options: CommitOptions, version: string): ImageConfig {
  const created = nanoTime();
  const isEmpty = layer === EMPTY_LAYER;
  const { author, comment, containerConfig } = options;
  return {
    architecture: parent.architecture,
    ...(parent.variant !== undefined && { variant: parent.variant }),
    ...(author !== undefined && author !== '' && { author }),
    config: goConfig(options.config),
    container: options.containerId,
    container_config: goConfig(containerConfig),
    created,
    docker_version: version,
    history: [
      ...(parent.history ?? []),
      {
        created,
        ...(author !== undefined && author !== '' && { author }),
        created_by: (containerConfig.Cmd ?? []).join(' '),
        ...(comment !== undefined && comment !== '' && { comment }),
        ...(isEmpty && { empty_layer: true }),
      },
    ],
    os: parent.os,
    rootfs: { type: 'layers', diff_ids: [...parent.rootfs.diff_ids, ...(isEmpty ? [] : [layer])] },
  };
}

/** Docker sorts the keys, so that the same configuration is always the same bytes. */
function sorted(config: ImageConfig): object {
  return Object.fromEntries(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)));
}
