import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { removeTree, sizeOf } from '../layer/tree.ts';
import type { Digest } from '../oci/digest.ts';
import { digestOf, hexOf } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';
import type { Names } from './names.ts';
import { withLayer, withoutUnsettled } from './names.ts';
import { bootId } from './settling.ts';
import type { Edit } from './store.ts';

/** The SHA-256 of a tar without entries: such a layer is left out of an image. */
export const EMPTY_LAYER =
  'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef' as Digest;

/** Names each layer together with all below it (image-spec, config.md, "Layer ChainID"); base first. */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`));
  }
  return chain;
}

/** Bytes of each layer, base first, as Docker counts them. A layer that is not there counts nothing. */
export async function layerSizes(context: ImageContext, diffIds: readonly Digest[]): Promise<number[]> {
  const { store, layers } = context;
  const found = new Map<Digest, number>();
  for (const diffId of diffIds) {
    if (store.names.sizes.has(diffId)) continue;
    const folder = layers.find(diffId);
    if (folder !== undefined) found.set(diffId, await sizeOf(folder));
  }
  if (found.size > 0) {
    await store.change((names) => ({ ...names, sizes: new Map([...names.sizes, ...found]) }));
  }
  return diffIds.map((diffId) => store.names.sizes.get(diffId) ?? 0);
}

/** The chain ids that images and containers stand on. */
export async function chainsInUse({ store, snapshots }: ImageContext): Promise<Set<Digest>> {
  const stacks = [...snapshots.stacks()];
  for (const id of store.ids()) stacks.push((await store.summary(id)).diffIds);
  return new Set(stacks.flatMap(chainIds));
}

/** An empty folder to put a layer together in; what a killed engine leaves of it is swept. */
export function draftLayer({ layers }: Pick<ImageContext, 'layers'>): string {
  const draft = path.join(layers.own, `draft-${randomBytes(8).toString('hex')}`);
  mkdirSync(draft, { recursive: true });
  return draft;
}

/**
 * Moves the finished folder `draft` to its place as the layer `diffId`, unless that is there already. Nothing has the
 * layer yet: the caller adds what this returns to the change that adds the image (see `ImageStore.add`), and has the
 * layer held until then.
 */
export async function keepLayer(
  { layers }: Pick<ImageContext, 'layers'>,
  { draft, diffId, size }: FinishedLayer,
): Promise<Edit> {
  const whole = typeof draft === 'string' ? { folder: draft } : draft;
  if (!(await layers.publish(whole, diffId))) return (names) => names;
  return (names) => withLayer(names, diffId, size, bootId());
}

export interface FinishedLayer {
  readonly draft: string | { readonly folder: string; readonly record?: string };
  readonly diffId: Digest;
  /** As `sizeOf` counts. */
  readonly size: number;
}

/** Removes those of `diffIds` that lie on the session's own disk and that nothing stands on any more. */
export async function releaseLayers(context: ImageContext, diffIds: readonly Digest[]): Promise<void> {
  const candidates = diffIds.filter((diffId) => existsSync(path.join(context.layers.own, hexOf(diffId))));
  if (candidates.length === 0) return;
  const gone = await unused(context, candidates);
  if (gone.size === 0) return;
  const folders = [...gone].map((diffId) => discard(context, diffId));
  await context.store.change((names) => forgetLayers(names, gone));
  for (const folder of folders) await removeTree(folder);
  for (const diffId of gone) await context.layers.removeRecord(diffId);
}

/** Takes the layer's name away at once: whoever wants it from now on makes it anew. */
function discard({ layers }: ImageContext, diffId: Digest): string {
  const folder = path.join(layers.own, `gone-${randomBytes(8).toString('hex')}`);
  renameSync(path.join(layers.own, hexOf(diffId)), folder);
  return folder;
}

function forgetLayers(names: Names, gone: ReadonlySet<Digest>): Names {
  const sizes = new Map([...names.sizes].filter(([diffId]) => !gone.has(diffId)));
  return withoutUnsettled({ ...names, sizes }, gone);
}

/** Those that nothing has. The latest images are asked first: most often one of them has what is asked for. */
async function unused(
  { store, snapshots }: ImageContext,
  candidates: readonly Digest[],
): Promise<Set<Digest>> {
  const left = new Set(candidates);
  const keep = (diffIds: readonly Digest[]): void => {
    for (const diffId of diffIds) left.delete(diffId);
  };
  keep(store.held());
  for (const stack of snapshots.stacks()) keep(stack);
  for (const id of store.ids().reverse()) {
    if (left.size === 0) break;
    keep((await store.summary(id)).diffIds);
  }
  return left;
}
