import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ExplanationView } from '../../server/protocol.ts';
import { glyphs } from '../components/glyphs.ts';
import { DismissEvent } from '../events.ts';
import { inlineCode } from '../text.ts';
import { View } from '../views/view.ts';
import './card.css';

/**
 * What a message in the terminal means, at its lower edge, until it is put away or the next one comes. Whoever places it
 * gives it the role of a status, and takes the explanation away on `slip-dismiss`.
 */
@customElement('slip-explanation')
export class SlipExplanation extends View {
  @property({ attribute: false }) explanation: ExplanationView | null = null;

  override render() {
    return this.explanation ? this.renderCard(this.explanation) : nothing;
  }

  private renderCard({ title, text }: ExplanationView) {
    return html`<div class="explanation" @keydown=${this.onKey}>
      <div>
        <strong>${inlineCode(title)}</strong>
        <p>${inlineCode(text)}</p>
      </div>
      <button class="button quiet icon" aria-label="Dismiss the explanation" @click=${this.onDismiss}>
        ${glyphs.close}
      </button>
    </div>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.onDismiss();
  };

  private readonly onDismiss = (): void => {
    this.dispatchEvent(new DismissEvent());
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-explanation': SlipExplanation;
  }
}
