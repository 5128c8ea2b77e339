import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import './copy.ts';
import { controlStyles } from './shared.ts';

/** The text of a file with its path; the slot `actions` holds what can be done with it beside copying. */
@customElement('slip-file')
export class SlipFile extends LitElement {
  static override styles = [
    controlStyles,
    css`
      :host {
        display: block;
      }

      figure {
        margin: 0;
        border: 1px solid var(--line);
        border-radius: var(--radius-m);
        background: var(--ground-soft);
      }

      figcaption {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-2);
        padding: var(--space-1) var(--space-2) var(--space-1) var(--space-3);
        border-bottom: 1px solid var(--line);
        color: var(--text-muted);
        font-size: var(--text-s);
      }

      .path {
        flex: 1;
        color: var(--text);
        font-family: var(--font-code);
        overflow-wrap: anywhere;
      }

      pre {
        max-height: 24rem;
        margin: 0;
        padding: var(--space-3);
        overflow: auto;
        color: var(--text);
        font: var(--text-s) / 1.55 var(--font-code);
        tab-size: 4;
      }

      pre:focus-visible {
        outline-offset: -2px;
      }

      @media print {
        pre {
          max-height: none;
          white-space: pre-wrap;
        }
      }
    `,
  ];

  @property() path = '';
  @property() text = '';

  override render() {
    return html`<figure>
      <figcaption>
        <span class="path">${this.path}</span>
        <slot name="actions"></slot>
        <slip-copy .text=${this.text} what=${this.path}></slip-copy>
      </figcaption>
      <pre tabindex="0" role="group" aria-label="Text of ${this.path}"><code>${this.text}</code></pre>
    </figure>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-file': SlipFile;
  }
}
