import * as z from 'zod/mini';
import type { ImageConfig } from './config.ts';
import type { Descriptor } from './descriptor.ts';
import { DIGEST_WORDS, isDigest } from './digest.ts';
import type { Digest } from './digest.ts';
import { EngineError } from './errors.ts';

export interface Manifest {
  readonly mediaType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface Index {
  readonly manifests: readonly Descriptor[];
}

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value));
const text = z.string();

const descriptor = z.looseObject({
  mediaType: text,
  digest,
  size: z.number().check(z.nonnegative()),
  platform: z.optional(z.looseObject({ architecture: text, os: text, variant: z.optional(text) })),
  annotations: z.optional(z.record(text, text)),
});

const manifest = z.looseObject({
  mediaType: z.optional(text),
  config: descriptor,
  layers: z.array(descriptor),
});

const index = z.looseObject({ manifests: z.array(descriptor) });

/** Only what the engine relies on; everything else of a foreign configuration is carried along unread. */
const config = z.looseObject({
  architecture: z.optional(text),
  os: z.optional(text),
  created: z.optional(z.nullable(text)),
  rootfs: z.looseObject({ type: z.literal('layers'), diff_ids: z.nullable(z.array(digest)) }),
  history: z.optional(z.nullable(z.array(z.looseObject({ empty_layer: z.optional(z.boolean()) })))),
  config: z.optional(z.nullable(z.looseObject({}))),
});

/** Throws `EngineError('invalid')` for anything that is not an image manifest of version 2. */
export function parseManifest(bytes: Uint8Array): Manifest {
  return parse('image manifest', manifest, bytes) as Manifest;
}

export function parseIndex(bytes: Uint8Array): Index {
  return parse('image index', index, bytes) as Index;
}

export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const parsed = parse('image configuration', config, bytes);
  const { type, diff_ids } = parsed.rootfs;
  const whole = { ...parsed, rootfs: { ...parsed.rootfs, type, diff_ids: diff_ids ?? [] } };
  return dropNulls(whole) as unknown as ImageConfig;
}

/** Go writes `null` for what is absent. */
function dropNulls(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));
}

function parse<T>(what: string, schema: z.ZodMiniType<T>, bytes: Uint8Array): T {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new EngineError('invalid', `the ${what} is not JSON`, { cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path ?? [];
  const why = path.at(-1) === 'digest' ? `: ${DIGEST_WORDS}` : '';
  throw new EngineError('invalid', `the ${what} is not valid at ${path.join('.') || 'its root'}${why}`);
}
