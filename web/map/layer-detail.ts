import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { LayerFiles, MapLayer, MapState } from '../../server/protocol.ts';
import { sentence } from '../api.ts';
import { formatBytes } from '../text.ts';
import { View } from '../views/view.ts';
import { choice } from './choice.ts';
import './file-tree.ts';
import type { MapLink } from './link.ts';
import { imageName, instructionOf } from './names.ts';

/** A layer: what made it, who has it, and its files. */
@customElement('slip-map-layer')
export class SlipMapLayer extends View {
  @property({ attribute: false }) link!: MapLink;
  @property({ attribute: false }) state!: MapState;
  @property({ attribute: false }) layer!: MapLayer;

  @state() private files: LayerFiles | null = null;
  @state() private problem = '';

  #asked = '';

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('layer') && this.#asked !== this.layer.id) void this.load();
  }

  override render() {
    const { layer, state: map } = this;
    const sharing = map.images.filter(({ layers }) => layers.includes(layer.id));
    const place = (sharing[0]?.layers.indexOf(layer.id) ?? 0) + 1;
    const elsewhere = map.layers.filter(
      ({ id, diffId }) => diffId === layer.diffId && id !== layer.id,
    ).length;
    return html`
      <pre class="map-command">${instructionOf(layer.createdBy)}</pre>
      <dl class="map-facts">
        <dt>Size</dt>
        <dd>${formatBytes(layer.size)}</dd>
        <dt>Place</dt>
        <dd>${place} of ${sharing[0]?.layers.length ?? 0}, from the base</dd>
        <dt>Digest</dt>
        <dd><code>${layer.diffId}</code></dd>
      </dl>
      <h4>${sharing.length === 1 ? 'In one image' : `Shared by ${sharing.length} images, kept once`}</h4>
      <ul class="map-list inline">
        ${sharing.slice(0, 40).map((image) => html`<li>${choice(`image ${image.id}`, imageName(image))}</li>`)}
        ${sharing.length > 40 ? html`<li class="muted">and ${sharing.length - 40} more</li>` : nothing}
      </ul>
      ${elsewhere > 0 ? html`<p class="muted">The same files stand on ${elsewhere} other ${elsewhere === 1 ? 'base' : 'bases'}, too.</p>` : nothing}
      <h4>Files</h4>
      ${this.renderFiles()}
    `;
  }

  private renderFiles() {
    if (this.problem)
      return html`<p class="map-error">
        ${this.problem} <button class="button small" @click=${() => void this.load()}>Try again</button>
      </p>`;
    if (!this.files) return html`<p class="muted" role="status">Looking into the layer…</p>`;
    const { files, total, hiddenBytes } = this.files;
    return html`
      ${
        hiddenBytes > 0
          ? html`<p class="map-waste">
              ${formatBytes(hiddenBytes)} of the layers below are deleted or replaced here. Nobody sees them
              any more, and they still travel with every push and pull.
            </p>`
          : nothing
      }
      <slip-map-files .files=${files}></slip-map-files>
      ${total > files.length ? html`<p class="muted">The first ${files.length} of ${total}.</p>` : nothing}
    `;
  }

  private async load(): Promise<void> {
    const { layer } = this;
    const image = this.state.images.find(({ layers }) => layers.includes(layer.id));
    this.#asked = layer.id;
    this.files = null;
    this.problem = '';
    try {
      if (!image) throw new Error('No image has this layer at that moment.');
      const files = await this.link.files(image.id, image.layers.indexOf(layer.id));
      if (this.layer === layer || this.layer.id === layer.id) this.files = files;
    } catch (error) {
      if (this.layer.id === layer.id) this.problem = sentence(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-map-layer': SlipMapLayer;
  }
}
