import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { formatDuration } from '../text.ts';

const LITTLE_MS = 10 * 60_000;
const TURN_MS = 20_000;

/** How long it is until a moment, kept up to date. */
@customElement('slip-time-left')
export class SlipTimeLeft extends LitElement {
  static override styles = css`
    :host {
      font-variant-numeric: tabular-nums;
      white-space: nowrap;
    }

    .little {
      color: var(--warning);
      font-weight: 600;
    }
  `;

  /** ISO 8601. */
  @property() until = '';

  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => this.requestUpdate(), TURN_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  override render() {
    const ms = Date.parse(this.until) - Date.now();
    const title = 'The machine is removed then, with all that is on it';
    return html`<span class=${ms < LITTLE_MS ? 'little' : ''} title=${title}
      >${formatDuration(ms)} left</span
    >`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-time-left': SlipTimeLeft;
  }
}
