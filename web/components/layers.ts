import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { DrawnLayer, LayersBlock, LayerStack } from '../../server/protocol.ts';
import { inlineCode } from '../text.ts';

/** Said beside a layer that does not look like the others. */
const LOOKS: Readonly<Record<DrawnLayer['look'], string>> = {
  plain: '',
  new: 'new',
  writable: 'writable',
  faded: 'not there',
};

/** A picture of images as stacks of layers. It is made of text: it can be read aloud, copied, and follows the theme. */
@customElement('slip-layers')
export class SlipLayers extends LitElement {
  static override styles = css`
    :host {
      display: block;
    }

    figure {
      margin: 0;
      padding: var(--space-4);
      border: 1px solid var(--line);
      border-radius: var(--radius-m);
    }

    .stacks {
      display: flex;
      flex-wrap: wrap;
      align-items: flex-end;
      gap: var(--space-4);
    }

    .stack {
      flex: 1 1 8rem;
      min-width: 0;
      max-width: 18rem;
    }

    .name {
      margin: 0 0 var(--space-2);
      font: 600 var(--text-s) / 1.4 var(--font-code);
      overflow-wrap: anywhere;
    }

    ol {
      display: grid;
      gap: 3px;
      margin: 0;
      padding: 0;
      list-style: none;
    }

    li {
      padding: var(--space-2) var(--space-3);
      border: 1px solid var(--line-strong);
      border-radius: var(--radius-s);
      background: var(--ground-soft);
      color: var(--text);
      font-size: var(--text-s);
      line-height: 1.4;
      overflow-wrap: anywhere;
    }

    li.shared {
      border-left: 4px solid var(--accent);
    }

    li.new {
      border-color: var(--accent);
      background: var(--accent-soft);
    }

    li.writable {
      border-style: dashed;
      background: var(--ground);
    }

    li.faded {
      border-style: dotted;
      background: none;
      color: var(--text-muted);
    }

    .note {
      display: block;
      color: var(--text-muted);
      font-size: var(--text-xs);
    }

    figcaption {
      margin-top: var(--space-3);
      color: var(--text-muted);
      font-size: var(--text-s);
    }

    code {
      font: 0.92em/1.4 var(--font-code);
    }
  `;

  @property() caption = '';
  @property({ attribute: false }) stacks: LayersBlock['stacks'] = [];

  override render() {
    return html`<figure>
      <div class="stacks">${this.stacks.map((stack) => this.renderStack(stack))}</div>
      <figcaption>${inlineCode(this.caption)}</figcaption>
    </figure>`;
  }

  private renderStack({ name, layers }: LayerStack) {
    return html`<div class="stack">
      <p class="name">${name}</p>
      <ol aria-label="Layers of ${name}, the newest first">
        ${layers.map((layer) => this.renderLayer(layer))}
      </ol>
    </div>`;
  }

  private renderLayer(layer: DrawnLayer) {
    const shared =
      this.stacks.filter(({ layers }) => layers.some(({ text }) => text === layer.text)).length > 1;
    const notes = [LOOKS[layer.look], layer.note, shared ? 'shared' : ''].filter(Boolean).join(', ');
    return html`<li class="${layer.look} ${shared ? 'shared' : ''}">
      ${inlineCode(layer.text)}${notes === '' ? nothing : html`<span class="note">${inlineCode(notes)}</span>`}
    </li>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-layers': SlipLayers;
  }
}
