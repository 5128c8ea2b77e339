import * as z from 'zod';
import {
  absolutePath,
  anyOrText,
  count,
  homePath,
  imageReference,
  pattern,
  size,
  text,
} from './check-values.ts';

/** Conditions on images, their layers and what is in them. */

const imageExists = z.strictObject({ kind: z.literal('image-exists'), image: imageReference });

const imageAbsent = z.strictObject({ kind: z.literal('image-absent'), image: imageReference });

const imageConfig = z.strictObject({
  kind: z.literal('image-config'),
  image: imageReference,
  cmd: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  /** Variables that must be there with this value. */
  env: z.record(z.string(), z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  workdir: z.string().optional(),
  user: z.string().optional(),
  /** Such as `8080/tcp`. */
  exposes: z.array(z.string()).optional(),
});

const imageHistory = z.strictObject({
  kind: z.literal('image-history'),
  image: imageReference,
  comment: anyOrText.optional(),
  author: anyOrText.optional(),
  /** Each must stand in the command of some step of the history. */
  contains: z.array(text).min(1).optional(),
});

const imageMadeFrom = z.strictObject({
  kind: z.literal('image-made-from'),
  image: imageReference,
  /** The image whose layers lie below. */
  parent: imageReference,
  /** Exactly this many layers on top. */
  addedLayers: count.optional(),
});

const imageLayers = z.strictObject({
  kind: z.literal('image-layers'),
  image: imageReference,
  count: count.optional(),
  min: count.optional(),
  max: count.optional(),
});

const imageSize = z.strictObject({
  kind: z.literal('image-size'),
  image: imageReference,
  under: size.optional(),
  over: size.optional(),
  /** Smaller than this image. */
  'smaller-than': imageReference.optional(),
});

const sharedLayers = z.strictObject({
  kind: z.literal('shared-layers'),
  image: imageReference,
  with: imageReference,
  min: count.default(1),
  max: count.optional(),
});

const sameImage = z.strictObject({
  kind: z.literal('same-image'),
  images: z.tuple([imageReference, imageReference]),
});

const danglingImages = z.strictObject({
  kind: z.literal('dangling-images'),
  count: count.optional(),
  min: count.optional(),
  max: count.optional(),
});

const builtFrom = z.strictObject({
  kind: z.literal('built-from'),
  image: imageReference,
  dockerfile: homePath,
});

const fileInImage = z.strictObject({
  kind: z.literal('file-in-image'),
  image: imageReference,
  path: absolutePath,
  /** `false`: there must be nothing at the path. */
  present: z.boolean().default(true),
  executable: z.boolean().optional(),
  contains: text.optional(),
  matches: pattern.optional(),
  mode: z
    .string()
    .regex(/^0?[0-7]{3,4}$/, 'must be octal, such as "755"')
    .optional(),
  /** Numbers, such as `0:0`, or a user's alone. */
  owner: z
    .string()
    .regex(/^\d+(?::\d+)?$/, 'must be numbers, such as "0:0"')
    .optional(),
  type: z.enum(['file', 'directory', 'symlink', 'other']).optional(),
});

const fileInLayer = z.strictObject({
  kind: z.literal('file-in-layer'),
  image: imageReference,
  path: absolutePath,
  /** Counted from the base, 0; from the top, -1. */
  layer: z.int().optional(),
  /** `true`: some layer still has it, but the image does not show it. */
  hidden: z.boolean().optional(),
  /** `false`: no layer, or not this one, may have it. */
  present: z.boolean().default(true),
});

export const IMAGE_CHECKS = [
  imageExists,
  imageAbsent,
  imageConfig,
  imageHistory,
  imageMadeFrom,
  imageLayers,
  imageSize,
  sharedLayers,
  sameImage,
  danglingImages,
  builtFrom,
  fileInImage,
  fileInLayer,
] as const;
