import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { SplitMoveEvent } from '../events.ts';
import { controlStyles } from './shared.ts';

const STEP_PERCENT = 2;
const LEAST_PERCENT = 20;
const MOST_PERCENT = 75;

/**
 * Two parts with a divider that mouse and arrow keys move. Slots: `start`, `end`. Event: `slip-split-move`, also while
 * the divider is dragged. CSS property: `--start-least`, the least width of a first part that stands beside the other.
 */
@customElement('slip-split')
export class SlipSplit extends LitElement {
  static override styles = [
    controlStyles,
    css`
      :host {
        display: grid;
        grid-template: minmax(0, 1fr) / minmax(var(--start-least, 0px), var(--start)) auto minmax(0, 1fr);
        min-width: 0;
        min-height: 0;
      }

      :host([stacked]) {
        grid-template: var(--start) auto minmax(0, 1fr) / minmax(0, 1fr);
      }

      :host([only='start']),
      :host([only='end']) {
        grid-template: minmax(0, 1fr) / minmax(0, 1fr);
      }

      :host([only='end']) slot[name='start'],
      :host([only='start']) slot[name='end'] {
        display: none;
      }

      ::slotted(*) {
        min-width: 0;
        min-height: 0;
        overflow: hidden;
      }

      .divider {
        position: relative;
        width: 1px;
        background: var(--line);
        cursor: col-resize;
        touch-action: none;
        transition: background-color var(--motion);
      }

      .divider::after {
        position: absolute;
        z-index: 2;
        inset: 0 -9px 0 -3px;
        content: '';
      }

      .divider:hover,
      .divider.dragged,
      .divider:focus-visible {
        background: var(--accent);
        outline: 1px solid var(--accent);
        outline-offset: 0;
      }

      :host([stacked]) .divider {
        width: auto;
        height: 1px;
        cursor: row-resize;
      }

      :host([stacked]) .divider::after {
        inset: -8px 0;
      }
    `,
  ];

  /** Percent that the first part takes. */
  @property({ type: Number }) position = 40;
  /** One above the other instead of side by side. */
  @property({ type: Boolean, reflect: true }) stacked = false;
  /** The one part that is there; both, when empty. What is not shown stays in the document as it was. */
  @property({ reflect: true }) only: 'start' | 'end' | '' = '';
  @property() label = 'Size of the first part';

  @state() private dragged = false;

  @query('.divider') private divider!: HTMLElement | null;

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('position')) this.style.setProperty('--start', `${this.position}%`);
  }

  override render() {
    return html`
      <slot name="start"></slot>
      ${this.only === '' ? this.renderDivider() : nothing}
      <slot name="end"></slot>
    `;
  }

  private renderDivider() {
    return html`<div
      class="divider ${this.dragged ? 'dragged' : ''}"
      role="separator"
      tabindex="0"
      aria-label=${this.label}
      aria-orientation=${this.stacked ? 'horizontal' : 'vertical'}
      aria-valuemin=${LEAST_PERCENT}
      aria-valuemax=${MOST_PERCENT}
      aria-valuenow=${Math.round(this.position)}
      @keydown=${this.onKey}
      @pointerdown=${this.onPress}
      @pointermove=${this.onMove}
      @pointerup=${this.onRelease}
      @pointercancel=${this.onRelease}
    ></div>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const to = this.keyPosition(event.key);
    if (to === null) return;
    event.preventDefault();
    this.moveTo(to);
  };

  private keyPosition(key: string): number | null {
    if (key === (this.stacked ? 'ArrowUp' : 'ArrowLeft')) return this.position - STEP_PERCENT;
    if (key === (this.stacked ? 'ArrowDown' : 'ArrowRight')) return this.position + STEP_PERCENT;
    if (key === 'Home') return LEAST_PERCENT;
    if (key === 'End') return MOST_PERCENT;
    return null;
  }

  private readonly onPress = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    this.divider?.setPointerCapture(event.pointerId);
    this.dragged = true;
  };

  private readonly onMove = (event: PointerEvent): void => {
    if (!this.dragged) return;
    const box = this.getBoundingClientRect();
    const part = this.stacked
      ? (event.clientY - box.top) / box.height
      : (event.clientX - box.left) / box.width;
    this.moveTo(part * 100);
  };

  private readonly onRelease = (): void => {
    this.dragged = false;
  };

  private moveTo(position: number): void {
    this.position = Math.min(MOST_PERCENT, Math.max(LEAST_PERCENT, position));
    this.dispatchEvent(new SplitMoveEvent(this.position));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-split': SlipSplit;
  }
}
