import type { MapState } from '../../server/protocol.ts';
import { forestOf, type Tree } from './forest.ts';
import { imageName, instructionOf, registriesOf, shortId } from './names.ts';

export type ItemKind = 'lane' | 'layer' | 'image' | 'tag' | 'container' | 'volume' | 'network' | 'registry';

/** Something drawn. Lengths are CSS pixels at the usual text size, the origin is the upper left corner. */
export interface Item {
  /** Stays the same from scene to scene: what moves is moved, not drawn anew. */
  readonly key: string;
  readonly kind: ItemKind;
  /** Of what it stands for. */
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly label: string;
  /** Smaller, beside the label. */
  readonly note: string;
  /** From 0 to 1, of a layer: its size beside the largest, by orders of magnitude. */
  readonly weight: number;
  /** A word for its looks: the state of a container, `dangling`, `base`. */
  readonly look: string;
}

export interface Scene {
  readonly items: readonly Item[];
  readonly width: number;
  readonly height: number;
}

const MARGIN = 16;
const GAP = 8;
/** Narrower still, so that a tree of many columns is seen whole. */
const COLUMN_TIGHT = 84;
const COLUMN_MIN = 116;
const COLUMN_MAX = 208;
const SLAB = 26;
/** Between slabs: they are seen to lie on one another. */
const SEAM = 2;
const TAG = 24;
const TAGS_MAX = 4;
const LID_PAD = 4;
const CONTAINER = 38;
const CARD = 44;
const LANE = 28;
const SHELF_GAP = 28;

/** Where everything stands when there are `width` pixels. Only a tree wider than that makes the scene wider. */
export function layOut(state: MapState, width: number): Scene {
  const forest = forestOf(state);
  const painter = new Painter(width, Math.max(0, ...forest.map(({ columns }) => columns)));
  painter.registries(state);
  painter.images(state, forest);
  painter.cards(
    'Volumes',
    'volume',
    state.volumes.map(({ id, driver }) => ({ id, label: id, note: driver })),
  );
  painter.cards(
    'Networks',
    'network',
    state.networks.map(({ id, name, driver, subnet }) => ({ id, label: name, note: subnet || driver })),
  );
  return painter.scene();
}

interface Card {
  readonly id: string;
  readonly label: string;
  readonly note: string;
}

class Painter {
  readonly #room: number;
  readonly #perRow: number;
  readonly #column: number;
  readonly #items: Item[] = [];
  #y = MARGIN / 2;
  #width: number;

  constructor(width: number, widest: number) {
    this.#width = width;
    this.#room = Math.max(COLUMN_MIN, width - 2 * MARGIN);
    const fitting = Math.max(1, Math.floor((this.#room + GAP) / (COLUMN_MIN + GAP)));
    const tight = Math.max(1, Math.floor((this.#room + GAP) / (COLUMN_TIGHT + GAP)));
    this.#perRow = widest > fitting ? Math.min(widest, tight) : fitting;
    this.#column = Math.min(COLUMN_MAX, this.#span(this.#room, this.#perRow));
  }

  scene(): Scene {
    return { items: this.#items, width: this.#width, height: this.#y + MARGIN };
  }

  registries(state: MapState): void {
    const cards = registriesOf(state).map(({ host, title, repositories }) => ({
      id: host,
      label: title,
      note:
        repositories.length === 0
          ? 'nothing of it here'
          : count(repositories.length, 'repository', 'repositories'),
    }));
    this.cards('Registries', 'registry', cards);
  }

  images(state: MapState, forest: readonly Tree[]): void {
    this.#lane('Images and containers');
    const heaviest = Math.max(1, ...state.layers.map(({ size }) => size));
    let shelf: Tree[] = [];
    let columns = 0;
    const flush = () => {
      if (shelf.length > 0) this.#shelf(shelf, heaviest);
      shelf = [];
      columns = 0;
    };
    for (const tree of forest) {
      if (columns + tree.columns > this.#perRow) flush();
      shelf.push(tree);
      columns += tree.columns;
    }
    flush();
  }

  cards(title: string, kind: ItemKind, cards: readonly Card[]): void {
    if (cards.length === 0) return;
    this.#lane(title);
    cards.forEach(({ id, label, note }, i) => {
      const x = MARGIN + (i % this.#perRow) * (this.#column + GAP);
      const y = this.#y + Math.floor(i / this.#perRow) * (CARD + GAP);
      const size = { width: this.#column, height: CARD };
      this.#items.push({ key: `${kind} ${id}`, kind, id, x, y, ...size, label, note, weight: 0, look: '' });
    });
    this.#y += Math.ceil(cards.length / this.#perRow) * (CARD + GAP) + GAP;
  }

  #lane(title: string): void {
    const place = { x: MARGIN, y: this.#y, width: this.#room, height: LANE };
    this.#items.push({
      key: `lane ${title}`,
      kind: 'lane',
      id: title,
      ...place,
      label: title,
      note: '',
      weight: 0,
      look: '',
    });
    this.#y += LANE;
  }

  #shelf(trees: readonly Tree[], heaviest: number): void {
    const bottom = this.#y + Math.max(...trees.map(heightOf));
    let x = MARGIN;
    for (const tree of trees) {
      this.#tree(tree, { x, bottom, heaviest, isBase: true });
      x += this.#widthOf(tree.columns) + GAP;
    }
    this.#width = Math.max(this.#width, x - GAP + MARGIN);
    this.#y = bottom + SHELF_GAP;
  }

  #tree(tree: Tree, at: { x: number; bottom: number; heaviest: number; isBase: boolean }): void {
    const { x, heaviest } = at;
    const width = this.#widthOf(tree.columns);
    let top = at.bottom;
    const { layer } = tree;
    if (layer) {
      top -= SLAB;
      this.#items.push({
        key: `layer ${layer.id}`,
        kind: 'layer',
        id: layer.id,
        x,
        y: top,
        width,
        height: SLAB,
        label: instructionOf(layer.createdBy),
        note: '',
        weight: layer.size === 0 ? 0 : Math.max(0.02, Math.log1p(layer.size) / Math.log1p(heaviest)),
        look: at.isBase ? 'base' : '',
      });
      top -= SEAM;
    }
    for (const image of tree.images) {
      const height = lidHeight(image.tags.length);
      top -= height;
      const look = image.tags.length === 0 ? 'dangling' : '';
      const box = { x, y: top, width, height };
      const label = image.tags.length === 0 ? `dangling ${shortId(image.id)}` : '';
      this.#items.push({
        key: `image ${image.id}`,
        kind: 'image',
        id: image.id,
        ...box,
        label,
        note: imageName(image),
        weight: 0,
        look,
      });
      this.#tags(image.id, image.tags, box);
      top -= SEAM;
    }
    let left = x;
    if (tree.containers.length > 0) {
      this.#containers(tree, left, top);
      left += this.#column + GAP;
    }
    for (const branch of tree.branches) {
      this.#tree(branch, { x: left, bottom: top, heaviest, isBase: false });
      left += this.#widthOf(branch.columns) + GAP;
    }
  }

  #tags(image: string, tags: readonly string[], box: { x: number; y: number; width: number }): void {
    const width = Math.min(this.#column, box.width) - 2 * LID_PAD;
    tags.slice(0, TAGS_MAX).forEach((tag, i) => {
      const hidden = i === TAGS_MAX - 1 ? tags.length - TAGS_MAX : 0;
      this.#items.push({
        key: `tag ${tag}`,
        kind: 'tag',
        id: image,
        x: box.x + LID_PAD,
        y: box.y + LID_PAD + i * TAG,
        width,
        height: TAG - LID_PAD,
        label: tag,
        note: hidden > 0 ? `+${hidden}` : '',
        weight: 0,
        look: '',
      });
    });
  }

