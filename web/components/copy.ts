import { css, html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { copyText } from '../clipboard.ts';
import { glyphs } from './glyphs.ts';
import { controlStyles } from './shared.ts';

const TOLD_MS = 2_000;

/** A button that copies a text and says whether it could. */
@customElement('slip-copy')
export class SlipCopy extends LitElement {
  static override styles = [
    controlStyles,
    css`
      .button:hover {
        border-color: var(--line-strong);
        background: var(--ground-raised);
      }
    `,
  ];

  @property() text = '';
  /** What is copied, for who cannot see it. */
  @property() what = '';

  @state() private told = '';

  #timer: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  override render() {
    return html`<button
        class="button quiet small"
        aria-label="Copy: ${this.what || this.text}"
        title="Copy"
        @click=${() => void this.onCopy()}
      >
        ${this.told === 'Copied' ? glyphs.check : glyphs.copy}
      </button>
      <span class="visually-hidden" role="status">${this.told}</span>`;
  }

  private async onCopy(): Promise<void> {
    this.told = (await copyText(this.text)) ? 'Copied' : 'The browser does not let this page copy.';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.told = ''), TOLD_MS);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-copy': SlipCopy;
  }
}
