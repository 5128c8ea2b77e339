import type { Digest } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';
import { chainIds, layerSizes } from './layers.ts';
import type { ImageSummary } from './list.ts';
import { listWithSharing, sum } from './list.ts';

/** The images' part of `docker system df`. */
export interface ImageUsage {
  /** Bytes of all layers, each counted once. */
  readonly LayersSize: number;
  readonly Images: readonly ImageSummary[];
}

export async function diskUsage(context: ImageContext): Promise<ImageUsage> {
  const byChain = new Map<Digest, number>();
  for (const id of context.store.ids()) {
    const { diffIds } = await context.store.summary(id);
    const sizes = await layerSizes(context, diffIds);
    for (const [i, chainId] of chainIds(diffIds).entries()) byChain.set(chainId, sizes[i] ?? 0);
  }
  return { LayersSize: sum([...byChain.values()]), Images: await listWithSharing(context) };
}
