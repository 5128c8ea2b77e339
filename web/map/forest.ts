import type { MapContainer, MapImage, MapLayer, MapState } from '../../server/protocol.ts';
import { byId } from './names.ts';

/** A layer in its place, what stands on it, and how many columns that takes side by side. */
export interface Tree {
  /** Undefined for images without any layer. */
  readonly layer: MapLayer | undefined;
  /** Those whose last layer it is, oldest first. */
  readonly images: readonly MapImage[];
  /** Those of its images. */
  readonly containers: readonly MapContainer[];
  readonly branches: readonly Tree[];
  readonly columns: number;
}

interface Growing {
  readonly layer: MapLayer | undefined;
  readonly images: MapImage[];
  readonly branches: Map<string, Growing>;
}

/** All images as trees of layers: a layer that several share stands there once. The order is that of the state. */
export function forestOf({ images, layers, containers }: MapState): readonly Tree[] {
  const known = byId(layers);
  const roots = new Map<string, Growing>();
  for (const image of images) {
    let place = roots;
    let at: Growing | undefined;
    for (const id of image.layers.length > 0 ? image.layers : ['']) {
      at = place.get(id) ?? { layer: known.get(id), images: [], branches: new Map() };
      place.set(id, at);
      place = at.branches;
    }
    at?.images.push(image);
  }
  const running = new Map<string, MapContainer[]>();
  for (const container of containers) {
    running.set(container.image, [...(running.get(container.image) ?? []), container]);
  }
  return [...roots.values()].map((each) => treeOf(each, running));
}

function treeOf({ layer, images, branches }: Growing, running: ReadonlyMap<string, MapContainer[]>): Tree {
  const above = [...branches.values()].map((each) => treeOf(each, running));
  const containers = images.flatMap(({ id }) => running.get(id) ?? []);
  const own = containers.length > 0 ? 1 : 0;
  const columns = Math.max(1, own + above.reduce((sum, each) => sum + each.columns, 0));
  const sorted = [...images].sort((a, b) => a.created - b.created);
  return { layer, images: sorted, containers, branches: above, columns };
}
