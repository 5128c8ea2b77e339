import type { MapContainer, MapImage, MapLayer, MapState } from '../../server/protocol.ts';
import { byId } from './names.ts';

/** A layer in its place, what stands on it, and how many columns that takes side by side. */
export interface Tree {
  /** Undefined for images without any layer, and for a fold. */
  readonly layer: MapLayer | undefined;
  /** Of a fold: layers with nothing between them, base first. When it is closed they are drawn as one. */
  readonly folded: readonly MapLayer[];
  /** Those whose last layer it is, oldest first. */
  readonly images: readonly MapImage[];
  /** Those of its images. */
  readonly containers: readonly MapContainer[];
  readonly branches: readonly Tree[];
  readonly columns: number;
}

/** Layers one on another, with nothing else on them, before they are drawn as one. */
const PLAIN_MAX = 6;
/** Of those, how many are still drawn at the lower end and at the upper one. */
const PLAIN_BELOW = 2;
const PLAIN_ABOVE = 1;

/** Containers above one another before there is another column of them, and the most columns. */
const CONTAINER_ROWS = 5;
const CONTAINER_COLUMNS = 4;

interface Growing {
  readonly layer: MapLayer | undefined;
  readonly images: MapImage[];
  readonly branches: Map<string, Growing>;
}

/**
 * All images as trees of layers: a layer that several share stands there once. The order is that of the state. `opened`
 * are folds, by the id of their first layer, of which every layer is wanted.
 */
export function forestOf(
  { images, layers, containers }: MapState,
  opened: ReadonlySet<string> = new Set(),
): readonly Tree[] {
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
  return [...roots.values()].map((each) => treeOf(each, { running, opened }));
}

interface Grown {
  readonly running: ReadonlyMap<string, MapContainer[]>;
  readonly opened: ReadonlySet<string>;
}

function treeOf(growing: Growing, grown: Grown): Tree {
  const run = runFrom(growing);
  if (run.plain.length > PLAIN_MAX) return withFold(run, grown);
  const { layer, images, branches } = growing;
  const above = [...branches.values()].map((each) => treeOf(each, grown));
  const containers = images.flatMap(({ id }) => grown.running.get(id) ?? []);
  const own = containerColumns(containers.length);
  const columns = Math.max(1, own + above.reduce((sum, each) => sum + each.columns, 0));
  const sorted = [...images].sort((a, b) => a.created - b.created);
  return { layer, folded: [], images: sorted, containers, branches: above, columns };
}

/** Layers that have no image and one layer on them, and what stands on the last of these. */
interface Run {
  readonly plain: readonly Growing[];
  readonly top: Growing;
}

function runFrom(growing: Growing): Run {
  const plain: Growing[] = [];
  let top = growing;
  for (;;) {
    const [above, ...more] = top.branches.values();
    if (top.images.length > 0 || !above || more.length > 0) return { plain, top };
    plain.push(top);
    top = above;
  }
}

function withFold({ plain, top }: Run, grown: Grown): Tree {
  const folded = plain.slice(PLAIN_BELOW, -PLAIN_ABOVE).flatMap(({ layer }) => layer ?? []);
  const isOpen = grown.opened.has(folded[0]?.id ?? '');
  const parts: Pick<Tree, 'layer' | 'folded'>[] = plain.map(({ layer }) => ({ layer, folded: [] }));
  parts.splice(PLAIN_BELOW, isOpen ? 0 : folded.length, { layer: undefined, folded });
  return parts.reduceRight<Tree>(
    (above, part) => ({ ...part, images: [], containers: [], branches: [above], columns: above.columns }),
    treeOf(top, grown),
  );
}

/** So many columns do containers of one stack take. */
export function containerColumns(containers: number): number {
  return Math.min(CONTAINER_COLUMNS, Math.ceil(containers / CONTAINER_ROWS));
}
