import type { Descriptor } from '../../oci/descriptor.ts';
import { isIndex } from '../../oci/descriptor.ts';
import { hexOf } from '../../oci/digest.ts';
import { EngineError } from '../../oci/errors.ts';
import { parseIndex, parseManifest } from '../../oci/manifest.ts';
import type { Reference } from '../../oci/reference.ts';
import { familiarReference, parseReference } from '../../oci/reference.ts';
import { OWN_PLATFORM, platformMatches, showPlatform } from '../platform.ts';
import type { Loading } from './loading.ts';
import { addImage, nameImage, tellLoaded, textAt } from './loading.ts';

/** How deep an index may stand in an index. */
const DEPTH = 4;

/** OCI image layouts (image-spec, image-layout.md), as skopeo and buildx write them. */
export async function loadLayout(loading: Loading): Promise<void> {
  const { manifests } = parseIndex(textAt(loading, 'index.json'));
  if (manifests.length === 0) throw new EngineError('invalid', 'the OCI image layout has no images');
  const chosen = manifests.some((each) => each.annotations !== undefined) ? manifests : [choose(manifests)];
  for (const descriptor of chosen) {
    const manifest = parseManifest(blob(loading, resolve(loading, descriptor, 0)));
    const layers = manifest.layers.map(blobName);
    const id = await addImage(loading, blob(loading, manifest.config), layers);
    const reference = nameOf(descriptor);
    if (reference) await nameImage(loading, id, reference);
    loading.print(reference ? `Loaded image: ${familiarReference(reference)}\n` : `Loaded image ID: ${id}\n`);
    await tellLoaded(loading, id);
  }
}

/** The manifest for this machine, of an image for several. */
function resolve(loading: Loading, descriptor: Descriptor, depth: number): Descriptor {
  if (!isIndex(descriptor)) return descriptor;
  if (depth > DEPTH) throw new EngineError('invalid', 'the index of the archive is nested too deeply');
  return resolve(loading, choose(parseIndex(blob(loading, descriptor)).manifests), depth + 1);
}

function choose(manifests: readonly Descriptor[]): Descriptor {
  const [only, ...more] = manifests;
  if (only && more.length === 0) return only;
  const found = manifests.find((each) => each.platform && platformMatches(each.platform, OWN_PLATFORM));
  if (found) return found;
  throw new EngineError('invalid', `no image for ${showPlatform(OWN_PLATFORM)} in the archive`);
}

/** containerd writes the whole name, other tools what they were given: often but a tag. */
function nameOf({ annotations = {} }: Descriptor): Reference | undefined {
  const whole = annotations['io.containerd.image.name'];
  const given = annotations['org.opencontainers.image.ref.name'];
  const text = whole ?? (given !== undefined && /[:/]/.test(given) ? given : undefined);
  if (text === undefined) return undefined;
  const reference = parseReference(text);
  return reference.tag === undefined ? undefined : reference;
}

function blob(loading: Loading, descriptor: Descriptor): Buffer {
  return textAt(loading, blobName(descriptor));
}

function blobName({ digest }: Descriptor): string {
  return `blobs/sha256/${hexOf(digest)}`;
}
