import { html, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { styleMap } from 'lit/directives/style-map.js';
import type { MapGoal, MapState } from '../../server/protocol.ts';
import { View } from '../views/view.ts';
import './drawing.css';
import { flightsBetween, travelling, type Flight } from './flights.ts';
import { fly, STILL } from './fly.ts';
import { haunt, type Haunted } from './ghosts.ts';
import { drawItem, drawLeaving, type ItemLook } from './item.ts';
import { EMPTY_STATE } from './moments.ts';
import { byId, type Known } from './names.ts';
import { isTarget, neighbour, type Direction } from './neighbour.ts';
import { relatedTo } from './related.ts';
import { layOut, type Item, type Scene } from './scene.ts';
import { SelectEvent } from './select.ts';
import { changesBetween, visibleItems } from './visible.ts';

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/** Scrolled less far, what is drawn already is enough; see `visibleItems`. */
const DRAWN_AHEAD = 120;
/** Of more things in sight than these none glides, comes or goes slowly: so many at once are no help to anybody. */
const MOVING_MAX = 120;
const FADE_MS = 420;
/** The usual size of text, in CSS pixels; projector mode and the browser's settings make it larger. */
const TEXT_PX = 16;

/**
 * The scene as elements in their places: only those in sight are there. What moves glides, what goes fades, what
 * travels flies; nothing of it for those who want no motion.
 */
@customElement('slip-map-drawing')
export class SlipMapDrawing extends View {
  @property({ attribute: false }) state!: MapState;
  @property() selected = '';
  /** What the task asks for, when that is to be drawn, too. */
  @property({ attribute: false }) goal: MapGoal | null = null;
  /** A past moment: changes are steps in time, and nothing travels. */
  @property({ type: Boolean }) past = false;

  @state() private width = 0;
  /** Of text, beside the usual size. */
  @state() private scale = 1;
  @state() private view = { left: 0, top: 0, width: 0, height: 0 };
  /** The item that Tab reaches. */
  @state() private current = '';
  @state() private leaving: readonly Item[] = [];
  /** Folds that are open, by the id of their first layer. */
  @state() private opened: ReadonlySet<string> = new Set();

  #scene: Scene = { items: [], width: 0, height: 0 };
  #drawn: MapState | null = null;
  /** What has the focus while the drawing is made anew. */
  #focused: Item | undefined;
  #haunted: Haunted = haunt(EMPTY_STATE, null);
  #known: Known = { layers: new Map(), images: new Map() };
  #fresh: ReadonlySet<string> = new Set();
  /** So much has changed at once that nothing glides. */
  #crowded = false;
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
    const hasFocus = this.contains(document.activeElement);
    this.#focused = hasFocus ? this.#scene.items.find(({ key }) => key === this.current) : undefined;
    if (['state', 'width', 'scale', 'goal', 'opened'].some((name) => changed.has(name)))
      this.arrange(changed.has('width') || changed.has('scale'));
    if (changed.has('state') || changed.has('selected')) this.#related = relatedTo(this.state, this.selected);
  }

  override updated(): void {
    // What had the focus may be gone: it goes to what stands nearest, not to the top of the page.
    if (this.#focused && !this.contains(document.activeElement)) this.focusNear(this.#focused);
    const flights = this.#flights;
    this.#flights = [];
    const scene = this.querySelector<HTMLElement>('.map-scene');
    for (const [i, flight] of flights.entries()) if (scene) fly(scene, flight, i);
  }

  override render() {
    const scene = this.#scene;
    const shown = visibleItems(scene, this.view);
    const tabStop = shown.some(({ key }) => key === this.current)
      ? this.current
      : (shown.find(isTarget)?.key ?? '');
    const events = { choose: this.choose, focused: this.onFocus };
    return html`<div class="map-scroll" @scroll=${this.onScroll} @keydown=${this.onKey}>
      <div
        class="map-scene ${this.#related.size > 0 ? 'choosing' : ''} ${this.#crowded ? 'crowded' : ''}"
        role="group"
        aria-label="Drawing of the engine: arrow keys move, Enter opens"
        style=${styleMap({ width: `${scene.width}px`, height: `${scene.height}px` })}
      >
        ${repeat(
          shown,
          ({ key }) => key,
          (item) => drawItem(item, this.#known, this.lookOf(item, item.key === tabStop), events),
        )}
        ${repeat(visibleItems({ ...scene, items: this.leaving }, this.view), ({ key }) => `leaving ${key}`, drawLeaving)}
      </div>
    </div>`;
  }

  private lookOf({ key, kind, id, folds = [] }: Item, tabStop: boolean): ItemLook {
    const related = this.#related;
    const isTravelling = (each: string) => this.#travelling.has(each);
    const keys = [key, ...folds.map((layer) => `layer ${layer}`), ...(kind === 'tag' ? [`image ${id}`] : [])];
    return {
      tabStop,
      fresh: this.#fresh.has(key),
      selected: key === this.selected,
      related: related.size > 0 && keys.some((each) => related.has(each)),
      travelling: this.#travelling.size > 0 && keys.some(isTravelling),
      standing: this.#haunted.standings.get(key),
    };
  }

  /** Lays the scene out anew, and finds what came, went and travelled. */
  private arrange(resized: boolean): void {
    const before = { scene: this.#scene, state: this.#drawn };
    this.#haunted = haunt(this.state, this.goal);
    const { state, wanted } = this.#haunted;
    const scene = layOut(state, { width: this.width, scale: this.scale, opened: this.opened, wanted });
    this.#scene = scene;
    this.#drawn = this.state;
    this.#known = { layers: byId(state.layers), images: byId(state.images) };
    this.#travelling = travelling(this.state);
    this.#fresh = new Set();
    if (!before.state || resized) return;
    const { moved, fresh, gone } = changesBetween(before.scene, scene, this.view);
    this.#crowded = moved.length + fresh.length + gone.length > MOVING_MAX;
    this.#fresh = new Set(this.#crowded ? [] : fresh.map(({ key }) => key));
    this.fade(this.#crowded ? [] : gone);
    if (this.past || before.state === this.state) return;
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
    this.scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / TEXT_PX || 1;
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

  private focusNear({ x, y }: Item): void {
    const distance = (item: Item) => Math.hypot(item.x - x, item.y - y);
    const [nearest] = this.#scene.items.filter(isTarget).sort((a, b) => distance(a) - distance(b));
    if (nearest) this.focusItem(nearest.key);
  }

  private readonly onFocus = ({ key }: Item): void => {
    this.current = key;
  };

  /** A fold is opened and closed; a repository is told of by its registry. */
  private readonly choose = ({ key, kind, id }: Item): void => {
    if (kind !== 'fold') {
      this.dispatchEvent(new SelectEvent(key));
      return;
    }
    const opened = new Set(this.opened);
    if (!opened.delete(id)) opened.add(id);
    this.opened = opened;
  };
}

/** Nearest to `value` that is not below `low`, nor above `high`, which wins. */
function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-map-drawing': SlipMapDrawing;
  }
}
