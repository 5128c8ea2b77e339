import { html } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { mark } from '../components/glyphs.ts';
import './lesson-problems.ts';
import './missing.ts';
import { View } from './view.ts';

/** In place of a lesson that is not there: its problems, for its author in a preview. Event: `slip-mended`. */
@customElement('slip-broken-lesson')
export class SlipBrokenLesson extends View {
  @property() lesson = '';

  @state() private missing = false;

  override render() {
    if (this.missing) return html`<slip-missing .what=${'There is no lesson of this name.'}></slip-missing>`;
    return html`<div class="home">
      <header class="home-bar"><a class="brand" href="/">${mark} Slipway</a></header>
      <main>
        <slip-lesson-problems
          .lesson=${this.lesson}
          @slip-missing=${() => (this.missing = true)}
          @slip-mended=${(event: Event) => this.dispatchEvent(new Event(event.type))}
        ></slip-lesson-problems>
      </main>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-broken-lesson': SlipBrokenLesson;
  }
}
