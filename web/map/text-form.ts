import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { MapState } from '../../server/protocol.ts';
import { formatBytes } from '../text.ts';
import { View } from '../views/view.ts';
import { byId, imageName, registriesOf, sizeOf } from './names.ts';
import { containersOfNetwork, containersOfVolume } from './related.ts';
import { SelectEvent } from './select.ts';

/** Of one image; all are in its detail. */
const TAGS_MAX = 4;

/** The map in words: tables of the same things, whose names open the same details. */
@customElement('slip-map-text')
export class SlipMapText extends View {
  @property({ attribute: false }) state!: MapState;
  @property() selected = '';

  override render() {
    const { images, containers, volumes, networks } = this.state;
    return html`<div class="map-text" tabindex="0" role="region" aria-label="The engine in words">
      ${this.renderTable(
        `Images (${images.length})`,
        ['Image', 'Layers', 'Size', 'Made from', 'Containers'],
        this.imageRows(),
      )}
      ${this.renderTable(
        `Containers (${containers.length})`,
        ['Container', 'State', 'Image', 'Ports', 'Networks'],
        containers.map((container) => [
          this.link(`container ${container.id}`, container.name),
          container.exitCode === null
            ? container.state
            : `${container.state} with code ${container.exitCode}`,
          container.imageName,
          container.ports.join(', ') || '–',
          container.networks.map(({ name }) => name).join(', ') || '–',
        ]),
      )}
      ${this.renderTable(
        `Volumes (${volumes.length})`,
        ['Volume', 'Used by'],
        volumes.map(({ id }) => [
          this.link(`volume ${id}`, id),
          namesOf(containersOfVolume(this.state, id)) || 'nobody',
        ]),
      )}
      ${this.renderTable(
        `Networks (${networks.length})`,
        ['Network', 'Driver', 'Subnet', 'Containers'],
        networks.map(({ id, name, driver, subnet }) => [
          this.link(`network ${id}`, name),
          driver,
          subnet || '–',
          namesOf(containersOfNetwork(this.state, id)) || 'none',
        ]),
      )}
      ${this.renderTable(
        'Registries',
        ['Registry', 'Repositories known to be there'],
        registriesOf(this.state).map(({ host, title, repositories }) => [
          this.link(`registry ${host}`, title),
          repositories.map(({ name }) => name).join(', ') || 'none',
        ]),
      )}
    </div>`;
  }

  private imageRows(): Cell[][] {
    const { images, layers, containers } = this.state;
    const known = byId(layers);
    const all = byId(images);
    const uses = new Map<string, number>();
    for (const image of images) for (const id of image.layers) uses.set(id, (uses.get(id) ?? 0) + 1);
    return images.map((image) => {
      const shared = image.layers.filter((id) => (uses.get(id) ?? 0) > 1).length;
      const parent = all.get(image.parent);
      const used = containers.filter((container) => container.image === image.id).length;
      const more = image.tags.length - TAGS_MAX;
      const tags = `${image.tags.slice(0, TAGS_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
      const names = image.tags.length === 0 ? `dangling ${imageName(image)}` : tags;
      return [
        this.link(`image ${image.id}`, names),
        `${image.layers.length}, ${shared} shared`,
        formatBytes(sizeOf(image, known)),
        parent ? imageName(parent) : '–',
        String(used),
      ];
    });
  }

  private renderTable(caption: string, heads: readonly string[], rows: readonly Cell[][]) {
    return html`<table>
      <caption>
        ${caption}
      </caption>
      ${
        rows.length === 0
          ? nothing
          : html`<thead>
              <tr>
                ${heads.map((head) => html`<th scope="col">${head}</th>`)}
              </tr>
            </thead>`
      }
      <tbody>
        ${
          rows.length === 0
            ? html`<tr>
                <td class="muted">None</td>
              </tr>`
            : rows.map(
                ([name, ...cells]) =>
                  html`<tr>
                    <th scope="row">${name}</th>
                    ${cells.map((cell) => html`<td>${cell}</td>`)}
                  </tr>`,
              )
        }
      </tbody>
    </table>`;
  }

  private link(what: string, name: string): TemplateResult {
    return html`<button
      class="map-link"
      aria-pressed=${what === this.selected ? 'true' : 'false'}
      @click=${() => this.dispatchEvent(new SelectEvent(what))}
    >
      ${name}
    </button>`;
  }
}

type Cell = string | TemplateResult;

function namesOf(rows: readonly { readonly name: string }[]): string {
  return rows.map(({ name }) => name).join(', ');
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-map-text': SlipMapText;
  }
}
