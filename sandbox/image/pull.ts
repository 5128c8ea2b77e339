import type { Content } from '../content/content.ts';
import type { LayerFolders } from '../layer/folders.ts';
import type { ImageConfig } from '../oci/config.ts';
import type { Descriptor, Platform } from '../oci/descriptor.ts';
import { isIndex } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { shortId } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { Manifest } from '../oci/manifest.ts';
import { parseImageConfig, parseIndex, parseManifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import {
  familiarName,
  familiarReference,
  fullName,
  fullReference,
  parseReference,
  withDefaultTag,
  withDigest,
} from '../oci/reference.ts';
import type { Catalog, CatalogEntry } from './catalog.ts';
import type { Emit } from './images.ts';
import { OWN_PLATFORM, platformMatches, showPlatform } from './platform.ts';
import type { Progress } from './progress.ts';
import type { ImageStore } from './store.ts';

export interface PullOptions {
  /** With neither tag nor digest: every tag of the repository. */
  readonly reference: Reference;
  readonly platform?: Platform;
}

export interface PullContext {
  readonly catalog: Catalog;
  readonly content: Content;
  readonly store: ImageStore;
  readonly layers: LayerFolders;
  readonly emit: Emit;
}

/**
 * Records an image of the catalog in the session's store, and tells what a pull from a registry tells. Layers are used
 * where they lie. Throws before the first line when there is no such image.
 */
export async function* pull(context: PullContext, options: PullOptions): AsyncGenerator<Progress> {
  const { reference, platform } = options;
  const entries = find(context.catalog, reference);
  let changed = false;
  let last: ImageConfig | undefined;
  for (const entry of entries) {
    const pulled = yield* pullOne(context, entry, targetOf(reference, entry), platform);
    changed ||= pulled.changed;
    last = pulled.config;
  }
  const what = familiarReference(reference);
  yield { status: `Status: ${changed ? 'Downloaded newer image' : 'Image is up to date'} for ${what}` };
  if (last) yield* warnOf(last, platform, reference);
  const name = familiarName(reference);
  context.emit({ Type: 'image', Action: 'pull', Actor: { ID: what, Attributes: { name } } });
}

function find(catalog: Catalog, reference: Reference): CatalogEntry[] {
  const all = catalog.ofRepository(reference);
  if (all.length === 0) {
    throw new EngineError(
      'not-found',
      `pull access denied for ${familiarName(reference)}, repository does not exist or may require ` +
        `'docker login': denied: requested access to the resource is denied`,
    );
  }
  if (reference.tag === undefined && reference.digest === undefined) return all;
  const found = catalog.find(reference);
  if (found) return [found];
  throw new EngineError(
    'not-found',
    `manifest for ${familiarReference(reference)} not found: manifest unknown: manifest unknown`,
  );
}

/** Without a tag, the reference of the entry itself. */
function targetOf(reference: Reference, entry: CatalogEntry): Reference {
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  return parseReference(entry.reference);
}

async function* pullOne(
  context: PullContext,
  entry: CatalogEntry,
  target: Reference,
  platform: Platform | undefined,
): AsyncGenerator<Progress, { changed: boolean; config: ImageConfig }> {
  const { catalog, store } = context;
  const descriptor = isIndex(entry.descriptor)
    ? await choose(catalog, entry.descriptor, platform)
    : entry.descriptor;
  const manifest = parseManifest(await catalog.blob(descriptor.digest));
  const id = manifest.config.digest;
  const config = parseImageConfig(await catalog.blob(id));
  const diffIds = layersOnHost(context, config, target);

  yield {
    status: `Pulling from ${target.path}`,
    id: target.digest === undefined ? (target.tag ?? '') : fullReference(target),
  };
  if (!store.has(id)) {
    yield* reportLayers(context, manifest, diffIds);
    await record(context, descriptor, id);
  }
  yield { status: `Digest: ${entry.descriptor.digest}` };
  return { changed: await name(store, target, entry.descriptor.digest, id), config };
}

async function choose(
  catalog: Catalog,
  index: Descriptor,
  platform: Platform | undefined,
): Promise<Descriptor> {
  const { manifests } = parseIndex(await catalog.blob(index.digest));
  const wanted = platform ?? OWN_PLATFORM;
  const found = manifests.find((each) => each.platform && platformMatches(each.platform, wanted));
  if (found) return found;
  throw new EngineError(
    'not-found',
    `no matching manifest for ${showPlatform(wanted)} in the manifest list entries`,
  );
}

/** The image's layers, all of which are there. */
function layersOnHost({ layers }: PullContext, config: ImageConfig, target: Reference): readonly Digest[] {
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.every((diffId) => layers.find(diffId) !== undefined)) return diffIds;
  throw new EngineError(
    'unavailable',
    `the layers of ${familiarReference(target)} are still being prepared on this host: try again in a moment`,
  );
}

/** An image that is of another platform than was asked for, and has no sibling, is taken all the same. */
function* warnOf(actual: Platform, wanted: Platform | undefined, target: Reference): Generator<Progress> {
  if (!wanted || platformMatches(actual, wanted)) return;
  yield {
    status:
      `WARNING: image with reference ${familiarName(target)} was found but does not match the specified platform: ` +
      `wanted ${showPlatform(wanted)}, actual: ${showPlatform(actual)}`,
  };
}

async function* reportLayers(
  { store }: PullContext,
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

async function record({ catalog, content, store }: PullContext, manifest: Descriptor, id: Digest) {
  await content.write(await catalog.blob(manifest.digest), manifest);
  await store.add(await catalog.blob(id));
}

/** Names the image by what was asked for, and by its manifest's digest. Returns whether that was news. */
async function name(store: ImageStore, target: Reference, manifest: Digest, id: Digest): Promise<boolean> {
  const key = fullReference(
    target.digest === undefined ? withDefaultTag(target) : withDigest(target, target.digest),
  );
  const pinned = `${fullName(target)}@${manifest}`;
  const { references } = store.names;
  const news = references.get(key) !== id;
  if (news || references.get(pinned) !== id) {
    await store.change((names) => ({
      ...names,
      references: new Map(names.references).set(key, id).set(pinned, id),
    }));
  }
  return news;
}
