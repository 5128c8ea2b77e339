import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { ConfirmEvent } from '../events.ts';
import { controlStyles } from './shared.ts';

/** A button for something that cannot be undone: it asks beside it, without holding up the rest of the page. Event: `slip-confirm`. */
@customElement('slip-confirm')
export class SlipConfirm extends LitElement {
  static override styles = [
    controlStyles,
    css`
      :host {
        position: relative;
        display: inline-flex;
      }

      .question {
        position: absolute;
        z-index: 30;
        right: 0;
        bottom: calc(100% + var(--space-2));
        display: grid;
        gap: var(--space-3);
        width: max-content;
        max-width: min(20rem, 80vw);
        padding: var(--space-4);
        border: 1px solid var(--line);
        border-radius: var(--radius-m);
        background: var(--ground-raised);
        box-shadow: var(--shadow);
      }

      :host([below]) .question {
        top: calc(100% + var(--space-2));
        bottom: auto;
      }

      .words {
        margin: 0;
        color: var(--text);
        font: var(--text-s) / 1.5 var(--font-text);
      }

      .answers {
        display: flex;
        justify-content: flex-end;
        gap: var(--space-2);
      }
    `,
  ];

  /** The button, such as `Reset`. */
  @property() label = '';
  /** What for, to tell one such button from another: `Reset the machine`. */
  @property() description = '';
  @property() question = '';
  @property({ type: Boolean }) disabled = false;
  /** Asks below the button and not above it. */
  @property({ type: Boolean, reflect: true }) below = false;
  /** What the button says while the thing is being done. */
  @property() busy = '';

  @state() private asking = false;

  override render() {
    return html`${this.renderButton()}${this.asking && !this.disabled ? this.renderQuestion() : nothing}`;
  }

  private renderButton() {
    return html`<button
      class="button quiet small"
      title=${this.description}
      aria-expanded=${this.asking ? 'true' : 'false'}
      ?disabled=${this.disabled}
      @click=${() => this.ask(!this.asking)}
    >
      ${this.busy || this.label}
    </button>`;
  }

  private renderQuestion() {
    return html`<div
      class="question"
      role="group"
      aria-label=${this.description}
      @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && this.ask(false)}
    >
      <p class="words" id="question">${this.question}</p>
      <div class="answers">
        <button class="button cancel" aria-describedby="question" @click=${() => this.ask(false)}>
          Cancel
        </button>
        <button class="button danger" aria-describedby="question" @click=${this.onConfirm}>
          ${this.label}
        </button>
      </div>
    </div>`;
  }

  private ask(asking: boolean): void {
    this.asking = asking;
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(asking ? '.cancel' : 'button')?.focus(),
    );
  }

  private readonly onConfirm = (): void => {
    this.ask(false);
    this.dispatchEvent(new ConfirmEvent());
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-confirm': SlipConfirm;
  }
}
