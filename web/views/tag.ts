import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { styleMap } from 'lit/directives/style-map.js';
import type { HubImage, HubLayer, HubStep, HubTag } from '../../server/protocol.ts';
import { sentence } from '../api.ts';
import '../components/confirm.ts';
import { hubApi } from '../hub.ts';
import { formatBytes } from '../text.ts';
import { count, moment } from './hub-bar.ts';
import { shortDigest } from './pushes.ts';
import { View } from './view.ts';

/** One tag: what it stands for, and, opened, the layers and the history of its images. */
@customElement('slip-tag')
export class SlipTag extends View {
  @property() repository = '';
  @property({ attribute: false }) tag: HubTag | null = null;
  @property({ type: Boolean }) open = false;
  /** It may be deleted by who looks. */
  @property({ type: Boolean }) mine = false;

  @state() private problem = '';

  override render() {
    const { tag } = this;
    if (!tag) return nothing;
    const { name, digest, images, pushedAt, pushedBy } = tag;
    return html`<details class="tag" ?open=${this.open}>
      <summary>
        <span class="tag-name">${name}</span>
        <span class="tag-facts">
          <span>${images.map(({ platform }) => platform).join(', ')}</span>
          <span class="figure">${images.map(({ size }) => formatBytes(size)).join(', ')}</span>
          <span>${pushedBy === null ? nothing : html`pushed by ${pushedBy}, `}${moment(pushedAt)}</span>
        </span>
      </summary>
      <div class="tag-body">
        <p class="tag-digest">Digest <code>${digest}</code></p>
        ${images.length === 0 ? html`<p class="muted">This is no image that could be described.</p>` : nothing}
        ${images.map((image) => this.renderImage(image, images.length > 1))}
        ${this.mine ? this.renderDelete(name) : nothing}
        ${this.problem ? html`<p role="alert">${this.problem}</p>` : nothing}
      </div>
    </details>`;
  }

  private renderImage({ platform, digest, layers, history }: HubImage, several: boolean) {
    return html`<div class="image">
      ${several ? html`<p class="image-platform">${platform} <code>${shortDigest(digest)}</code></p>` : nothing}
      <h3>${count(layers.length, 'layer')}</h3>
      <ol class="layers">
        ${layers.map((layer) => renderLayer(layer, Math.max(...layers.map(({ size }) => size), 1)))}
      </ol>
      ${
        history.length > 0
          ? html`<h3>History</h3>
              <ol class="history">
                ${history.map(renderStep)}
              </ol>`
          : nothing
      }
    </div>`;
  }

  private renderDelete(name: string) {
    return html`<slip-confirm
      label="Delete this tag"
      description="Delete the tag ${name}"
      question="It can no longer be pulled by this tag."
      @slip-confirm=${() => void this.deleteTag(name)}
    ></slip-confirm>`;
  }

  private async deleteTag(name: string): Promise<void> {
    try {
      await hubApi.removeTag(this.repository, name);
    } catch (error) {
      this.problem = sentence(error);
    }
  }
}

const renderLayer = ({ digest, size, sharedWith }: HubLayer, largest: number) =>
  html`<li class="layer ${sharedWith.length > 0 ? 'shared' : ''}">
    <span class="layer-bar" aria-hidden="true">
      <span style=${styleMap({ width: `${Math.max(1, (size / largest) * 100).toFixed(1)}%` })}></span>
    </span>
    <code>${shortDigest(digest)}</code>
    <span class="figure">${formatBytes(size)}</span>
    <span class="layer-shared"
      >${sharedWith.length > 0 ? html`<span class="hub-badge">Shared</span> with ${sharedWith.join(', ')}` : nothing}</span
    >
  </li>`;

const renderStep = ({ createdBy, createdAt, hasLayer }: HubStep) =>
  html`<li class=${hasLayer ? 'step' : 'step empty'}>
    <code>${createdBy || '(nothing is known of it)'}</code>
    <span class="muted"
      >${hasLayer ? 'a layer' : 'settings only'}${createdAt === null ? nothing : html`, ${moment(createdAt)}`}</span
    >
  </li>`;

declare global {
  interface HTMLElementTagNameMap {
    'slip-tag': SlipTag;
  }
}
