import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { MapState } from '../../server/protocol.ts';
import { glyphs } from '../components/glyphs.ts';
import { View } from '../views/view.ts';
import './container-detail.ts';
import './image-detail.ts';
import './layer-detail.ts';
import type { MapLink } from './link.ts';
import { imageName, instructionOf, registriesOf } from './names.ts';
import { containersOfNetwork, containersOfVolume, partsOf } from './related.ts';
import { choice } from './choice.ts';
import { CloseEvent } from './select.ts';

/** What is known of the one thing of the map that was opened. */
@customElement('slip-map-detail')
export class SlipMapDetail extends View {
  @property({ attribute: false }) link!: MapLink;
  @property({ attribute: false }) state!: MapState;
  @property() selected = '';
  /** A past moment: what is gone meanwhile cannot be asked about. */
  @property({ type: Boolean }) past = false;

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('selected')) this.querySelector<HTMLElement>('h3')?.focus();
  }

  override render() {
    return html`<section class="map-detail" aria-label="Detail" @keydown=${this.onKey}>
      <header>
        <h3 tabindex="-1">${this.heading}</h3>
        <button class="button quiet icon" aria-label="Close the detail" @click=${this.close}>
          ${glyphs.close}
        </button>
      </header>
      <div class="map-detail-body">${this.renderBody()}</div>
    </section>`;
  }

  private get heading(): string {
    const { kind, id } = partsOf(this.selected);
    const { images, layers, containers, networks } = this.state;
    switch (kind) {
      case 'image':
        return `Image ${imageName(images.find((each) => each.id === id) ?? { id, tags: [] })}`;
      case 'layer':
        return `Layer ${instructionOf(layers.find((each) => each.id === id)?.createdBy ?? '').slice(0, 60)}`;
      case 'container':
        return `Container ${containers.find((each) => each.id === id)?.name ?? id.slice(0, 12)}`;
      case 'network':
        return `Network ${networks.find((each) => each.id === id)?.name ?? id.slice(0, 12)}`;
      case 'volume':
        return `Volume ${id}`;
      default:
        return registriesOf(this.state).find(({ host }) => host === id)?.title ?? id;
    }
  }

  private renderBody() {
    const { kind, id } = partsOf(this.selected);
    const { state, link } = this;
    switch (kind) {
      case 'image': {
        const image = state.images.find((each) => each.id === id);
        return image
          ? html`<slip-map-image .link=${link} .state=${state} .image=${image}></slip-map-image>`
          : this.renderGone();
      }
      case 'layer': {
        const layer = state.layers.find((each) => each.id === id);
        return layer
          ? html`<slip-map-layer .link=${link} .state=${state} .layer=${layer}></slip-map-layer>`
          : this.renderGone();
      }
      case 'container': {
        const container = state.containers.find((each) => each.id === id);
        return container
          ? html`<slip-map-container
              .link=${link}
              .state=${state}
              .container=${container}
            ></slip-map-container>`
          : this.renderGone();
      }
      case 'volume':
        return this.renderVolume(id);
      case 'network':
        return this.renderNetwork(id);
      default:
        return this.renderRegistry(id);
    }
  }

  private renderGone() {
    return html`<p class="muted">
      ${this.past ? 'It was not there at that moment.' : 'It is not there any more.'}
    </p>`;
  }

  private renderVolume(id: string) {
    const volume = this.state.volumes.find((each) => each.id === id);
    if (!volume) return this.renderGone();
    const used = containersOfVolume(this.state, id);
    return html`<p>
        A folder that outlives containers. Driver <code>${volume.driver}</code>.
        ${used.length === 0 ? 'No container uses it.' : ''}
      </p>
      ${
        used.length === 0
          ? nothing
          : html`<h4>Used by</h4>
              <ul class="map-list">
                ${used.map(
                  (container) =>
                    html`<li>
                      ${choice(`container ${container.id}`, container.name)}
                      <span class="muted"
                        >at
                        ${container.mounts
                          .filter((mount) => mount.volume === id)
                          .map(({ target }) => target)
                          .join(', ')}</span
                      >
                    </li>`,
                )}
              </ul>`
      }`;
  }

  private renderNetwork(id: string) {
    const network = this.state.networks.find((each) => each.id === id);
    if (!network) return this.renderGone();
    const members = containersOfNetwork(this.state, id);
    return html`<p>
        Driver
        <code>${network.driver}</code
        >${network.subnet ? html`, addresses in <code>${network.subnet}</code>` : nothing}.
      </p>
      <h4>Containers</h4>
      ${
        members.length === 0
          ? html`<p class="muted">None.</p>`
          : html`<ul class="map-list">
              ${members.map(
                (container) =>
                  html`<li>
                    ${choice(`container ${container.id}`, container.name)}
                    <span class="muted"
                      >${container.networks.find(({ name }) => name === network.name)?.address}</span
                    >
                  </li>`,
              )}
            </ul>`
      }`;
  }

  private renderRegistry(host: string) {
    const repositories = registriesOf(this.state).find((each) => each.host === host)?.repositories ?? [];
    const transfers = this.state.transfers
      .filter(({ registry }) => registry === host)
      .slice(-8)
      .reverse();
    const { images } = this.state;
    return html`<h4>Known to be there</h4>
      ${repositories.length === 0 ? html`<p class="muted">Nothing that this machine has was pulled from it or pushed to it.</p>` : nothing}
      <ul class="map-list">
        ${repositories.map(
          ({ name, images: ids }) =>
            html`<li>
              <code>${name}</code> ${ids.map((id) => {
                const image = images.find((each) => each.id === id);
                return image ? choice(`image ${id}`, imageName(image)) : nothing;
              })}
            </li>`,
        )}
      </ul>
      ${transfers.length === 0 ? nothing : html`<h4>Lately</h4>`}
      <ul class="map-list">
        ${transfers.map(({ verb, reference, state, layers }) => {
          const moved = layers.filter((layer) => layer.state === 'done').length;
          const there = layers.filter((layer) => layer.state === 'there' || layer.state === 'mounted').length;
          return html`<li>
            ${verb === 'push' ? 'Push of' : 'Pull of'} <code>${reference}</code>: ${moved}
            ${moved === 1 ? 'layer' : 'layers'} travelled, ${there} did not have
            to${state === 'done' ? '' : `; ${state}`}
          </li>`;
        })}
      </ul>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    this.close();
  };

  private readonly close = (): void => {
    this.dispatchEvent(new CloseEvent());
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-map-detail': SlipMapDetail;
  }
}
