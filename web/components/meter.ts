import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { styleMap } from 'lit/directives/style-map.js';

/** How much of something limited is in use, as a word, a small bar and a figure. */
@customElement('slip-meter')
export class SlipMeter extends LitElement {
  static override styles = css`
    :host {
      display: inline-flex;
    }

    .meter {
      display: inline-flex;
      align-items: center;
      gap: var(--space-2);
      white-space: nowrap;
    }

    .bar {
      display: var(--meter-bar, block);
      width: 3rem;
      height: 4px;
      overflow: hidden;
      border-radius: 2px;
      background: var(--line);
    }

    .used {
      height: 100%;
      background: var(--text-muted);
      transform-origin: left;
      transition: transform var(--motion);
    }

    .high .used {
      background: var(--danger);
    }

    .high .figure {
      color: var(--danger);
      font-weight: 600;
    }

    .figure {
      min-width: var(--meter-figure, 3.75em);
      color: var(--text);
      font-variant-numeric: tabular-nums;
    }

    @media (forced-colors: active) {
      .bar {
        border: 1px solid CanvasText;
      }

      .used {
        background: CanvasText;
      }
    }
  `;

  @property() label = '';
  @property({ type: Number }) value = 0;
  @property({ type: Number }) max = 1;
  /** The figure in full, such as `84 MiB of 512 MiB`. */
  @property() text = '';
  /** The figure in short, beside the bar. */
  @property() short = '';

  override render() {
    const part = Math.min(1, Math.max(0, this.value / Math.max(this.max, 1)));
    return html`<div
      class="meter ${part >= 0.9 ? 'high' : ''}"
      role="meter"
      aria-label=${this.label}
      aria-valuemin="0"
      aria-valuemax=${this.max}
      aria-valuenow=${Math.min(this.value, this.max)}
      aria-valuetext=${this.text}
      title="${this.label}: ${this.text}"
    >
      <span>${this.label}</span>
      <div class="bar">
        <div class="used" style=${styleMap({ transform: `scaleX(${part.toFixed(3)})` })}></div>
      </div>
      <span class="figure">${this.short}</span>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-meter': SlipMeter;
  }
}
