import { archiveOf } from '../../layer/archived.ts';
import type { LayerArchive } from '../../layer/archived.ts';
import { TAR_END, TAR_TYPES, encodeHeader, paddingOf } from '../../layer/tar-header.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { MEDIA_TYPES } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { digestOf, hexOf } from '../../oci/digest.ts';
import { EngineError } from '../../oci/errors.ts';
import { familiarName, parseReference } from '../../oci/reference.ts';
import type { ImageContext } from '../context.ts';
import { emitImage } from '../emit.ts';
import { unixSeconds } from '../time.ts';
import { catalogArchive } from './catalog.ts';
import { goJson } from './json.ts';
import type { Selected } from './select.ts';
import { select, shownReferences } from './select.ts';

/**
 * Images as one archive that is two things at once, as Docker writes it since its version 25: Docker's own form
 * (`manifest.json`, `repositories`), and an OCI image layout. Both mean the same blobs, layers not compressed. What
 * tells about layers comes before them, so that a reader need not keep what it does not want.
 *
 * Throws before the first chunk for what is not there; later only when a layer is damaged, in the place of its end.
 * A chunk is good until the next one is asked for.
 */
export async function save(context: ImageContext, names: readonly string[]): Promise<AsyncGenerator<Buffer>> {
  return write(context, await makePlan(context, select(context.store, names)));
}

interface SavedImage {
  readonly selected: Selected;
  readonly config: Buffer;
  readonly diffIds: readonly Digest[];
  readonly manifest: Buffer;
  /** Seconds since 1970. */
  readonly created: number;
  readonly parent: Digest | undefined;
}

interface Plan {
  readonly images: readonly SavedImage[];
  /** Each once, in the order in which images need them. */
  readonly layers: ReadonlyMap<Digest, { readonly archive: LayerArchive; readonly created: number }>;
}

async function makePlan(context: ImageContext, chosen: readonly Selected[]): Promise<Plan> {
  const images: SavedImage[] = [];
  const layers = new Map<Digest, { archive: LayerArchive; created: number }>();
  for (const selected of chosen) {
    const config = await context.content.readAll(selected.id);
    const parsed = await context.store.config(selected.id);
    const diffIds = parsed.rootfs.diff_ids;
    if (diffIds.length === 0) throw new EngineError('internal', 'empty export - not implemented');
    const created = Math.max(unixSeconds(parsed.created), 0);
    for (const diffId of diffIds) {
      if (layers.has(diffId)) continue;
      const archive = await archiveOf(context.layers, diffId, (each) => catalogArchive(context, each));
      layers.set(diffId, { archive, created });
    }
    const manifest = manifestOf(
      selected.id,
      config,
      diffIds.map((each) => describe(each, layers)),
    );
    const { parent } = context.store.record(selected.id);
    images.push({ selected, config, diffIds, manifest, created, parent });
  }
  return { images, layers };
}

function describe(diffId: Digest, layers: Plan['layers']): Descriptor {
  return { mediaType: MEDIA_TYPES.ociLayer, digest: diffId, size: layers.get(diffId)?.archive.size ?? 0 };
}

function manifestOf(id: Digest, config: Buffer, layers: readonly Descriptor[]): Buffer {
  const mediaType = MEDIA_TYPES.ociManifest;
  const described = { mediaType: MEDIA_TYPES.ociConfig, digest: id, size: config.byteLength };
  return Buffer.from(goJson({ schemaVersion: 2, mediaType, config: described, layers }));
}

async function* write(context: ImageContext, { images, layers }: Plan): AsyncGenerator<Buffer> {
  const release = context.store.hold([...layers.keys()]);
  try {
    yield* text('oci-layout', '{"imageLayoutVersion":"1.0.0"}');
    yield* text('index.json', goJson(indexOf(images)));
    yield* text('manifest.json', `${goJson(images.length > 0 ? dockerManifest(images, layers) : null)}\n`);
    const repositories = repositoriesOf(images);
    if (Object.keys(repositories).length > 0) yield* text('repositories', `${goJson(repositories)}\n`);
    const [first] = images;
    if (first) for (const name of ['blobs/', 'blobs/sha256/']) yield header(name, 0, first.created);
    for (const { selected, config, manifest, created } of images) {
      yield* file(blobName(digestOf(manifest)), manifest, created);
      yield* file(blobName(selected.id), config, created);
    }
    for (const [diffId, { archive, created }] of layers) {
      yield header(blobName(diffId), archive.size, created);
      yield* archive.chunks;
      yield Buffer.alloc(paddingOf(archive.size));
    }
    for (const { selected } of images) await emitImage(context, selected.id, selected.id, 'save');
    yield TAR_END;
  } finally {
    release();
  }
}

/** Docker's own description: `Parent` tells which of the images one was made from. */
function dockerManifest(images: readonly SavedImage[], layers: Plan['layers']): object[] {
  const ids = new Set(images.map(({ selected }) => selected.id));
  return images.map(({ selected, diffIds, parent }) => ({
    Config: blobName(selected.id),
    RepoTags: selected.references.length > 0 ? shownReferences(selected) : null,
    Layers: diffIds.map(blobName),
    ...(parent !== undefined && ids.has(parent) && { Parent: parent }),
    LayerSources: Object.fromEntries(diffIds.map((diffId) => [diffId, describe(diffId, layers)])),
  }));
}

/** One line for each name; an image without one has a line of its own. */
function indexOf(images: readonly SavedImage[]): object {
  const manifests = images.flatMap(({ selected, manifest }) => {
    const described = {
      mediaType: MEDIA_TYPES.ociManifest,
      digest: digestOf(manifest),
      size: manifest.byteLength,
    };
    if (selected.references.length === 0) return [described];
    return selected.references.map((reference) => ({
      ...described,
      annotations: {
        'io.containerd.image.name': reference,
        'org.opencontainers.image.ref.name': parseReference(reference).tag,
      },
    }));
  });
  return { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
}

/** For readers from before `manifest.json`: names to the top layer. */
function repositoriesOf(images: readonly SavedImage[]): Record<string, Record<string, string>> {
  const repositories: Record<string, Record<string, string>> = {};
  for (const { selected, diffIds } of images) {
    const top = diffIds.at(-1);
    for (const each of selected.references) {
      const reference = parseReference(each);
      if (top === undefined || reference.tag === undefined) continue;
      (repositories[familiarName(reference)] ??= {})[reference.tag] = hexOf(top);
    }
  }
  return repositories;
}

function blobName(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

function text(name: string, content: string): Generator<Buffer> {
  return file(name, Buffer.from(content), 0);
}

function* file(name: string, content: Buffer, mtime: number): Generator<Buffer> {
  yield header(name, content.byteLength, mtime);
  yield content;
  yield Buffer.alloc(paddingOf(content.byteLength));
}

function header(path: string, size: number, mtime: number): Buffer {
  const isFolder = path.endsWith('/');
  return encodeHeader({
    path,
    type: isFolder ? TAR_TYPES.folder : TAR_TYPES.file,
    mode: isFolder ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size,
    mtime,
  });
}
