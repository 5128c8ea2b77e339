import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { MapImage, MapImageDetail, MapState } from '../../server/protocol.ts';
import { sentence } from '../api.ts';
import { formatBytes } from '../text.ts';
import { View } from '../views/view.ts';
import { choice } from './choice.ts';
import { compareConfigs, compareLayers } from './comparison.ts';
import type { MapLink } from './link.ts';
import { byId, imageName, instructionOf, sizeOf } from './names.ts';
import { jsonNotes } from './json-notes.ts';
import { documentNotes, notesFor } from './notes.ts';

/** An image: its names, its steps, its configuration with notes, and another one beside it. */
@customElement('slip-map-image')
export class SlipMapImage extends View {
  @property({ attribute: false }) link!: MapLink;
  @property({ attribute: false }) state!: MapState;
  @property({ attribute: false }) image!: MapImage;

  @state() private detail: MapImageDetail | null = null;
  @state() private problem = '';
  /** Id of the image beside it, and what is known of that one. */
  @state() private other = '';
  @state() private otherDetail: MapImageDetail | null = null;
  /** Bytes that nobody sees any more, once they were counted. */
  @state() private waste: { readonly bytes: number; readonly whole: boolean } | 'counting' | null = null;

  #asked = '';

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('image') && this.#asked !== this.image.id) void this.load();
  }

  override render() {
    const { image, state: map } = this;
    const layers = byId(map.layers);
    const parent = map.images.find(({ id }) => id === image.parent);
    const containers = map.containers.filter((container) => container.image === image.id);
    return html`
      <dl class="map-facts">
        <dt>Tags</dt>
        <dd>
          ${image.tags.length === 0 ? 'none: the image is dangling' : image.tags.map((tag) => html`<code>${tag}</code> `)}
        </dd>
        <dt>Id</dt>
        <dd><code>${image.id}</code></dd>
        <dt>Size</dt>
        <dd>
          ${formatBytes(sizeOf(image, layers))} in ${image.layers.length}
          ${image.layers.length === 1 ? 'layer' : 'layers'}
        </dd>
        ${
          image.digests.length === 0
            ? nothing
            : html`<dt>In registries</dt>
                <dd>${image.digests.map((digest) => html`<code>${digest}</code> `)}</dd>`
        }
        ${
          parent
            ? html`<dt>Made from</dt>
                <dd>${choice(`image ${parent.id}`, imageName(parent))}</dd>`
            : nothing
        }
        ${
          containers.length === 0
            ? nothing
            : html`<dt>Containers</dt>
                <dd>${containers.map(({ id, name }) => html`${choice(`container ${id}`, name)} `)}</dd>`
        }
      </dl>
      <h4>Layers, the last one on top</h4>
      <ol class="map-list" reversed>
        ${[...image.layers].reverse().map((id) => {
          const layer = layers.get(id);
          return layer
            ? html`<li>
                ${choice(`layer ${id}`, instructionOf(layer.createdBy))}
                <span class="muted">${formatBytes(layer.size)}</span>
              </li>`
            : nothing;
        })}
      </ol>
      ${this.renderWaste()} ${this.renderDetail()} ${this.renderComparison()}
    `;
  }

  private renderWaste() {
    if (this.waste === null)
      return html`<p>
        <button class="button small" @click=${() => void this.count()}>Count wasted bytes</button>
      </p>`;
    if (this.waste === 'counting') return html`<p class="muted" role="status">Looking into the layers…</p>`;
    const { bytes, whole } = this.waste;
    return html`<p class="map-waste" role="status">
      ${bytes === 0 ? 'Nothing is wasted: no layer hides a file of another one.' : html`${formatBytes(bytes)} are wasted: files that a later layer deletes or replaces.`}
      ${whole ? nothing : 'Not every layer could be looked into.'}
    </p>`;
  }

  private renderDetail() {
    if (this.problem)
      return html`<p class="map-error">
        ${this.problem} <button class="button small" @click=${() => void this.load()}>Try again</button>
      </p>`;
    if (!this.detail) return html`<p class="muted" role="status">Reading the configuration…</p>`;
    const { steps, config, cut, documents } = this.detail;
    return html`
      <details>
        <summary>History: ${steps.length} steps</summary>
        <ol class="map-list">
          ${steps.map(
            ({ createdBy, size, comment }) =>
              html`<li>
                <code>${instructionOf(createdBy)}</code>
                <span class="muted"
                  >${size > 0 ? formatBytes(size) : 'no layer'}${comment ? `, ${comment}` : ''}</span
                >
              </li>`,
          )}
        </ol>
      </details>
      ${jsonNotes({ title: 'Configuration', json: config, cut, notes: notesFor(config) })}
      ${
        documents.length === 0
          ? html`<p class="muted">
              It has no manifest yet: <code>docker push</code> writes one, and a pull brings one.
            </p>`
          : documents.map(({ kind, digest, names, json, cut: isCut }) =>
              jsonNotes(
                {
                  title: kind === 'index' ? 'Index' : 'Manifest',
                  json,
                  cut: isCut,
                  notes: documentNotes(json),
                },
                html`<p class="map-digest">
                  ${names.length === 0 ? html`The index leads to <code>${digest}</code>.` : names.map((name) => html`<code>${name}</code> `)}
                </p>`,
              ),
            )
      }
    `;
  }

  private renderComparison() {
    const { image, state: map } = this;
    const others = map.images.filter(({ id }) => id !== image.id);
    if (others.length === 0) return nothing;
    const other = others.find(({ id }) => id === this.other);
    return html`
      <h4>Beside another image</h4>
      <label class="map-choice">
        <span>Compare with</span>
        <select @change=${this.onOther}>
          <option value="">…</option>
          ${others.map((each) => html`<option value=${each.id} ?selected=${each.id === this.other}>${imageName(each)}</option>`)}
        </select>
      </label>
      ${other ? this.renderBeside(other) : nothing}
    `;
  }

  private renderBeside(other: MapImage) {
    const { shared, onlyFirst, onlySecond } = compareLayers(this.image, other, byId(this.state.layers));
    const total = (all: readonly { readonly size: number }[]) =>
      formatBytes(all.reduce((sum, { size }) => sum + size, 0));
    const list = (title: string, all: typeof shared) =>
      html`<h5>${title}: ${all.length === 0 ? 'none' : `${all.length}, ${total(all)}`}</h5>
        <ul class="map-list">
          ${all.map((layer) => html`<li>${choice(`layer ${layer.id}`, instructionOf(layer.createdBy))} <span class="muted">${formatBytes(layer.size)}</span></li>`)}
        </ul>`;
    const settings =
      this.detail && this.otherDetail ? compareConfigs(this.detail.config, this.otherDetail.config) : null;
    return html`
      ${list('Layers of both', shared)} ${list(`Only in ${imageName(this.image)}`, onlyFirst)}
      ${list(`Only in ${imageName(other)}`, onlySecond)}
      ${
        settings === null
          ? nothing
          : settings.length === 0
            ? html`<p>Their settings are the same.</p>`
            : html`<table class="map-settings">
                <caption>
                  Settings that differ
                </caption>
                <thead>
                  <tr>
                    <th scope="col">Setting</th>
                    <th scope="col">${imageName(this.image)}</th>
                    <th scope="col">${imageName(other)}</th>
                  </tr>
                </thead>
                <tbody>
                  ${settings.map(
                    ({ key, first, second }) =>
                      html`<tr>
                        <th scope="row">${key}</th>
                        <td>${first ?? '–'}</td>
                        <td>${second ?? '–'}</td>
                      </tr>`,
                  )}
                </tbody>
              </table>`
      }
    `;
  }

  private readonly onOther = (event: Event): void => {
    this.other = (event.target as HTMLSelectElement).value;
    this.otherDetail = null;
    const { other } = this;
    if (other === '') return;
    this.link.image(other).then(
      (detail) => {
        if (this.other === other) this.otherDetail = detail;
      },
      (error: unknown) => (this.problem = sentence(error)),
    );
  };

  private async load(): Promise<void> {
    const { id } = this.image;
    this.#asked = id;
    this.detail = null;
    this.waste = null;
    this.problem = '';
    this.other = '';
    try {
      const detail = await this.link.image(id);
      if (this.image.id === id) this.detail = detail;
    } catch (error) {
      if (this.image.id === id) this.problem = sentence(error);
    }
  }

  /** One layer after the other: each is looked into once. */
  private async count(): Promise<void> {
    const { id, layers } = this.image;
    this.waste = 'counting';
    let bytes = 0;
    let whole = true;
    for (const index of layers.keys()) {
      if (index === 0) continue;
      await this.link.files(id, index).then(
        ({ hiddenBytes }) => (bytes += hiddenBytes),
        () => (whole = false),
      );
      if (this.image.id !== id) return;
    }
    this.waste = { bytes, whole };
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-map-image': SlipMapImage;
  }
}
