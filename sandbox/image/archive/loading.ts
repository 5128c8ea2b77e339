import { sizeOf } from '../../layer/tree.ts';
import type { ImageConfig } from '../../oci/config.ts';
import type { Digest } from '../../oci/digest.ts';
import { shortId } from '../../oci/digest.ts';
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
  const config = readConfig(bytes);
  const diffIds = config.rootfs.diff_ids;
  if (layers.length !== diffIds.length) {
    const found = `expected ${layers.length}, got ${diffIds.length}`;
    throw new EngineError('invalid', `invalid manifest, layers length mismatch: ${found}`);
  }
  return inTurn(async () => {
    const release = context.store.hold(diffIds);
    let added = false;
    try {
      const edits: Edit[] = [];
      for (const [i, diffId] of diffIds.entries()) {
        const name = layers[i] ?? '';
        folder.checkInside(name);
        if (context.layers.find(diffId) !== undefined) continue;
        const { layer, size, told } = layerOf(arrivals.find(name), diffId, i, () => folder.missing(name));
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
  if (arrival) throw new EngineError('invalid', "invalid character '\\x00' looking for beginning of value");
  throw arrivals.isFolder(name) ? folder.isDirectory(name) : folder.missing(name);
}

function readConfig(bytes: Buffer): ImageConfig {
  const value = parseJson(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const found = value === null ? undefined : goTypeOf(value);
    throw new EngineError(
      'invalid',
      found === undefined ? NO_ROOTFS : `json: cannot unmarshal ${found} into Go value of type image.Image`,
    );
  }
  if (!('rootfs' in value) || value.rootfs === null) throw new EngineError('invalid', NO_ROOTFS);
  const config = parseImageConfig(bytes);
  if (config.os === 'windows') throw new EngineError('invalid', 'cannot load windows image on linux');
  return config;
}

const NO_ROOTFS = 'invalid image JSON, no RootFS key';

function checkHistory({ history, rootfs }: ImageConfig): void {
  const layers = (history ?? []).filter(({ empty_layer }) => empty_layer !== true).length;
  if (layers > rootfs.diff_ids.length) {
    throw new EngineError('invalid', 'too many non-empty layers in History section');
  }
}

function layerOf(
  arrival: Arrival | undefined,
  diffId: Digest,
  index: number,
  missing: () => Error,
): Extract<Arrival, { kind: 'layer' }> {
  if (!arrival) throw missing();
  if (arrival.kind === 'broken') throw unpackingFailed(arrival.error);
  if (arrival.kind === 'text') {
    throw unpackingFailed(
      new EngineError(
        'invalid',
        arrival.bytes.byteLength < 512 ? 'unexpected EOF' : 'archive/tar: invalid tar header',
      ),
    );
  }
  const got = arrival.kind === 'layer' ? arrival.layer.diffId : arrival.diffId;
  if (got === diffId && arrival.kind === 'layer') return arrival;
  throw new EngineError('invalid', `invalid diffID for layer ${index}: expected "${diffId}", got "${got}"`);
}
