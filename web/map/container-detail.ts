import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { LayerFile, MapContainer, MapContainerDetail, MapState } from '../../server/protocol.ts';
import { sentence } from '../api.ts';
import { formatBytes } from '../text.ts';
import { View } from '../views/view.ts';
import { choice } from './choice.ts';
import './file-tree.ts';
import type { MapLink } from './link.ts';
import { imageName } from './names.ts';

/** A container: what it runs, what it is connected with, and what changed in its writable layer. */
@customElement('slip-map-container')
export class SlipMapContainer extends View {
  @property({ attribute: false }) link!: MapLink;
  @property({ attribute: false }) state!: MapState;
  @property({ attribute: false }) container!: MapContainer;

  @state() private detail: MapContainerDetail | null = null;
  @state() private problem = '';

  #asked: MapContainer | null = null;

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('container') && this.#asked !== this.container) void this.load();
  }

  override render() {
    const { container, state: map } = this;
    const { state: status, exitCode, command, ports, networks, mounts } = container;
    const image = map.images.find(({ id }) => id === container.image);
    const networkId = (name: string) => map.networks.find((network) => network.name === name)?.id ?? '';
    return html`
      <dl class="map-facts">
        <dt>State</dt>
        <dd>${status}${exitCode === null ? '' : ` with code ${exitCode}`}</dd>
        <dt>Image</dt>
        <dd>${image ? choice(`image ${image.id}`, imageName(image)) : container.imageName}</dd>
        <dt>Command</dt>
        <dd><code>${command}</code></dd>
        ${
          ports.length === 0
            ? nothing
            : html`<dt>Ports</dt>
                <dd>${ports.join(', ')}</dd>`
        }
        ${
          networks.length === 0
            ? nothing
            : html`<dt>Networks</dt>
                <dd>
                  ${networks.map(({ name, address }) => html`${choice(`network ${networkId(name)}`, name)} ${address} `)}
                </dd>`
        }
        ${
          mounts.length === 0
            ? nothing
            : html`<dt>Mounts</dt>
                <dd>
                  ${mounts.map(
                    ({ volume, source, target }) =>
                      html`<div>
                        ${volume ? choice(`volume ${volume}`, volume) : html`<code>${source}</code>`} at
                        <code>${target}</code>
                      </div>`,
                  )}
                </dd>`
        }
      </dl>
      <h4>Its writable layer</h4>
      ${this.renderChanges()}
    `;
  }

  private renderChanges() {
    const again = html`<button class="button small" @click=${() => void this.load()}>Look again</button>`;
    if (this.problem) return html`<p class="map-error">${this.problem} ${again}</p>`;
    if (!this.detail) return html`<p class="muted" role="status">Looking what changed…</p>`;
    const { changes, total, size } = this.detail;
    if (total === 0) return html`<p>Nothing differs from the image. ${again}</p>`;
    const files = changes.map(({ path, change }): LayerFile => ({
      path: path.slice(1),
      change,
      kind: 'other',
      size: 0,
      hides: 0,
    }));
    return html`<p>
        ${total} ${total === 1 ? 'change' : 'changes'}, ${formatBytes(size)}. <code>docker commit</code> would
        make a layer of it. ${again}
      </p>
      <slip-map-files .files=${files} sizeless></slip-map-files>
      ${total > changes.length ? html`<p class="muted">The first ${changes.length} of ${total}.</p>` : nothing}`;
  }

  private async load(): Promise<void> {
    const { container } = this;
    this.#asked = container;
    this.problem = '';
    try {
      const detail = await this.link.container(container.id);
      if (this.container.id === container.id) this.detail = detail;
    } catch (error) {
      if (this.container.id === container.id) this.problem = sentence(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-map-container': SlipMapContainer;
  }
}
