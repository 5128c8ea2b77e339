import { html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { glyphs } from '../components/glyphs.ts';
import type { Notice, WorkspaceSession, WorkspaceState } from '../session.ts';
import { inlineCode } from '../text.ts';
import { View } from './view.ts';

/** Notices stay until they are put away: nobody has to read against a clock. */
@customElement('slip-toasts')
export class SlipToasts extends View {
  @property({ attribute: false }) session!: WorkspaceSession;
  @property({ attribute: false }) state!: WorkspaceState;

  override render() {
    return html`<div class="toasts" role="log" aria-label="Notices">
      ${repeat(
        this.state.notices,
        ({ id }) => id,
        (notice) => this.renderNotice(notice),
      )}
    </div>`;
  }

  private renderNotice({ id, level, message }: Notice) {
    return html`<div class="toast ${level}">
      <p>${inlineCode(message)}</p>
      <button class="button quiet icon" aria-label="Dismiss" @click=${() => this.session.dismissNotice(id)}>
        ${glyphs.close}
      </button>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-toasts': SlipToasts;
  }
}
