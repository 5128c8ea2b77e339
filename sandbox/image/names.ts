import * as z from 'zod/mini';
import type { Digest } from '../oci/digest.ts';

/** What is kept of an image beside its configuration. */
export interface ImageRecord {
  /** The image a commit or build step went out from; only `docker inspect` and `docker rmi` care. */
  readonly parent?: Digest;
  /** RFC 3339; when a name was last given to it here. */
  readonly tagged?: string;
}

/** Everything that the store knows, in one value and one file: a change is there whole or not at all. */
export interface Names {
  readonly images: ReadonlyMap<Digest, ImageRecord>;
  /** Full references (`docker.io/library/debian:latest`, `docker.io/library/debian@sha256:…`) to image ids. */
  readonly references: ReadonlyMap<string, Digest>;
  /** Bytes of each layer, as Docker counts them; filled in when first asked for. */
  readonly sizes: ReadonlyMap<Digest, number>;
}

export const NO_NAMES: Names = { images: new Map(), references: new Map(), sizes: new Map() };

const schema = z.object({
  images: z.record(z.string(), z.object({ parent: z.optional(z.string()), tagged: z.optional(z.string()) })),
  references: z.record(z.string(), z.string()),
  sizes: z.record(z.string(), z.number()),
});

export function formatNames({ images, references, sizes }: Names): string {
  return JSON.stringify({
    images: Object.fromEntries(images),
    references: Object.fromEntries(references),
    sizes: Object.fromEntries(sizes),
  });
}

export function parseNames(text: string): Names {
  const { images, references, sizes } = z.parse(schema, JSON.parse(text));
  return {
    images: new Map(Object.entries(images) as [Digest, ImageRecord][]),
    references: new Map(Object.entries(references) as [string, Digest][]),
    sizes: new Map(Object.entries(sizes) as [Digest, number][]),
  };
}
