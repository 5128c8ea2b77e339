import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { classMap } from 'lit/directives/class-map.js';
import { repeat } from 'lit/directives/repeat.js';
import { styleMap } from 'lit/directives/style-map.js';
import type { MapState } from '../../server/protocol.ts';
import { formatBytes } from '../text.ts';
import { View } from '../views/view.ts';
import { flightsBetween, travelling, type Flight } from './flights.ts';
import { byId, imageName, sizeOf } from './names.ts';
import { relatedTo } from './related.ts';
import { isTarget, layOut, neighbour, visibleItems, type Direction, type Item, type Scene } from './scene.ts';
import { SelectEvent } from './select.ts';

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/** Scrolled less far, what is drawn already is enough; see `visibleItems`. */
const DRAWN_AHEAD = 120;
/** Of more things than these none glides: hundreds that move at once are no help to anybody. */
const GLIDING_MAX = 600;
const FADE_MS = 420;
const FLIGHT_MS = 750;
const STILL = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * The scene as elements in their places: only those in sight are there. What moves glides, what goes fades, what
 * travels flies; nothing of it for those who want no motion.
 */
@customElement('slip-map-drawing')
export class SlipMapDrawing extends View {
  @property({ attribute: false }) state!: MapState;
  @property() selected = '';
  /** A past moment: changes are steps in time, and nothing travels. */
  @property({ type: Boolean }) past = false;

  @state() private width = 0;
  @state() private view = { left: 0, top: 0, width: 0, height: 0 };
  /** The item that Tab reaches. */
  @state() private current = '';
  @state() private leaving: readonly Item[] = [];

  #scene: Scene = { items: [], width: 0, height: 0 };
  #drawn: MapState | null = null;
  #fresh: ReadonlySet<string> = new Set();
  #flights: readonly Flight[] = [];
  #related: ReadonlySet<string> = new Set();
  #travelling: ReadonlySet<string> = new Set();
  #fading: ReturnType<typeof setTimeout> | undefined;
  #frame = 0;
  readonly #resize = new ResizeObserver(() => this.measure());

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize.disconnect();
    clearTimeout(this.#fading);
    cancelAnimationFrame(this.#frame);
  }

  /** Puts the focus on an item, wherever it is. */
  focusItem(key: string): void {
    const item = this.#scene.items.find((each) => each.key === key) ?? this.#scene.items.find(isTarget);
    if (!item) return;
    this.current = item.key;
    this.reveal(item);
    void this.updateComplete.then(() => this.elementOf(item.key)?.focus({ preventScroll: true }));
  }

  override willUpdate(changed: PropertyValues<this> & Map<string, unknown>): void {
    if (this.width === 0) return;
    if (changed.has('state') || changed.has('width')) this.arrange(changed.has('width'));
    if (changed.has('state') || changed.has('selected')) this.#related = relatedTo(this.state, this.selected);
  }

  override updated(): void {
    const flights = this.#flights;
    this.#flights = [];
    for (const [i, flight] of flights.entries()) this.fly(flight, i);
  }

  override render() {
    const scene = this.#scene;
    const shown = visibleItems(scene, this.view);
    const sizes = byId(this.state.layers);
    const images = byId(this.state.images);
    const tabStop = shown.some(({ key }) => key === this.current)
      ? this.current
      : (shown.find(isTarget)?.key ?? '');
    return html`<div class="map-scroll" @scroll=${this.onScroll} @keydown=${this.onKey}>
      <div
        class="map-scene ${this.#related.size > 0 ? 'choosing' : ''} ${scene.items.length > GLIDING_MAX ? 'crowded' : ''}"
        role="group"
        aria-label="Drawing of the engine: arrow keys move, Enter opens"
        style=${styleMap({ width: `${scene.width}px`, height: `${scene.height}px` })}
      >
        ${repeat(
          shown,
          ({ key }) => key,
          (item) => this.renderItem(item, item.key === tabStop, { sizes, images }),
        )}
        ${repeat(
          visibleItems({ ...scene, items: this.leaving }, this.view),
          ({ key }) => `leaving ${key}`,
          (item) =>
            html`<div
              class="map-item ${item.kind} ${item.look} leaving"
              style=${place(item)}
              aria-hidden="true"
            >
              <span class="map-label">${item.label}</span>
            </div>`,
        )}
      </div>
    </div>`;
  }

  private renderItem(
    item: Item,
    tabStop: boolean,
    {
      sizes,
      images,
    }: {
      sizes: ReadonlyMap<string, MapState['layers'][number]>;
      images: ReadonlyMap<string, MapState['images'][number]>;
    },
  ) {
    const { key, kind, look, label } = item;
    if (kind === 'lane') return html`<h3 class="map-item lane" style=${place(item)}>${label}</h3>`;
    const classes = {
      'map-item': true,
      [kind]: true,
      ...(look !== '' && { [look]: true }),
      fresh: this.#fresh.has(key),
      selected: key === this.selected,
      related: this.#related.has(key) || (kind === 'tag' && this.#related.has(`image ${item.id}`)),
      travelling: this.#travelling.has(key),
    };
    if (kind === 'tag') {
      return html`<span class=${classMap(classes)} style=${placeTag(item)} aria-hidden="true">
        <span class="map-label">${label}</span
        >${item.note ? html`<span class="map-note">${item.note}</span>` : nothing}
      </span>`;
    }
    const size = kind === 'layer' ? formatBytes(sizes.get(item.id)?.size ?? 0) : '';
    const image = kind === 'image' ? images.get(item.id) : undefined;
    const spoken = spokenOf(item, image ? formatBytes(sizeOf(image, sizes)) : size);
    return html`<button
      class=${classMap(classes)}
      style=${place(item)}
      data-key=${key}
      tabindex=${tabStop ? 0 : -1}
      aria-label=${spoken}
      aria-pressed=${key === this.selected ? 'true' : 'false'}
      title=${image ? `${imageName(image)}, ${formatBytes(sizeOf(image, sizes))}` : `${label}${size ? `, ${size}` : ''}`}
      @click=${() => this.choose(item)}
      @focus=${() => (this.current = key)}
    >
      ${kind === 'layer' ? html`<span class="map-weight" style=${styleMap({ transform: `scaleX(${item.weight.toFixed(3)})` })}></span>` : nothing}
      <span class="map-label">${label}</span>
      ${size || (kind !== 'image' && item.note) ? html`<span class="map-note">${size || item.note}</span>` : nothing}
    </button>`;
  }

  /** Lays the scene out anew, and finds what came, went and travelled. */
  private arrange(resized: boolean): void {
    const before = { scene: this.#scene, state: this.#drawn };
    const scene = layOut(this.state, this.width);
    this.#scene = scene;
    this.#drawn = this.state;
    this.#travelling = travelling(this.state);
    this.#fresh = new Set();
    if (!before.state || before.state === this.state) return;
    const old = new Set(before.scene.items.map(({ key }) => key));
    const now = new Set(scene.items.map(({ key }) => key));
    this.#fresh = new Set([...now].filter((key) => !old.has(key)));
    this.fade(before.scene.items.filter(({ key, kind }) => !now.has(key) && kind !== 'lane'));
    if (resized || this.past) return;
    this.#flights = flightsBetween(
      { state: before.state, scene: before.scene },
      { state: this.state, scene },
    );
  }

  private fade(items: readonly Item[]): void {
    clearTimeout(this.#fading);
    this.leaving = STILL.matches ? [] : items;
    if (this.leaving.length > 0) this.#fading = setTimeout(() => (this.leaving = []), FADE_MS);
  }

  /** A slab flies from one place to another; it is for the eye alone. */
  private fly({ from, to, label }: Flight, order: number): void {
    const scene = this.querySelector('.map-scene');
    if (!scene || STILL.matches || document.hidden) return;
    const slab = document.createElement('div');
    slab.className = 'map-flight';
    slab.textContent = label;
    slab.setAttribute('aria-hidden', 'true');
    const width = Math.min(from.width, to.width);
    slab.style.width = `${width}px`;
    scene.append(slab);
    const at = (item: Item) => `translate(${item.x + (item.width - width) / 2}px, ${item.y}px)`;
    const animation = slab.animate(
      [
        { transform: at(from), opacity: 0 },
        { opacity: 1, offset: 0.15 },
        { opacity: 1, offset: 0.85 },
        { transform: at(to), opacity: 0 },
      ],
      { duration: FLIGHT_MS, delay: order * 70, easing: 'cubic-bezier(0.4, 0, 0.2, 1)', fill: 'both' },
    );
    const end = () => slab.remove();
    animation.finished.then(end, end);
  }

  private readonly onScroll = (): void => {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.measure();
    });
  };

