import { isIndex } from '../../sandbox/oci/descriptor.ts';
import type { Digest } from '../../sandbox/oci/digest.ts';
import { parseImageConfig, parseIndex, parseManifest } from '../../sandbox/oci/manifest.ts';
import type { ImageConfig } from '../../sandbox/oci/config.ts';
import { isIndexType } from '../../sandbox/registry/store/manifest.ts';
import type { ImageSource } from '../../sandbox/registry/store/source.ts';
import { readFile } from 'node:fs/promises';
import type { HubImage, HubStep } from './protocol.ts';

/** Configurations of learners' images are read into memory, and shown. */
const CONFIG_MAX_BYTES = 1024 ** 2;
const PLATFORMS_MAX = 20;
const LAYERS_MAX = 200;
const COMMAND_MAX = 2000;

/** The images that a manifest stands for, one a platform; none when it is something else. `sharing`: see `HubLayer`. */
export async function describeImages(
  source: ImageSource,
  name: string,
  digest: Digest,
  sharing: (layer: Digest) => readonly string[],
): Promise<HubImage[]> {
  try {
    const found = await source.manifest(name, digest);
    if (!found) return [];
    if (!isIndexType(found.mediaType)) return [await describe(source, name, digest, found.bytes, sharing)];
    const manifests = parseIndex(found.bytes)
      .manifests.filter((each) => !isIndex(each))
      .slice(0, PLATFORMS_MAX);
    const all = await Promise.all(
      manifests.map((each) => describeImages(source, name, each.digest, sharing)),
    );
    return all.flat();
  } catch {
    // Whoever pushed it may have pushed anything: what cannot be read is not described.
    return [];
  }
}

async function describe(
  source: ImageSource,
  name: string,
  digest: Digest,
  bytes: Uint8Array,
  sharing: (layer: Digest) => readonly string[],
): Promise<HubImage> {
  const { config, layers } = parseManifest(bytes);
  const settings = await readConfig(source, name, config.digest);
  const platform = settings ? [settings.os, settings.architecture, settings.variant] : ['unknown'];
  return {
    digest,
    platform: platform
      .filter((part) => part !== undefined && part !== '')
      .join('/')
      .slice(0, 100),
    size: layers.reduce((sum, layer) => sum + layer.size, config.size),
    layers: layers.slice(0, LAYERS_MAX).map((layer) => ({
      digest: layer.digest,
      size: layer.size,
      sharedWith: sharing(layer.digest),
    })),
    history: (settings?.history ?? []).slice(0, LAYERS_MAX).map(stepOf),
  };
}

async function readConfig(
  source: ImageSource,
  name: string,
  digest: Digest,
): Promise<ImageConfig | undefined> {
  const blob = await source.blob(name, digest);
  if (!blob || blob.size > CONFIG_MAX_BYTES) return undefined;
  try {
    return parseImageConfig(await readFile(blob.file));
  } catch {
    return undefined;
  }
}

/** The schema of a configuration lets through what it does not know: only text is taken for text. */
function stepOf(entry: {
  readonly created?: unknown;
  readonly created_by?: unknown;
  readonly empty_layer?: unknown;
}): HubStep {
  const { created, created_by: by, empty_layer: empty } = entry;
  return {
    createdAt: typeof created === 'string' && Number.isFinite(Date.parse(created)) ? created : null,
    createdBy: typeof by === 'string' ? by.slice(0, COMMAND_MAX) : '',
    hasLayer: empty !== true,
  };
}