  #containers({ containers }: Tree, x: number, bottom: number): void {
    containers.forEach(({ id, name, state, exitCode }, i) => {
      const y = bottom - (i + 1) * (CONTAINER + SEAM);
      const size = { width: this.#column, height: CONTAINER };
      const note = exitCode === null ? state : `${state} ${exitCode}`;
      this.#items.push({
        key: `container ${id}`,
        kind: 'container',
        id,
        x,
        y,
        ...size,
        label: name,
        note,
        weight: 0,
        look: state,
      });
    });
  }

  #span(room: number, columns: number): number {
    return Math.floor((room - (columns - 1) * GAP) / columns);
  }

  #widthOf(columns: number): number {
    return columns * this.#column + (columns - 1) * GAP;
  }
}

function heightOf(tree: Tree): number {
  const lids = tree.images.reduce((sum, { tags }) => sum + lidHeight(tags.length) + SEAM, 0);
  const above = Math.max(0, tree.containers.length * (CONTAINER + SEAM), ...tree.branches.map(heightOf));
  return (tree.layer ? SLAB + SEAM : 0) + lids + above;
}

function lidHeight(tags: number): number {
  return Math.min(TAGS_MAX, Math.max(1, tags)) * TAG + LID_PAD;
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** What is seen of a scene, with a margin around it so that scrolling finds it drawn. */
export function visibleItems(
  { items }: Scene,
  view: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
): readonly Item[] {
  const margin = 240;
  const [right, bottom] = [view.left + view.width + margin, view.top + view.height + margin];
  return items.filter(
    ({ x, y, width, height }) =>
      x < right && y < bottom && x + width > view.left - margin && y + height > view.top - margin,
  );
}

export type Direction = 'up' | 'down' | 'left' | 'right';

/** What the arrow keys can reach. */
export const isTarget = ({ kind }: Item): boolean => kind !== 'lane' && kind !== 'tag';

/** The nearest item in a direction: first what lies straight ahead, then what is a little aside. */
export function neighbour({ items }: Scene, from: Item, direction: Direction): Item | undefined {
  let best: Item | undefined;
  let bestCost = Infinity;
  for (const item of items) {
    if (item === from || !isTarget(item)) continue;
    const cost = costOf(from, item, direction);
    if (cost < bestCost) [best, bestCost] = [item, cost];
  }
  return best;
}

function costOf(from: Item, to: Item, direction: Direction): number {
  const vertical = direction === 'up' || direction === 'down';
  const [start, end, along] = vertical
    ? [from.y, from.y + from.height, to.y >= from.y + from.height ? to.y : to.y + to.height]
    : [from.x, from.x + from.width, to.x >= from.x + from.width ? to.x : to.x + to.width];
  const ahead = direction === 'down' || direction === 'right' ? along - end : start - along;
  if (ahead < 0) return Infinity;
  const aside = vertical
    ? gap(from.x, from.x + from.width, to.x, to.x + to.width)
    : gap(from.y, from.y + from.height, to.y, to.y + to.height);
  const centre = vertical
    ? Math.abs(from.x + from.width / 2 - to.x - to.width / 2)
    : Math.abs(from.y + from.height / 2 - to.y - to.height / 2);
  return ahead + aside * 4 + centre / 100;
}

/** Between two stretches of a line; 0 when they overlap. */
function gap(a: number, aEnd: number, b: number, bEnd: number): number {
  return Math.max(0, b - aEnd, a - bEnd);
}
