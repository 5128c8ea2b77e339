import { css, html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { ConfirmEvent } from '../events.ts';
import { controlStyles } from './shared.ts';

/** A button for something that cannot be undone: it asks in its own place. Event: `slip-confirm`. */
@customElement('slip-confirm')
export class SlipConfirm extends LitElement {
  static override styles = [
    controlStyles,
    css`
      :host {
        display: inline-flex;
      }

      .question {
        display: inline-flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
      }

      .words {
        color: var(--text);
        font: var(--text-s) / 1.3 var(--font-text);
      }
    `,
  ];

  /** The button, such as `Reset`. */
  @property() label = '';
  /** What for, to tell one such button from another: `Reset the machine`. */
  @property() description = '';
  @property() question = '';
  @property({ type: Boolean }) disabled = false;
  /** What the button says while the thing is being done. */
  @property() busy = '';

  @state() private asking = false;

  override render() {
    return this.asking && !this.disabled ? this.renderQuestion() : this.renderButton();
  }

  private renderButton() {
    return html`<button
      class="button quiet small"
      title=${this.description}
      ?disabled=${this.disabled}
      @click=${() => this.ask(true)}
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
      <span class="words" id="question">${this.question}</span>
      <button class="button danger small" aria-describedby="question" @click=${this.onConfirm}>
        ${this.label}
      </button>
      <button class="button small cancel" aria-describedby="question" @click=${() => this.ask(false)}>
        Cancel
      </button>
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
