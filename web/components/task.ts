import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { TaskView } from '../../server/protocol.ts';
import { inlineCode } from '../text.ts';
import { glyphs } from './glyphs.ts';
import { controlStyles } from './shared.ts';

type Finding = TaskView['findings'][number];

/** One task: whether it is done, and while it is not, what was found so far and a hint to fold out. */
@customElement('slip-task')
export class SlipTask extends LitElement {
  static override styles = [
    controlStyles,
    css`
      :host {
        display: block;
      }

      .task {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0 var(--space-3);
        padding: var(--space-3) var(--space-4);
        border: 1px solid var(--line);
        border-left: 3px solid var(--line-strong);
        border-radius: var(--radius-s);
        transition: border-color var(--motion);
      }

      :host([current]) .task,
      :host([done]) .task {
        border-left-color: var(--accent);
      }

      :host([done]) .task {
        background: var(--accent-soft);
        border-color: transparent;
        border-left-color: var(--accent);
      }

      .tick {
        display: grid;
        place-items: center;
        width: 1.25rem;
        height: 1.25rem;
        margin-top: 0.1rem;
        border: 1.5px solid var(--line-strong);
        border-radius: 50%;
        color: transparent;
      }

      :host([current]) .tick {
        border-color: var(--accent);
      }

      :host([done]) .tick {
        border-color: var(--accent);
        background: var(--accent);
        color: var(--on-accent);
      }

      .tick svg {
        width: 0.8rem;
        height: 0.8rem;
        stroke-width: 2.4;
      }

      .title {
        margin: 0;
        font-weight: 600;
        line-height: 1.5;
      }

      .rest {
        grid-column: 2;
      }

      .findings {
        display: grid;
        gap: var(--space-1);
        margin: var(--space-2) 0 0;
        padding: 0;
        font-size: var(--text-s);
        list-style: none;
      }

      .finding {
        display: grid;
        grid-template-columns: 1rem 1fr;
        gap: var(--space-2);
        color: var(--text);
      }

      .finding svg {
        margin-top: 0.15rem;
        color: var(--accent);
      }

      .missing {
        color: var(--text-muted);
      }

      .missing::before {
        width: 0.375rem;
        height: 0.375rem;
        margin: 0.45rem 0 0 0.3rem;
        border-radius: 50%;
        background: var(--warning);
        content: '';
      }

      details {
        margin-top: var(--space-2);
        font-size: var(--text-s);
      }

      summary {
        width: fit-content;
        border-radius: var(--radius-s);
        color: var(--accent);
        font-weight: 500;
        cursor: pointer;
      }

      details p {
        margin: var(--space-1) 0 0;
      }

      code {
        padding: 0.1em 0.3em;
        border-radius: var(--radius-s);
        background: var(--ground-soft);
        font: 0.92em/1.4 var(--font-code);
        overflow-wrap: anywhere;
      }

      :host([done]) code {
        background: var(--ground);
      }
    `,
  ];

  @property() heading = '';
  @property() hint = '';
  @property({ attribute: false }) findings: readonly Finding[] = [];
  @property({ type: Boolean, reflect: true }) done = false;
  /** The task that comes next. */
  @property({ type: Boolean, reflect: true }) current = false;

  override render() {
    return html`<div class="task" role="group" aria-labelledby="title">
      <span class="tick">${glyphs.check}</span>
      <p class="title" id="title">
        <span class="visually-hidden">${this.done ? 'Done: ' : 'Task: '}</span>${inlineCode(this.heading)}
      </p>
      <div class="rest">${this.done ? nothing : this.renderOpen()}</div>
    </div>`;
  }

  private renderOpen() {
    // Later tasks say nothing until something of theirs is right: what is missing there goes without saying.
    const tells = this.current || this.findings.some(({ passed }) => passed);
    return html`${tells && this.findings.length > 0 ? this.renderFindings() : nothing}
    ${
      this.hint
        ? html`<details>
            <summary>Hint</summary>
            <p>${inlineCode(this.hint)}</p>
          </details>`
        : nothing
    }`;
  }

  private renderFindings() {
    return html`<ul class="findings" aria-label="What was found">
      ${this.findings.map(({ passed, message }) =>
        passed
          ? html`<li class="finding">${glyphs.check}<span>${inlineCode(message)}</span></li>`
          : html`<li class="finding missing"><span>${inlineCode(message)}</span></li>`,
      )}
    </ul>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-task': SlipTask;
  }
}
