import type { Building } from '../image/building.ts';
import type { ImageEngine } from '../image/engine.ts';
import type { Cache, CacheStore, Candidate } from './cache.ts';
import { NO_CACHE, cacheFrom, localCache } from './cache.ts';
import type { BuildRequest } from './request.ts';

/** The cache as the request wants it, anew for each stage. */
export async function cacheFor(
  images: ImageEngine,
  { noCache, cacheFrom: names }: Pick<BuildRequest, 'noCache' | 'cacheFrom'>,
): Promise<() => Cache> {
  if (noCache) return () => NO_CACHE;
  const store = storeOf(images.building);
  if (names.length === 0) return () => localCache(store);
  const sources: Candidate[] = [];
  for (const name of names) {
    // As dockerd: what is not here cannot help.
    const image = await images.resolve(name).catch(() => undefined);
    if (image) sources.push(image);
  }
  return () => cacheFrom(store, sources);
}

function storeOf(building: Building): CacheStore {
  return {
    children: (parent) => building.children(parent),
    isBelow: (ancestor, id) => {
      for (let at = building.parent(id); at !== undefined; at = building.parent(at)) {
        if (at === ancestor) return true;
      }
      return false;
    },
    adopt: (config, parent) => building.add(config, parent),
    setParent: (id, parent) => building.setParent(id, parent),
  };
}
