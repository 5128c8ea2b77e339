import type { Digest } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';
import { chainIds, layerSizes } from './layers.ts';
import { familiarNames } from './list.ts';
import { unixSeconds } from './time.ts';

/** An image as one meets it: with a name, or used, or the end of what was built. Steps on the way are left out. */
export interface ShownImage {
  readonly id: Digest;
  /** The nearest of the shown images that it was made from; empty when there is none. */
  readonly parent: string;
  readonly tags: readonly string[];
  /** `name@digest`: where a registry is known to have it. */
  readonly digests: readonly string[];
  /** Seconds. */
  readonly created: number;
}

/** What an image is made of. It never changes: the id is the digest of the configuration. */
export interface Stack {
  readonly id: Digest;
  /** The container that it was committed from; empty when there was none. */
  readonly container: string;
  /** Base first. */
  readonly layers: readonly StackLayer[];
}

export interface StackLayer {
  /** Names the layer together with all below it. */
  readonly chainId: Digest;
  readonly diffId: Digest;
  /** Bytes of its files. */
  readonly size: number;
  /** As the history says it, cut at `CREATED_BY_MAX`. */
  readonly createdBy: string;
}

const CREATED_BY_MAX = 200;

/** The shown images, newest first: no more than `max`, and how many there are. */
export async function shownImages(
  context: ImageContext,
  max: number,
): Promise<{ images: ShownImage[]; total: number }> {
  const { store } = context;
  const used = new Set(context.uses().map(({ image }) => image));
  const isShown = (id: Digest) =>
    used.has(id) || store.referencesOf(id).length > 0 || store.childrenOf(id).length === 0;
  const found: ShownImage[] = [];
  for (const id of store.ids()) {
    if (!isShown(id)) continue;
    const { tags, digests } = familiarNames(context, id);
    const { created } = await store.summary(id);
    found.push({ id, parent: parentOf(context, id, isShown), tags, digests, created: unixSeconds(created) });
  }
  found.sort((a, b) => b.created - a.created || (a.id < b.id ? -1 : 1));
  return { images: found.slice(0, max), total: found.length };
}

function parentOf({ store }: ImageContext, id: Digest, isShown: (id: Digest) => boolean): string {
  let parent = store.record(id).parent;
  while (parent !== undefined && store.has(parent) && !isShown(parent)) parent = store.record(parent).parent;
  return parent !== undefined && store.has(parent) ? parent : '';
}

/** Those of `ids` that are there. */
export async function stacksOf(context: ImageContext, ids: readonly string[]): Promise<Stack[]> {
  const known = ids.filter((id): id is Digest => context.store.has(id as Digest));
  const stacks: Stack[] = [];
  for (const id of known) stacks.push(await stackOf(context, id));
  return stacks;
}

async function stackOf(context: ImageContext, id: Digest): Promise<Stack> {
  const { rootfs, history = [], ...config } = await context.store.config(id);
  const sizes = await layerSizes(context, rootfs.diff_ids);
  const chain = chainIds(rootfs.diff_ids);
  const steps = history.filter(({ empty_layer: isEmpty }) => isEmpty !== true);
  const layers = rootfs.diff_ids.map((diffId, i) => ({
    chainId: chain[i] ?? diffId,
    diffId,
    size: sizes[i] ?? 0,
    createdBy: (steps[i]?.created_by ?? '').slice(0, CREATED_BY_MAX),
  }));
  return { id, container: config.container ?? '', layers };
}
