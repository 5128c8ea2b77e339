import type { ImageConfig } from '../oci/config.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isIndex } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { shortId } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { Manifest } from '../oci/manifest.ts';
import { parseImageConfig, parseIndex, parseManifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import { familiarName, familiarReference, parseReference } from '../oci/reference.ts';
import { HUB, OUT_OF_REACH } from '../registry/client/hub.ts';
import type { CatalogEntry } from './catalog.ts';
import type { ImageContext } from './context.ts';
import type { Progress } from './progress.ts';
import type { Pulled, PullOptions } from './pull.ts';
import { choose, nameIt, pullingFrom } from './pull.ts';
import type { ImageStore } from './store.ts';

/**
 * What the catalog has under that name; undefined for a name that is to be looked for elsewhere. Throws when it is the
 * hub's, and there is no way to the hub.
 */
export function catalogEntries(
  { catalog, remote }: ImageContext,
  reference: Reference,
): CatalogEntry[] | undefined {
  if (reference.domain !== HUB) return undefined;
  const all = catalog.ofRepository(reference);
  const whole = reference.tag === undefined && reference.digest === undefined;
  const entry = whole ? undefined : catalog.find(reference);
  if (entry) return [entry];
  if (whole && all.length > 0) return all;
  if (remote.hasHub) return undefined;
  throw all.length > 0 ? unknownTag(reference) : outOfReach(reference);
}

function unknownTag(reference: Reference): EngineError {
  return new EngineError(
    'not-found',
    `manifest for ${familiarReference(reference)} not found: manifest unknown: manifest unknown`,
  );
}

/** Docker's words, and what they mean here. */
function outOfReach(reference: Reference): EngineError {
  return new EngineError(
    'not-found',
    `pull access denied for ${familiarName(reference)}, repository does not exist or may require ` +
      `'docker login': denied: requested access to the resource is denied\n${OUT_OF_REACH}`,
  );
}

/** Records an image of the catalog in the store, and tells what a pull from a registry tells. */
export async function* pullFromCatalog(
  context: ImageContext,
  entry: CatalogEntry,
  { reference, platform }: PullOptions,
): AsyncGenerator<Progress, Pulled> {
  const { catalog, store } = context;
  const target = targetOf(reference, entry);
  const descriptor = isIndex(entry.descriptor)
    ? choose(parseIndex(await catalog.blob(entry.descriptor.digest)).manifests, platform)
    : entry.descriptor;
  const manifest = parseManifest(await catalog.blob(descriptor.digest));
  const id = manifest.config.digest;
  const config = parseImageConfig(await catalog.blob(id));
  const diffIds = layersOnHost(context, config, target);

  yield pullingFrom(target);
  if (!store.has(id)) {
    yield* reportLayers(context, manifest, diffIds);
    await record(context, descriptor, id);
  }
  yield { status: `Digest: ${entry.descriptor.digest}` };
  return { changed: await nameIt(store, target, entry.descriptor.digest, id), config };
}

/** Without a tag, the reference of the entry itself. */
function targetOf(reference: Reference, entry: CatalogEntry): Reference {
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  return parseReference(entry.reference);
}

/** The image's layers, all of which are there. */
function layersOnHost({ layers }: ImageContext, config: ImageConfig, target: Reference): readonly Digest[] {
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.every((diffId) => layers.find(diffId) !== undefined)) return diffIds;
  throw new EngineError(
    'unavailable',
    `the layers of ${familiarReference(target)} are still being prepared on this host: try again in a moment`,
  );
}

async function* reportLayers(
  { store }: ImageContext,
  manifest: Manifest,
  diffIds: readonly Digest[],
): AsyncGenerator<Progress> {
  const present = await layersOf(store);
  const rows = manifest.layers.map((layer, i) => {
    const diffId = diffIds[i];
    return { layer, id: shortId(layer.digest), there: diffId !== undefined && present.has(diffId) };
  });
  for (const { id, there } of rows) {
    yield there ? { status: 'Already exists', id } : { status: 'Pulling fs layer', progressDetail: {}, id };
  }
  for (const { layer, id, there } of rows) {
    if (there) continue;
    const progressDetail = { current: layer.size, total: layer.size };
    yield { status: 'Downloading', progressDetail, id };
    yield { status: 'Download complete', progressDetail: {}, id };
    yield { status: 'Extracting', progressDetail, id };
    yield { status: 'Pull complete', progressDetail: {}, id };
  }
}

async function layersOf(store: ImageStore): Promise<Set<Digest>> {
  const found = new Set<Digest>();
  for (const id of store.ids()) {
    for (const diffId of (await store.summary(id)).diffIds) found.add(diffId);
  }
  return found;
}

async function record({ catalog, content, store }: ImageContext, manifest: Descriptor, id: Digest) {
  await content.write(await catalog.blob(manifest.digest), manifest);
  await store.add(await catalog.blob(id));
}
