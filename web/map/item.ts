import { html, nothing } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { styleMap } from 'lit/directives/style-map.js';
import { formatBytes } from '../text.ts';
import type { Standing } from './ghosts.ts';
import { type Known, sizeOf } from './names.ts';
import type { Item } from './scene.ts';

/** How an item stands to what was chosen, and to what has just happened. */
export interface ItemLook {
  /** Tab reaches it. */
  readonly tabStop: boolean;
  readonly fresh: boolean;
  readonly selected: boolean;
  readonly related: boolean;
  readonly travelling: boolean;
  /** To what the task asks for. */
  readonly standing: Standing | undefined;
}

export interface ItemEvents {
  readonly choose: (item: Item) => void;
  readonly focused: (item: Item) => void;
}

/** One thing of the drawing in its place: a button, when it can be opened. */
export function drawItem(item: Item, known: Known, look: ItemLook, { choose, focused }: ItemEvents) {
  const { key, kind, label, note } = item;
  if (kind === 'lane') return html`<h3 class="map-item lane" style=${place(item)}>${label}</h3>`;
  const classes = classMap({
    'map-item': true,
    [kind]: true,
    ...(item.look !== '' && { [item.look]: true }),
    ...(look.standing && { [`asked-${look.standing}`]: true }),
    fresh: look.fresh,
    selected: look.selected,
    related: look.related,
    travelling: look.travelling,
  });
  if (kind === 'tag') {
    return html`<span class=${classes} style=${placeTag(item)} aria-hidden="true">
      <span class="map-label">${label}</span>${note ? html`<span class="map-note">${note}</span>` : nothing}
    </span>`;
  }
  const size = sizeNote(item, known);
  const room = kind !== 'layer' || item.width >= NOTE_MIN;
  const mark = look.standing ? MARKS[look.standing] : '';
  return html`<button
    class=${classes}
    style=${place(item)}
    data-key=${key}
    tabindex=${look.tabStop ? 0 : -1}
    aria-label=${spokenOf(item, size) + (mark ? `, ${mark}` : '')}
    aria-pressed=${kind === 'fold' ? nothing : look.selected ? 'true' : 'false'}
    aria-expanded=${kind === 'fold' ? (item.look === 'open' ? 'true' : 'false') : nothing}
    title=${[kind === 'image' ? note : label, size, mark].filter(Boolean).join(', ')}
    @click=${() => choose(item)}
    @focus=${() => focused(item)}
  >
    ${kind === 'layer' || kind === 'fold' ? html`<span class="map-weight" style=${styleMap({ transform: `scaleX(${item.weight.toFixed(3)})` })}></span>` : nothing}
    <span class="map-label">${label}</span>
    ${kind !== 'image' && room && (size || note) ? html`<span class="map-note">${size || note}</span>` : nothing}
  </button>`;
}

/** Something that is on its way out: for the eye alone. */
export function drawLeaving(item: Item) {
  return html`<div class="map-item ${item.kind} ${item.look} leaving" style=${place(item)} aria-hidden="true">
    <span class="map-label">${item.label}</span>
  </div>`;
}

/** In a narrower layer its instruction needs all the room; the size is in the detail. In CSS pixels. */
const NOTE_MIN = 130;

const MARKS: Readonly<Record<Standing, string>> = {
  wanted: 'asked for',
  unlike: 'not yet as asked',
  reached: 'as the task asks',
  leave: 'asked to go',
  left: '',
};

const place = ({ x, y, width, height }: Item) =>
  styleMap({ transform: `translate(${x}px, ${y}px)`, width: `${width}px`, height: `${height}px` });

/** A tag is as wide as its text. */
const placeTag = ({ x, y, width, height }: Item) =>
  styleMap({ transform: `translate(${x}px, ${y}px)`, maxWidth: `${width}px`, height: `${height}px` });

function sizeNote({ kind, id, look, folds = [] }: Item, { layers, images }: Known): string {
  if (look === 'goal') return '';
  const image = kind === 'image' ? images.get(id) : undefined;
  if (image) return formatBytes(sizeOf(image, layers));
  if (kind === 'layer') return formatBytes(layers.get(id)?.size ?? 0);
  if (kind !== 'fold') return '';
  return formatBytes(folds.reduce((sum, each) => sum + (layers.get(each)?.size ?? 0), 0));
}

function spokenOf({ kind, label, note, look }: Item, size: string): string {
  switch (kind) {
    case 'layer':
      return [`${look === 'base' ? 'Base layer' : 'Layer'} ${label}`, size].filter(Boolean).join(', ');
    case 'fold':
      return `${label} as one, ${size}`;
    case 'image':
      return [`Image ${note}`, size, look === 'dangling' ? 'dangling' : ''].filter(Boolean).join(', ');
    case 'container':
      return `Container ${label}, ${note}`;
    default:
      return `${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)} ${label}, ${note}`;
  }
}
