import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { MapGoal, MapState } from '../../server/protocol.ts';
import { glyphs } from '../components/glyphs.ts';
import { View } from '../views/view.ts';
import './container-detail.ts';
import './detail.css';
import './image-detail.ts';
import './layer-detail.ts';
import type { MapLink } from './link.ts';
import { imageName, instructionOf, registriesOf } from './names.ts';
import { containersOfNetwork, containersOfVolume, partsOf } from './related.ts';
import { choice } from './choice.ts';
import { haunt, isGhost, nameOf } from './ghosts.ts';
import { wordsOf } from './goal-words.ts';
import { registryDetail, repositoryDetail } from './registry-detail.ts';
import { CloseEvent } from './select.ts';

/** What is known of the one thing of the map that was opened. */
@customElement('slip-map-detail')
export class SlipMapDetail extends View {
  @property({ attribute: false }) link!: MapLink;
  @property({ attribute: false }) state!: MapState;
  @property() selected = '';
  /** What the task asks for, when that is shown. */
  @property({ attribute: false }) goal: MapGoal | null = null;
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
    if (isGhost(id)) return kind === 'layer' ? 'A layer that is asked for' : `Asked for: ${nameOf(id)}`;
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
      case 'repository':
        return `Repository ${id}`;
      default:
        return registriesOf(this.state).find(({ host }) => host === id)?.title ?? id;
    }
  }

  private renderBody() {
    const { kind, id } = partsOf(this.selected);
    const { state, link } = this;
    if (isGhost(id)) return this.renderGhost();
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
      case 'repository':
        return repositoryDetail(this.state, id);
      default:
        return registryDetail(this.state, id);
    }
  }

  private renderGhost() {
    const asked = haunt(this.state, this.goal).asked.find(({ key }) => key === this.selected);
    return html`<p>
      ${asked ? wordsOf(asked) : 'It is part of what the task asks for.'} It is not there yet: the map draws
      it where it will stand.
    </p>`;
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
