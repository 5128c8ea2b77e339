import { html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import { glyphs } from '../components/glyphs.ts';
import { View } from './view.ts';

/** Leaves a program its own origin, and nothing of the page around it: it cannot move that one elsewhere. */
const ALLOWED = 'allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads';

/** What answers on a port, in a frame. Event: `close`. */
@customElement('slip-preview')
export class SlipPreview extends View {
  @property({ type: Number }) port = 0;
  /** Opens once; another one shows the port anew. */
  @property() url = '';

  override focus(): void {
    this.querySelector<HTMLElement>('button')?.focus();
  }

  override render() {
    return html`<section class="preview" aria-label="Port ${this.port}">
      <div class="preview-bar">
        <span class="preview-title">Port ${this.port}</span>
        <button
          class="button quiet icon"
          aria-label="Close port ${this.port}"
          title="Close"
          @click=${() => this.dispatchEvent(new Event('close'))}
        >
          ${glyphs.close}
        </button>
      </div>
      ${keyed(
        this.url,
        html`<iframe
          title="What answers on port ${this.port}"
          src=${this.url}
          sandbox=${ALLOWED}
          referrerpolicy="no-referrer"
        ></iframe>`,
      )}
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-preview': SlipPreview;
  }
}
