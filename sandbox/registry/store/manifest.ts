import * as z from 'zod/mini';
import { MEDIA_TYPES } from '../../oci/descriptor.ts';
import { DIGEST_WORDS, isDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { RegistryError } from './errors.ts';

/** What the registry needs to know of a manifest; its bytes are kept as they are. */
export interface ManifestFacts {
  readonly mediaType: string;
  /** Blobs that must be there: the configuration and all layers that may be distributed. */
  readonly blobs: readonly Digest[];
  /** Manifests that must be there. */
  readonly manifests: readonly Digest[];
  readonly subject?: Digest;
  /** What kind of artifact it is; for an image the media type of its configuration. */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Bytes of a manifest (distribution-spec, "Pushing Manifests": at least 4 MiB should be taken). */
export const MANIFEST_MAX_BYTES = 4 * 1024 ** 2;

/** Parts of one manifest; each must be looked up. */
const PARTS_MAX = 10_000;

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value));
const descriptor = z.looseObject({ mediaType: z.string(), digest, size: z.int().check(z.nonnegative()) });
const common = {
  schemaVersion: z.literal(2),
  mediaType: z.optional(z.string()),
  artifactType: z.optional(z.string()),
  subject: z.optional(z.nullable(descriptor)),
  annotations: z.optional(z.nullable(z.record(z.string(), z.string()))),
};
const image = z.looseObject({
  ...common,
  config: descriptor,
  layers: z.array(descriptor).check(z.maxLength(PARTS_MAX)),
});
const index = z.looseObject({ ...common, manifests: z.array(descriptor).check(z.maxLength(PARTS_MAX)) });

const IMAGES: readonly string[] = [MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest];
const INDEXES: readonly string[] = [MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerIndex];

export function isIndexType(mediaType: string): boolean {
  return INDEXES.includes(mediaType);
}

/**
 * Reads a manifest of one of the four kinds there are; `contentType` as the client gave it. Throws `MANIFEST_INVALID`
 * for anything else, and for one that says of itself to be something else.
 */
export function readManifest(bytes: Uint8Array, contentType: string | undefined): ManifestFacts {
  const value = parseJson(bytes);
  const own = mediaTypeOf(value);
  const given = contentType?.split(';')[0]?.trim().toLowerCase();
  const named = given === undefined || given === '' || given === 'application/json' ? undefined : given;
  if (own !== undefined && named !== undefined && own !== named)
    throw invalid(`it says to be ${own}, and was sent as ${named}`);
  const mediaType = own ?? named ?? guess(value);
  if (IMAGES.includes(mediaType)) return imageFacts(mediaType, check(image, value));
  if (INDEXES.includes(mediaType)) return indexFacts(mediaType, check(index, value));
  throw invalid(`${mediaType === '' ? 'what was sent' : mediaType.slice(0, 100)} is no kind of manifest`);
}

function imageFacts(mediaType: string, manifest: z.infer<typeof image>): ManifestFacts {
  const layers = manifest.layers.filter((layer) => !isForeign(layer.mediaType));
  return {
    mediaType,
    blobs: [...new Set([manifest.config, ...layers].map((each) => each.digest))],
    manifests: [],
    artifactType: manifest.artifactType ?? manifest.config.mediaType,
    ...shared(manifest),
  };
}

function indexFacts(mediaType: string, { artifactType, ...rest }: z.infer<typeof index>): ManifestFacts {
  return {
    mediaType,
    blobs: [],
    manifests: [...new Set(rest.manifests.map((each) => each.digest))],
    ...(artifactType !== undefined && { artifactType }),
    ...shared(rest),
  };
}

interface Shared {
  readonly subject?: { readonly digest: Digest } | null | undefined;
  readonly annotations?: Readonly<Record<string, string>> | null | undefined;
}

function shared({ subject, annotations }: Shared) {
  return {
    ...(subject && { subject: subject.digest }),
    ...(annotations && { annotations }),
  };
}

/** Layers that must not be handed on, only fetched from where they are. */
function isForeign(mediaType: string): boolean {
  return mediaType.includes('.nondistributable.') || mediaType.includes('.diff.tar.foreign');
}

function mediaTypeOf(value: unknown): string | undefined {
  const found =
    typeof value === 'object' && value !== null && 'mediaType' in value ? value.mediaType : undefined;
  return typeof found === 'string' ? found : undefined;
}

function guess(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  if ('manifests' in value) return MEDIA_TYPES.ociIndex;
  return 'config' in value ? MEDIA_TYPES.ociManifest : '';
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid('it is not JSON');
  }
}

function check<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path ?? [];
  const why = path.at(-1) === 'digest' ? `: ${DIGEST_WORDS}` : '';
  throw invalid(`it is not as it should be at ${path.join('.') || 'its root'}${why}`);
}

function invalid(why: string): RegistryError {
  return new RegistryError('MANIFEST_INVALID', { message: `manifest invalid: ${why}` });
}
