import { closeSync, openSync, readSync } from 'node:fs';
import type { LayerArchive } from '../../layer/archived.ts';
import { decompress } from '../../layer/decompress.ts';
import { BLOCK } from '../../layer/tar-header.ts';
import type { Digest } from '../../oci/digest.ts';
import type { CatalogLayer } from '../catalog.ts';
import type { ImageContext } from '../context.ts';

/** The archive of a layer of the catalog, which keeps it compressed; undefined when it does not. */
export async function catalogArchive(
  context: ImageContext,
  diffId: Digest,
): Promise<LayerArchive | undefined> {
  const layer = await context.catalog.layerBlob(diffId);
  if (!layer) return undefined;
  const size = gzipSize(layer) ?? (await count(layer));
  return { size, chunks: decompress(layer.open()) };
}

const MAGIC = [0x1f, 0x8b];
const SIZE_BYTES = 4;
const SIZE_LIMIT = 2 ** 32;

/**
 * What gzip notes at its end (RFC 1952, ISIZE), where it can be what it should: of several parts one after another it
 * would be that of the last one.
 */
function gzipSize({ file, descriptor }: CatalogLayer): number | undefined {
  const opened = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(SIZE_BYTES);
    readSync(opened, bytes, 0, MAGIC.length, 0);
    if (bytes[0] !== MAGIC[0] || bytes[1] !== MAGIC[1] || descriptor.size > SIZE_LIMIT / 16) return undefined;
    readSync(opened, bytes, 0, SIZE_BYTES, descriptor.size - SIZE_BYTES);
    const size = bytes.readUInt32LE();
    return size % BLOCK === 0 && size > descriptor.size ? size : undefined;
  } finally {
    closeSync(opened);
  }
}

async function count(layer: CatalogLayer): Promise<number> {
  let size = 0;
  for await (const chunk of decompress(layer.open())) size += chunk.byteLength;
  return size;
}