  private measure(): void {
    const box = this.querySelector('.map-scroll');
    if (!box) return;
    const { scrollLeft: left, scrollTop: top, clientWidth: width, clientHeight: height } = box;
    const { view } = this;
    const moved = Math.max(Math.abs(view.left - left), Math.abs(view.top - top));
    if (moved > DRAWN_AHEAD || view.width !== width || view.height !== height)
      this.view = { left, top, width, height };
    if (width > 0) this.width = width;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const at = this.#scene.items.find(({ key }) => key === this.current);
    const direction = ARROWS[event.key];
    const targets = this.#scene.items.filter(isTarget);
    let to: Item | undefined;
    if (direction && at) to = neighbour(this.#scene, at, direction);
    else if (event.key === 'Home') to = targets[0];
    else if (event.key === 'End') to = targets.at(-1);
    else return;
    event.preventDefault();
    if (to) this.focusItem(to.key);
  };

  private reveal({ x, y, width, height }: Item): void {
    const box = this.querySelector('.map-scroll');
    if (!box) return;
    const margin = 24;
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = box;
    const left = clamp(scrollLeft, x + width - clientWidth + margin, x - margin);
    const top = clamp(scrollTop, y + height - clientHeight + margin, y - margin);
    box.scrollTo({ left, top });
    this.measure();
  }

  private elementOf(key: string): HTMLElement | undefined {
    return [...this.querySelectorAll<HTMLElement>('[data-key]')].find(({ dataset }) => dataset.key === key);
  }

  private choose({ key }: Item): void {
    this.dispatchEvent(new SelectEvent(key));
  }
}

const place = ({ x, y, width, height }: Item) =>
  styleMap({ transform: `translate(${x}px, ${y}px)`, width: `${width}px`, height: `${height}px` });

/** A tag is as wide as its text. */
const placeTag = ({ x, y, width, height }: Item) =>
  styleMap({ transform: `translate(${x}px, ${y}px)`, maxWidth: `${width}px`, height: `${height}px` });

/** Nearest to `value` that is not below `low`, nor above `high`, which wins. */
function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function spokenOf({ kind, label, note, look }: Item, size: string): string {
  switch (kind) {
    case 'layer':
      return `${look === 'base' ? 'Base layer' : 'Layer'} ${label}, ${size}`;
    case 'image':
      return `Image ${note}, ${size}${look === 'dangling' ? ', dangling' : ''}`;
    case 'container':
      return `Container ${label}, ${note}`;
    default:
      return `${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)} ${label}, ${note}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-map-drawing': SlipMapDrawing;
  }
}
