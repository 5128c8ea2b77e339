import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { RunCommandEvent } from '../events.ts';
import './copy.ts';
import { glyphs } from './glyphs.ts';
import { controlStyles } from './shared.ts';

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
  /** Ends what runs in the terminal first. */
  @property({ type: Boolean }) interrupt = false;
  /** The terminal it is meant for, counted from 1; the active one when null. */
  @property({ attribute: false }) terminal: number | null = null;
  /** Offers to run it. */
  @property({ type: Boolean }) runs = false;
  /** There is a machine that would take it. */
  @property({ type: Boolean }) live = false;

  override render() {
    return html`<div class="block" role="group" aria-label="Command">
      <pre><code>${this.renderLines()}</code></pre>
      <div class="buttons">
        <slip-copy .text=${this.text}></slip-copy>
        ${this.runs ? this.renderRun() : nothing}
      </div>
    </div>`;
  }

  private get meaning(): string {
    const where = this.terminal === null ? 'the terminal' : `terminal ${this.terminal}`;
    const first = this.interrupt ? 'End what runs with Ctrl+C, then type' : 'Type';
    return `${first} it into ${where} and press Enter`;
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
      title=${this.live ? this.meaning : 'The machine is not running'}
      ?disabled=${!this.live}
      @click=${() => this.dispatchEvent(new RunCommandEvent(this.text, { interrupt: this.interrupt, terminal: this.terminal }))}
    >
      ${glyphs.run} Run${this.terminal === null ? nothing : html` in ${this.terminal}`}
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-command': SlipCommand;
  }
}
