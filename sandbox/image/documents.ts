import type { Digest } from '../oci/digest.ts';
import { parseIndex, parseManifest } from '../oci/manifest.ts';
import { familiarReference, parseReference } from '../oci/reference.ts';
import type { ImageContext } from './context.ts';

/** A manifest or an index that leads to an image. */
export interface ImageDocument {
  readonly kind: 'index' | 'manifest';
  readonly digest: Digest;
  /** The names by which a registry has it, such as `debian@sha256:…`; none for a manifest that an index leads to. */
  readonly names: readonly string[];
  /** As it is stored, to the last byte: its digest is that of this text. */
  readonly text: string;
}

/**
 * What registries have of an image beside its configuration and layers, as far as it was pulled or pushed here: an index
 * before the manifest that it leads to. Empty for an image that has never travelled.
 */
export async function documentsOf(context: ImageContext, id: Digest): Promise<ImageDocument[]> {
  const names = new Map<Digest, string[]>();
  for (const reference of context.store.referencesOf(id)) {
    const parsed = parseReference(reference);
    if (parsed.digest === undefined) continue;
    names.set(parsed.digest, [...(names.get(parsed.digest) ?? []), familiarReference(parsed)]);
  }
  const documents = new Map<Digest, ImageDocument>();
  for (const [digest, own] of names) {
    for (const document of await chainFrom(context, digest, id)) {
      const { digest: at } = document;
      if (!documents.has(at)) documents.set(at, { ...document, names: at === digest ? own : [] });
    }
  }
  return [...documents.values()];
}

type Found = Omit<ImageDocument, 'names'>;

/** The document of that digest, and the manifest of `id` that it leads to; what is not kept here is left out. */
async function chainFrom(context: ImageContext, digest: Digest, id: Digest): Promise<Found[]> {
  const bytes = await read(context, digest);
  if (!bytes) return [];
  const text = bytes.toString('utf8');
  if (isManifest(bytes)) return [{ kind: 'manifest', digest, text }];
  const found: Found[] = [{ kind: 'index', digest, text }];
  for (const each of parseIndex(bytes).manifests) {
    const below = await read(context, each.digest);
    if (below && isManifest(below) && parseManifest(below).config.digest === id)
      found.push({ kind: 'manifest', digest: each.digest, text: below.toString('utf8') });
  }
  return found;
}

function isManifest(bytes: Buffer): boolean {
  try {
    parseManifest(bytes);
    return true;
  } catch {
    return false;
  }
}

/** From the machine's own disk, or the catalog of the host. */
async function read({ content, catalog }: ImageContext, digest: Digest): Promise<Buffer | undefined> {
  const own = await content.readAll(digest).catch(() => undefined);
  return own ?? catalog.blob(digest).catch(() => undefined);
}
