import { readdirSync } from 'node:fs';
import type { LayerDraft } from '../layer/folders.ts';
import { digestPacked } from '../layer/pack.ts';
import type { Shell } from '../layer/shell.ts';
import { removeTree } from '../layer/tree.ts';
import type { ContainerConfig, ImageConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';
import { goConfig } from './inspect.ts';
import { EMPTY_LAYER, keepLayer, releaseLayers } from './layers.ts';
import { nanoTime } from './time.ts';

/** What a step of a build adds to the image before it. */
export interface Step {
  /** Undefined for the first step over `scratch`. */
  readonly parent: Digest | undefined;
  readonly platform: Pick<ImageConfig, 'os' | 'architecture' | 'variant'>;
  /** A folder in overlay form; it is moved, and gone afterwards. Absent for a step that changes no file. */
  readonly layer?: string;
  readonly config: ContainerConfig;
  /** Its command tells what the step does. */
  readonly containerConfig: ContainerConfig;
  readonly containerId?: string;
  readonly author?: string;
  /** Told where the files of `layer` are from now on. */
  readonly placed?: (folder: string) => void;
}

/** A layer that is finished but has no image yet. */
export interface DigestedLayer {
  readonly folder: string;
  readonly diffId: Digest;
  /** Bytes. */
  readonly size: number;
}

export async function digestLayer(folder: string, shell: Shell): Promise<DigestedLayer> {
  // Most steps change no file: such a layer needs no look at attributes.
  if (readdirSync(folder).length === 0) return { folder, diffId: EMPTY_LAYER, size: 0 };
  const { digest: diffId, size } = await digestPacked(folder, shell);
  return { folder, diffId, size };
}

/** The image that `parent` becomes by the step. On failure its layer is gone, too. */
export async function addStep(
  context: ImageContext,
  step: Step,
  layer: DigestedLayer | undefined,
): Promise<Digest> {
  const { store } = context;
  const parent = step.parent === undefined ? undefined : await store.config(step.parent);
  const isEmpty = layer === undefined || layer.diffId === EMPTY_LAYER;
  const config = childConfig(parent, step, isEmpty ? undefined : layer.diffId, context.engineVersion);
  const bytes = Buffer.from(JSON.stringify(config));
  const record = step.parent === undefined ? {} : { parent: step.parent };
  if (isEmpty) {
    if (layer) await removeTree(layer.folder);
    return store.add(bytes, record);
  }
  const { folder, diffId, size } = layer;
  try {
    const edit = await keepLayer(context, { draft: draftOf(folder), diffId, size });
    step.placed?.(context.layers.get(diffId));
    return await store.add(bytes, record, edit);
  } catch (error) {
    await removeTree(folder);
    await releaseLayers(context, [diffId]);
    throw error;
  }
}

/** Docker sorts the keys, so that the same configuration is always the same bytes. */
function childConfig(
  parent: ImageConfig | undefined,
  { platform, config, containerConfig, containerId, author = '' }: Step,
  layer: Digest | undefined,
  version: string,
): ImageConfig {
  const created = nanoTime();
  const { os, architecture, variant } = parent ?? platform;
  const byAuthor = author === '' ? {} : { author };
  return {
    architecture,
    ...byAuthor,
    config: goConfig(config),
    ...(containerId !== undefined && { container: containerId }),
    container_config: goConfig(containerConfig),
    created,
    docker_version: version,
    history: [
      ...(parent?.history ?? []),
      {
        created,
        ...byAuthor,
        created_by: (containerConfig.Cmd ?? []).join(' '),
        ...(layer === undefined && { empty_layer: true }),
      },
    ],
    os,
    rootfs: {
      type: 'layers',
      diff_ids: [...(parent?.rootfs.diff_ids ?? []), ...(layer === undefined ? [] : [layer])],
    },
    ...(variant !== undefined && variant !== '' && { variant }),
  };
}

/** Steps make layers of their own: none came as an archive. */
function draftOf(folder: string): LayerDraft {
  return { folder, record: `${folder}.record` };
}
