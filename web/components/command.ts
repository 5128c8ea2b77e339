import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { copyText } from '../clipboard.ts';
import { RunCommandEvent } from '../events.ts';
import { glyphs } from './glyphs.ts';
import { controlStyles } from './shared.ts';

const TOLD_MS = 2_000;

/** Shell lines with a button to copy and, where that makes sense, one to run them. Event: `slip-run`. */
@customElement('slip-command')
export class SlipCommand extends LitElement {
  static override styles = [
    controlStyles,
    css`
      :host {
        display: block;
      }

      .block {
        display: flex;
        align-items: flex-start;
        gap: var(--space-2);
        padding: var(--space-2) var(--space-2) var(--space-2) var(--space-3);
        border: 1px solid var(--line);
        border-radius: var(--radius-m);
        background: var(--ground-soft);
      }

      pre {
        flex: 1;
        min-width: 0;
        margin: 0;
        padding: 0.3rem 0;
        color: var(--text);
        font: var(--text-s) / 1.55 var(--font-code);
        white-space: pre-wrap;
        overflow-wrap: break-word;
      }

      .line {
        display: block;
        padding-left: 1.4em;
        text-indent: -1.4em;
      }

      .line::before {
        color: var(--text-muted);
        content: '$ ' / '';
      }

      .line.more::before {
        content: '  ' / '';
      }

      .buttons {
        display: flex;
        gap: var(--space-1);
      }

      .button.run {
        color: var(--accent);
      }

      .button.run[disabled] {
        color: var(--text-muted);
      }

      .button:hover {
        border-color: var(--line-strong);
        background: var(--ground-raised);
      }
    `,
  ];

  @property() text = '';
  /** Offers to run it. */
  @property({ type: Boolean }) runs = false;
  /** There is a machine that would take it. */
  @property({ type: Boolean }) live = false;

  @state() private told = '';

  #timer: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  override render() {
    return html`<div class="block" role="group" aria-label="Command">
      <pre><code>${this.renderLines()}</code></pre>
      <div class="buttons">
        <button
          class="button quiet small"
          aria-label="Copy: ${this.text}"
          title="Copy"
          @click=${() => void this.onCopy()}
        >
          ${this.told === 'Copied' ? glyphs.check : glyphs.copy}
        </button>
        ${this.runs ? this.renderRun() : nothing}
      </div>
      <span class="visually-hidden" role="status">${this.told}</span>
    </div>`;
  }

  private renderLines() {
    const lines = this.text.split('\n');
    return lines.map((line, place) => {
      const more = place > 0 && (lines[place - 1] ?? '').endsWith('\\');
      return html`<span class="line ${more ? 'more' : ''}">${line}</span>`;
    });
  }

  private renderRun() {
    return html`<button
      class="button quiet small run"
      aria-label="Run: ${this.text}"
      title=${this.live ? 'Type it into the terminal and press Enter' : 'The machine is not running'}
      ?disabled=${!this.live}
      @click=${() => this.dispatchEvent(new RunCommandEvent(this.text))}
    >
      ${glyphs.run} Run
    </button>`;
  }

  private async onCopy(): Promise<void> {
    this.told = (await copyText(this.text)) ? 'Copied' : 'The browser does not let this page copy.';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.told = ''), TOLD_MS);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-command': SlipCommand;
  }
}
