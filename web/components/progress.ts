import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { styleMap } from 'lit/directives/style-map.js';

/** How many of the tasks are done. */
@customElement('slip-progress')
export class SlipProgress extends LitElement {
  static override styles = css`
    :host {
      display: block;
    }

    .progress {
      display: flex;
      align-items: center;
      gap: var(--space-3);
      color: var(--text-muted);
      font-size: var(--text-s);
      font-variant-numeric: tabular-nums;
      white-space: nowrap;
    }

    .bar {
      flex: 1;
      height: 4px;
      overflow: hidden;
      border-radius: 2px;
      background: var(--line);
    }

    .done {
      height: 100%;
      background: var(--accent);
      transform-origin: left;
      transition: transform var(--motion);
    }

    @media (forced-colors: active) {
      .bar {
        border: 1px solid CanvasText;
      }

      .done {
        background: CanvasText;
      }
    }
  `;

  @property({ type: Number }) done = 0;
  @property({ type: Number }) total = 0;

  override render() {
    return html`<div
      class="progress"
      role="progressbar"
      aria-label="Tasks done"
      aria-valuemin="0"
      aria-valuemax=${this.total}
      aria-valuenow=${this.done}
      aria-valuetext="${this.done} of ${this.total}"
    >
      <div class="bar">
        <div
          class="done"
          style=${styleMap({ transform: `scaleX(${this.done / Math.max(this.total, 1)})` })}
        ></div>
      </div>
      <span style=${styleMap({ minWidth: `${this.figureChars}ch` })}>${this.done} of ${this.total}</span>
    </div>`;
  }

  /** Room for the last figure from the first on: a tenth task that is done moves nothing. */
  private get figureChars(): number {
    return 2 * String(this.total).length + ' of'.length;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-progress': SlipProgress;
  }
}
