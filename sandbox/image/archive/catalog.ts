import { decompress } from '../../layer/decompress.ts';
import type { LayerArchive } from '../../layer/archived.ts';
import type { Digest } from '../../oci/digest.ts';
import type { ImageContext } from '../context.ts';

/** The archive of a layer of the catalog, which keeps it compressed; undefined when it does not. */
export async function catalogArchive(
  context: ImageContext,
  diffId: Digest,
): Promise<LayerArchive | undefined> {
  const layer = await context.catalog.layerBlob(diffId);
  if (!layer) return undefined;
  let size = sizes.get(diffId);
  if (size === undefined) {
    size = 0;
    for await (const chunk of decompress(layer.open())) size += chunk.byteLength;
    sizes.set(diffId, size);
  }
  return { size, chunks: decompress(layer.open()) };
}

/** Bytes of the archives: only reading them whole tells. */
const sizes = new Map<Digest, number>();
