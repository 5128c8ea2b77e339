import type { MapImage, MapState } from '../../server/protocol.ts';
import { containerColumns, forestOf, type Tree } from './forest.ts';
import { isGhost, nameOf, withWanted, type WantedRepository } from './ghosts.ts';
import { imageName, instructionOf, registriesOf, shortId, type Registry } from './names.ts';

export type ItemKind =
  | 'lane'
  | 'layer'
  | 'fold'
  | 'image'
  | 'tag'
  | 'container'
  | 'volume'
  | 'network'
  | 'registry'
  | 'repository';

/** Something drawn. Lengths are CSS pixels, the origin is the upper left corner. */
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
  /** A word for its looks: the state of a container, `dangling`, `base`, `goal`. */
  readonly look: string;
  /** Of a fold: the ids of its layers. */
  readonly folds?: readonly string[];
}

export interface Scene {
  readonly items: readonly Item[];
  readonly width: number;
  readonly height: number;
}

/* Lengths are CSS pixels at the usual text size. */
const MARGIN = 16;
const GAP = 8;
/** Narrower still, so that a tree of many columns is seen whole. */
const COLUMN_TIGHT = 92;
const COLUMN_MIN = 116;
/** What most names fit into: no third column makes them narrower. */
const COLUMN_USUAL = 152;
const COLUMN_MAX = 208;
const SLAB = 26;
/** Between slabs: they are seen to lie on one another. */
const SEAM = 2;
const TAG = 24;
const TAG_MAX = 280;
const TAGS_MAX = 4;
const LID_PAD = 4;
const CONTAINER = 38;
const CARD = 44;
const LANE = 28;
const SHELF_GAP = 28;
/** Of each registry; all are in its detail. */
const REPOSITORIES_MAX = 12;

export interface LayOutOptions {
  /** CSS pixels. Only a tree wider than that makes the scene wider. */
  readonly width: number;
  /** Text is larger than usual by this factor, and with it everything. */
  readonly scale?: number;
  /** Folds of which every layer is wanted; see `forestOf`. */
  readonly opened?: ReadonlySet<string>;
  /** Repositories that a task asks for. */
  readonly wanted?: readonly WantedRepository[];
}

/** Where everything stands. */
export function layOut(state: MapState, { width, scale = 1, opened, wanted = [] }: LayOutOptions): Scene {
  const forest = forestOf(state, opened);
  const painter = new Painter(width / scale);
  painter.registries(withWanted(registriesOf(state), wanted), state);
  painter.images(state, forest);
  painter.cards(
    'Volumes',
    'volume',
    state.volumes.map(({ id, driver }) => ({ id, label: nameOf(id), note: driver })),
  );
  painter.cards(
    'Networks',
    'network',
    state.networks.map(({ id, name, driver, subnet }) => ({ id, label: name, note: subnet || driver })),
  );
  return scaled(painter.scene(), scale);
}

function scaled({ items, width, height }: Scene, by: number): Scene {
  if (by === 1) return { items, width, height };
  const larger = (item: Item): Item => ({
    ...item,
    x: item.x * by,
    y: item.y * by,
    width: item.width * by,
    height: item.height * by,
  });
  return { items: items.map(larger), width: width * by, height: height * by };
}

type Box = Pick<Item, 'x' | 'y' | 'width' | 'height'>;

interface Card {
  readonly id: string;
  readonly label: string;
  readonly note: string;
}

class Painter {
  readonly #room: number;
  readonly #perRow: number;
  /** The width of a column: of one shelf it may be another. */
  #column: number;
  readonly #items: Item[] = [];
  #y = MARGIN / 2;
  #width: number;

  constructor(width: number) {
    this.#width = width;
    this.#room = Math.max(COLUMN_MIN, width - 2 * MARGIN);
    this.#perRow = Math.max(Math.min(2, this.#fitting(COLUMN_MIN)), this.#fitting(COLUMN_USUAL), 1);
    this.#column = this.#columnFor(this.#perRow);
  }

