import { Readable } from 'node:stream';
import { unpackLayer } from '../../layer/archived.ts';
import { BLOCK } from '../../layer/tar-header.ts';
import { sizeOf } from '../../layer/tree.ts';
import type { ImageConfig } from '../../oci/config.ts';
import type { Digest } from '../../oci/digest.ts';
import { digestOf, shortId } from '../../oci/digest.ts';
import { EngineError } from '../../oci/errors.ts';
import { parseImageConfig } from '../../oci/manifest.ts';
import type { Reference } from '../../oci/reference.ts';
import { familiarReference, fullReference } from '../../oci/reference.ts';
import type { ImageContext } from '../context.ts';
import { emitImage } from '../emit.ts';
import { keepLayer, releaseLayers } from '../layers.ts';
import type { Edit } from '../store.ts';
import type { Arrival, Arrivals } from './arrivals.ts';
import { goTypeOf, parseJson } from './json.ts';
import type { LoadOptions } from './load.ts';
import type { ImportFolder } from './words.ts';
import { isSystem, unknownPlatform } from '../platform.ts';
import { unpackingFailed } from './words.ts';

/** An archive that has been read, and what its images are loaded with. */
export interface Loading extends LoadOptions {
  readonly context: ImageContext;
  readonly arrivals: Arrivals;
  readonly folder: ImportFolder;
}

/** Makes an image of its configuration and of the paths of its layers, base first. Returns its id. */
export async function addImage(
  { context, arrivals, folder, report, quiet, inTurn }: Loading,
  bytes: Buffer,
  layers: readonly string[],
  { asTold }: { readonly asTold?: string } = {},
): Promise<Digest> {
  const config = readConfig(bytes, layers.length);
  const diffIds = config.rootfs.diff_ids;
  return inTurn(async () => {
    const release = context.store.hold(diffIds);
    let added = false;
    try {
      const edits: Edit[] = [];
      for (const [i, diffId] of diffIds.entries()) {
        const name = layers[i] ?? '';
        folder.checkInside(name);
        if (context.layers.find(diffId) !== undefined) continue;
        const arrival = layerOf(arrivals.find(name), diffId, i, () => folder.missing(name));
        const { layer, size, told } = arrival ?? (await emptyLayer(context));
        edits.push(
          await keepLayer(context, { draft: layer.draft, diffId, size: await sizeOf(layer.draft.folder) }),
        );
        if (quiet || told) continue;
        report({
          status: 'Loading layer',
          progressDetail: { current: size, total: size },
          id: shortId(asTold ?? diffId),
        });
      }
      checkHistory(config);
      const id = await context.store.add(bytes, {}, (names) => edits.reduce((all, edit) => edit(all), names));
      added = true;
      return id;
    } finally {
      release();
      if (!added) await releaseLayers(context, diffIds);
    }
  });
}

/** Names an image, without the event that `docker tag` has, and tells when the name was another image's. */
export async function nameImage(
  { context, inTurn, print }: Loading,
  id: Digest,
  reference: Reference,
): Promise<void> {
  const key = fullReference(reference);
  await inTurn(async () => {
    const before = context.store.names.references.get(key);
    if (before !== undefined && before !== id) {
      const shown = familiarReference(reference);
      print(`The image ${shown} already exists, renaming the old one with ID ${before} to empty string\n`);
    }
    await context.store.change((names) => ({ ...names, references: new Map(names.references).set(key, id) }));
  });
}

export async function tellLoaded({ context }: Loading, id: Digest): Promise<void> {
  await emitImage(context, id, id, 'load');
}

/** The text at a path of the archive. */
export function textAt({ arrivals, folder }: Loading, name: string): Buffer {
  folder.checkInside(name);
  const arrival = arrivals.find(name);
  if (arrival?.kind === 'text') return arrival.bytes;
  if (arrival?.kind === 'broken') throw arrival.error;
  if (arrival?.kind === 'layer') {
    throw new EngineError('invalid', `invalid character '${arrival.first}' looking for beginning of value`);
  }
  if (arrival) throw new EngineError('invalid', `${name} of the archive is a layer`);
  throw arrivals.isFolder(name) ? folder.isDirectory(name) : folder.missing(name);
}

function readConfig(bytes: Buffer, layers: number): ImageConfig {
  const value = parseJson(bytes);
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    throw new EngineError(
      'invalid',
      `json: cannot unmarshal ${goTypeOf(value)} into Go value of type image.Image`,
    );
  }
  const { rootfs, os }: { readonly rootfs?: unknown; readonly os?: unknown } = { ...value };
  if (rootfs === undefined || rootfs === null) throw new EngineError('invalid', NO_ROOTFS);
  if (typeof rootfs !== 'object') {
    const found = `json: cannot unmarshal ${goTypeOf(rootfs)}`;
    throw new EngineError('invalid', `${found} into Go struct field Image.rootfs of type image.RootFS`);
  }
  checkSystem(os);
  const { diff_ids }: { readonly diff_ids?: unknown } = { ...rootfs };
  const count = Array.isArray(diff_ids) ? diff_ids.length : 0;
  if (count !== layers) {
    throw new EngineError(
      'invalid',
      `invalid manifest, layers length mismatch: expected ${layers}, got ${count}`,
    );
  }
  return parseImageConfig(bytes);
}

export function checkSystem(os: unknown): void {
  if (typeof os !== 'string' || os === '') return;
  if (os === 'windows') throw new EngineError('invalid', 'cannot load windows image on linux');
  if (!isSystem(os)) throw unknownPlatform(os);
}

const NO_ROOTFS = 'invalid image JSON, no RootFS key';

function checkHistory({ history, rootfs }: ImageConfig): void {
  const layers = (history ?? []).filter(({ empty_layer }) => empty_layer !== true).length;
  if (layers > rootfs.diff_ids.length) {
    throw new EngineError('invalid', 'too many non-empty layers in History section');
  }
}

/** A file of no bytes is an archive of no files. */
function diffIdOf(arrival: Exclude<Arrival, { kind: 'broken' }>): Digest {
  if (arrival.kind === 'layer') return arrival.layer.diffId;
  return arrival.kind === 'present' ? arrival.diffId : digestOf('');
}

type LayerArrival = Extract<Arrival, { kind: 'layer' }>;

/** Undefined for a file of no bytes, which is not unpacked as it comes. Throws what is wrong with the layer. */
function layerOf(
  arrival: Arrival | undefined,
  diffId: Digest,
  index: number,
  missing: () => Error,
): LayerArrival | undefined {
  if (!arrival) throw missing();
  if (arrival.kind === 'broken') throw unpackingFailed(arrival.error);
  if (arrival.kind === 'text' && arrival.bytes.byteLength > 0) {
    const isCut = arrival.bytes.byteLength < BLOCK;
    throw unpackingFailed(
      new EngineError('invalid', isCut ? 'unexpected EOF' : 'archive/tar: invalid tar header'),
    );
  }
  const got = diffIdOf(arrival);
  if (got === diffId && arrival.kind !== 'present') return arrival.kind === 'layer' ? arrival : undefined;
  throw new EngineError('invalid', `invalid diffID for layer ${index}: expected "${diffId}", got "${got}"`);
}

async function emptyLayer({ layers }: ImageContext): Promise<Pick<LayerArrival, 'layer' | 'size' | 'told'>> {
  return { layer: await unpackLayer(layers, Readable.from([])), size: 0, told: true };
}
