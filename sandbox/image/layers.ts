import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { removeTree, sizeOf } from '../layer/tree.ts';
import type { Digest } from '../oci/digest.ts';
import { digestOf, fromHex, hexOf } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';

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

/** Removes those of `diffIds` that lie on the session's own disk and that nothing stands on any more. */
export async function releaseLayers(context: ImageContext, diffIds: readonly Digest[]): Promise<void> {
  const candidates = diffIds.filter((diffId) => existsSync(path.join(context.layers.own, hexOf(diffId))));
  if (candidates.length === 0) return;
  const used = await layersInUse(context);
  const gone = candidates.filter((diffId) => !used.has(diffId));
  for (const diffId of gone) await removeTree(path.join(context.layers.own, hexOf(diffId)));
}

/** Removes what a killed engine left on the way: layers and blobs of no image, and images that cannot be read. */
export async function sweep(context: ImageContext): Promise<void> {
  const { layers, store, content } = context;
  for (const id of store.ids()) await store.summary(id).catch(async () => store.drop(id));
  const folders = existsSync(layers.own) ? readdirSync(layers.own) : [];
  const drafts = folders.filter((name) => !/^[0-9a-f]{64}$/.test(name));
  for (const name of drafts) await removeTree(path.join(layers.own, name));
  await releaseLayers(context, folders.filter((name) => !drafts.includes(name)).map(fromHex));
  const known = new Set<string>(store.ids());
  for (const reference of store.names.references.keys()) known.add(reference.split('@')[1] ?? '');
  for (const digest of await content.list()) if (!known.has(digest)) await content.delete(digest);
}

async function layersInUse({ store, snapshots }: ImageContext): Promise<Set<Digest>> {
  const used = new Set(snapshots.stacks().flat());
  for (const id of store.ids()) for (const diffId of (await store.summary(id)).diffIds) used.add(diffId);
  return used;
}