  scene(): Scene {
    return { items: this.#items, width: this.#width, height: this.#y + MARGIN };
  }

  /** Each registry at the beginning of a row, and its repositories beside it. */
  registries(registries: readonly Registry[], { images }: MapState): void {
    this.#lane('Registries');
    for (const { host, title, repositories } of registries) {
      const note =
        repositories.length === 0
          ? 'nothing of it here'
          : count(repositories.length, 'repository', 'repositories');
      const shown = repositories.slice(0, REPOSITORIES_MAX).map(({ id, name, images: ids }) => ({
        id,
        label: name.startsWith(`${host}/`) ? name.slice(host.length + 1) : name,
        note: isGhost(id) ? 'asked for' : tagsOf(name, ids, images),
      }));
      this.#row([
        { kind: 'registry', card: { id: host, label: title, note } },
        ...shown.map((card) => ({ kind: 'repository' as const, card })),
      ]);
    }
    this.#y += GAP;
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
    this.#row(cards.map((card) => ({ kind, card })));
    this.#y += GAP;
  }

  #row(cards: readonly { readonly kind: ItemKind; readonly card: Card }[]): void {
    cards.forEach(({ kind, card: { id, label, note } }, i) => {
      const x = MARGIN + (i % this.#perRow) * (this.#column + GAP);
      const y = this.#y + Math.floor(i / this.#perRow) * (CARD + GAP);
      const size = { width: this.#column, height: CARD };
      this.#put(kind, id, { x, y, ...size, label, note });
    });
    this.#y += Math.ceil(cards.length / this.#perRow) * (CARD + GAP);
  }

  /** What is asked for and not there looks so, whatever it is. */
  #put(kind: ItemKind, id: string, part: Partial<Item> & Box): void {
    const item = { key: `${kind} ${id}`, kind, id, label: '', note: '', weight: 0, look: '', ...part };
    this.#items.push(isGhost(id) ? { ...item, look: 'goal' } : item);
  }

  #lane(title: string): void {
    this.#put('lane', title, { x: MARGIN, y: this.#y, width: this.#room, height: LANE, label: title });
    this.#y += LANE;
  }

  #shelf(trees: readonly Tree[], heaviest: number): void {
    const bottom = this.#y + Math.max(...trees.map(heightOf));
    const usual = this.#column;
    this.#column = this.#columnFor(trees.reduce((sum, { columns }) => sum + columns, 0));
    let x = MARGIN;
    for (const tree of trees) {
      this.#tree(tree, { x, bottom, heaviest, isBase: true });
      x += this.#widthOf(tree.columns) + GAP;
    }
    this.#width = Math.max(this.#width, x - GAP + MARGIN);
    this.#y = bottom + SHELF_GAP;
    this.#column = usual;
  }

  #tree(tree: Tree, at: { x: number; bottom: number; heaviest: number; isBase: boolean }): void {
    const { x, heaviest } = at;
    const width = this.#widthOf(tree.columns);
    let top = at.bottom;
    if (tree.layer ?? tree.folded[0]) {
      top -= SLAB;
      this.#slab(tree, { x, y: top, width, height: SLAB }, at);
      top -= SEAM;
    }
    for (const image of tree.images) {
      const height = lidHeight(image.tags.length);
      top -= height;
      const look = image.tags.length === 0 ? 'dangling' : '';
      const box = { x, y: top, width, height };
      const label = image.tags.length === 0 ? `dangling ${shortId(image.id)}` : '';
      this.#put('image', image.id, { ...box, label, note: imageName(image), look });
      this.#tags(image.id, image.tags, box);
      top -= SEAM;
    }
    let left = x;
    const own = containerColumns(tree.containers.length);
    if (own > 0) {
      this.#containers(tree, { left, bottom: top, columns: own });
      left += this.#widthOf(own) + GAP;
    }
    for (const branch of tree.branches) {
      this.#tree(branch, { x: left, bottom: top, heaviest, isBase: false });
      left += this.#widthOf(branch.columns) + GAP;
    }
  }

  /** A layer, or many as one. */
  #slab({ layer, folded, branches }: Tree, box: Box, at: { heaviest: number; isBase: boolean }): void {
    const size = layer ? layer.size : folded.reduce((sum, each) => sum + each.size, 0);
    const weight = size === 0 ? 0 : Math.min(1, Math.max(0.02, Math.log1p(size) / Math.log1p(at.heaviest)));
    if (layer) {
      const label = instructionOf(layer.createdBy);
      this.#put('layer', layer.id, { ...box, label, weight, look: at.isBase ? 'base' : '' });
      return;
    }
    const [first] = folded;
    const isOpen = branches[0]?.layer === first;
    this.#put('fold', first?.id ?? '', {
      ...box,
      label: `${folded.length} layers`,
      note: String(size),
      weight,
      look: isOpen ? 'open' : '',
      folds: folded.map(({ id }) => id),
    });
  }

  #tags(image: string, tags: readonly string[], box: { x: number; y: number; width: number }): void {
    const width = Math.min(TAG_MAX, box.width) - 2 * LID_PAD;
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
        look: isGhost(image) ? 'goal' : '',
      });
    });
  }

  /** Row by row, from below. */
  #containers({ containers }: Tree, at: { left: number; bottom: number; columns: number }): void {
    containers.forEach(({ id, name, state, exitCode }, i) => {
      const x = at.left + (i % at.columns) * (this.#column + GAP);
      const y = at.bottom - (Math.floor(i / at.columns) + 1) * (CONTAINER + SEAM);
      const note = exitCode === null ? state : `${state} ${exitCode}`;
      const box = { x, y, width: this.#column, height: CONTAINER };
      this.#put('container', id, { ...box, label: name, note, look: state });
    });
  }

  /** As wide as the usual one, unless there are more columns than those fit; then as wide as there is room. */
  #columnFor(columns: number): number {
    const count = Math.max(columns, this.#perRow);
    const fitting = Math.floor((this.#room - (count - 1) * GAP) / count);
    return Math.min(COLUMN_MAX, Math.max(COLUMN_TIGHT, fitting));
  }

  /** How many columns of this width have room beside each other. */
  #fitting(width: number): number {
    return Math.floor((this.#room + GAP) / (width + GAP));
  }

  #widthOf(columns: number): number {
    return columns * this.#column + (columns - 1) * GAP;
  }
}

function heightOf(tree: Tree): number {
  const lids = tree.images.reduce((sum, { tags }) => sum + lidHeight(tags.length) + SEAM, 0);
  const rows = Math.ceil(tree.containers.length / Math.max(1, containerColumns(tree.containers.length)));
  const above = Math.max(0, rows * (CONTAINER + SEAM), ...tree.branches.map(heightOf));
  return (tree.layer || tree.folded.length > 0 ? SLAB + SEAM : 0) + lids + above;
}

/** The tags by which this machine knows images of a repository: `:1, :2`. */
function tagsOf(repository: string, ids: readonly string[], images: readonly MapImage[]): string {
  const here = images.filter(({ id }) => ids.includes(id)).flatMap(({ tags }) => tags);
  const own = here
    .filter((tag) => tag.startsWith(`${repository}:`))
    .map((tag) => tag.slice(repository.length));
  return own.join(', ') || 'without a tag here';
}

function lidHeight(tags: number): number {
  return Math.min(TAGS_MAX, Math.max(1, tags)) * TAG + LID_PAD;
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
