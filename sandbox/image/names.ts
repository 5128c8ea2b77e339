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
  /** Layers whose files may be in the machine's memory only, and the start of the machine since which that is so. */
  readonly unsettled?: Unsettled;
}

export interface Unsettled {
  /** See `bootId`. */
  readonly boot: string;
  readonly layers: readonly Digest[];
}

export const NO_NAMES: Names = { images: new Map(), references: new Map(), sizes: new Map() };

const schema = z.object({
  images: z.record(z.string(), z.object({ parent: z.optional(z.string()), tagged: z.optional(z.string()) })),
  references: z.record(z.string(), z.string()),
  sizes: z.record(z.string(), z.number()),
  unsettled: z.optional(z.object({ boot: z.string(), layers: z.array(z.string()) })),
});

export function formatNames({ images, references, sizes, unsettled }: Names): string {
  return JSON.stringify({
    images: Object.fromEntries(images),
    references: Object.fromEntries(references),
    sizes: Object.fromEntries(sizes),
    unsettled,
  });
}

export function parseNames(text: string): Names {
  const { images, references, sizes, unsettled } = z.parse(schema, JSON.parse(text));
  return {
    images: new Map(Object.entries(images) as [Digest, ImageRecord][]),
    references: new Map(Object.entries(references) as [string, Digest][]),
    sizes: new Map(Object.entries(sizes) as [Digest, number][]),
    ...(unsettled && { unsettled: { boot: unsettled.boot, layers: unsettled.layers as Digest[] } }),
  };
}

/** Notes a layer that has just been put into its place, with its size in bytes. */
export function withLayer(names: Names, diffId: Digest, size: number, boot: string): Names {
  const before = names.unsettled?.layers ?? [];
  const layers = before.includes(diffId) ? before : [...before, diffId];
  return { ...names, sizes: new Map(names.sizes).set(diffId, size), unsettled: { boot, layers } };
}

export function withoutUnsettled({ unsettled, ...names }: Names, settled: ReadonlySet<Digest>): Names {
  const layers = (unsettled?.layers ?? []).filter((each) => !settled.has(each));
  return unsettled && layers.length > 0 ? { ...names, unsettled: { ...unsettled, layers } } : names;
}
