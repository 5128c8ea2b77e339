import { html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { mark } from '../components/glyphs.ts';
import { View } from './view.ts';

/** There is nothing here, and where to go instead. */
@customElement('slip-missing')
export class SlipMissing extends View {
  @property() heading = 'Not found';
  @property() what = '';

  override connectedCallback(): void {
    super.connectedCallback();
    document.title = `${this.heading} · Slipway`;
  }

  override render() {
    return html`<div class="home">
      <header class="home-bar"><a class="brand" href="/">${mark} Slipway</a></header>
      <main class="home-intro">
        <h1 tabindex="-1">${this.heading}</h1>
        <p class="muted">${this.what}</p>
        <p><a class="button primary" href="/">All lessons</a></p>
      </main>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-missing': SlipMissing;
  }
}
