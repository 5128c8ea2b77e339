import type { MapImage, MapLayer, MapState } from '../../server/protocol.ts';

/** The twelve digits that Docker shows of an id. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** The first tag, or what Docker shows of a dangling image. */
export function imageName({ tags, id }: Pick<MapImage, 'tags' | 'id'>): string {
  return tags[0] ?? `<none> ${shortId(id)}`;
}

/**
 * An instruction as it stands in a Dockerfile, of what the history says: `/bin/sh -c #(nop) ADD file:… in / ` is
 * `ADD … /`.
 */
export function instructionOf(createdBy: string): string {
  const text = createdBy.replace(/\s+/g, ' ').trim();
  if (text === '') return 'no instruction known';
  const plain = /^\/bin\/sh -c #\(nop\) (.*)$/.exec(text)?.[1];
  const run = /^(?:\|\d+ .*?)?\/bin\/sh -c (.*)$/.exec(text)?.[1];
  if (plain !== undefined) return plain.trim().replace(/\b(?:file|dir|multi):[0-9a-f]{64} in /, '… ');
  if (run !== undefined) return `RUN ${run}`;
  return text.replace(/\s*# buildkit$/, '');
}

/** The bytes of all layers of an image. */
export function sizeOf(image: MapImage, layers: ReadonlyMap<string, MapLayer>): number {
  return image.layers.reduce((sum, id) => sum + (layers.get(id)?.size ?? 0), 0);
}

/** What is looked up by id again and again. */
export interface Known {
  readonly layers: ReadonlyMap<string, MapLayer>;
  readonly images: ReadonlyMap<string, MapImage>;
}

export function byId<T extends { readonly id: string }>(rows: readonly T[]): ReadonlyMap<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** A place where images can be had: `docker.io` is the hub. */
export interface Registry {
  readonly host: string;
  readonly title: string;
  readonly repositories: readonly Repository[];
}

export interface Repository {
  /** Unlike that of any other registry's. */
  readonly id: string;
  /** As images are named after it: `anna/web`, `localhost:5000/web`. */
  readonly name: string;
  /** Ids of images that are known to be there. */
  readonly images: readonly string[];
}

export const HUB = 'docker.io';

/** The registries that the engine knows to have images of its own, the hub first, also when it has none. */
export function registriesOf({
  images,
  transfers,
}: Pick<MapState, 'images' | 'transfers'>): readonly Registry[] {
  const found = new Map<string, Map<string, string[]>>([[HUB, new Map()]]);
  const open = (host: string) => {
    const repositories = found.get(host) ?? new Map<string, string[]>();
    found.set(host, repositories);
    return repositories;
  };
  for (const { registry } of transfers) open(registry);
  for (const { id, digests } of images) {
    for (const digest of digests) {
      const name = digest.split('@')[0] ?? '';
      const repositories = open(hostOf(name));
      repositories.set(name, [...(repositories.get(name) ?? []), id]);
    }
  }
  return [...found].map(([host, repositories]) => ({
    host,
    title: host === HUB ? 'Hub' : host,
    repositories: [...repositories].map(([name, ids]) => ({ id: name, name, images: ids })),
  }));
}

/** The registry that a name says; Docker's own where it says none. */
export function hostOf(name: string): string {
  const [first = '', ...rest] = name.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : HUB;
}
