import { html, nothing } from 'lit';
import type { MapImage, MapState, Transfer } from '../../server/protocol.ts';
import { choice } from './choice.ts';
import { imageName, registriesOf } from './names.ts';

/** Of the transfers of one place, the last ones. */
const TRANSFERS_SHOWN = 8;

/** A registry: what is known to be there, and what travelled lately. */
export function registryDetail(state: MapState, host: string) {
  const repositories = registriesOf(state).find((each) => each.host === host)?.repositories ?? [];
  return html`<h4>Known to be there</h4>
    ${repositories.length === 0 ? html`<p class="muted">Nothing that this machine has was pulled from it or pushed to it.</p>` : nothing}
    <ul class="map-list">
      ${repositories.map(
        ({ id, name, images }) =>
          html`<li>${choice(`repository ${id}`, name)} ${imagesOf(state, images).map(imageChoice)}</li>`,
      )}
    </ul>
    ${lately(state.transfers.filter(({ registry }) => registry === host))}`;
}

/** A repository: the images of this machine that are known to be in it, and by which digest. */
export function repositoryDetail(state: MapState, id: string) {
  const registry = registriesOf(state).find(({ repositories }) =>
    repositories.some((each) => each.id === id),
  );
  const repository = registry?.repositories.find((each) => each.id === id);
  if (!registry || !repository)
    return html`<p class="muted">No image of this machine is known to be in it.</p>`;
  const { name } = repository;
  return html`<p>
      In ${choice(`registry ${registry.host}`, registry.title)}. What others push to it is not seen here.
    </p>
    <h4>Images of this machine that it has</h4>
    <ul class="map-list">
      ${imagesOf(state, repository.images).map(
        (image) =>
          html`<li>
            ${imageChoice(image)}
            ${image.digests.filter((digest) => digest.startsWith(`${name}@`)).map((digest) => html`<code>${digest.slice(name.length + 1)}</code> `)}
          </li>`,
      )}
    </ul>
    ${lately(state.transfers.filter(({ reference }) => isOf(reference, name)))}`;
}

function imagesOf({ images }: MapState, ids: readonly string[]): readonly MapImage[] {
  return images.filter(({ id }) => ids.includes(id));
}

function imageChoice(image: MapImage) {
  return html`${choice(`image ${image.id}`, imageName(image))} `;
}

function isOf(reference: string, repository: string): boolean {
  return /^(?:[:@].*)?$/.test(reference.startsWith(repository) ? reference.slice(repository.length) : '?');
}

function lately(transfers: readonly Transfer[]) {
  if (transfers.length === 0) return nothing;
  return html`<h4>Lately</h4>
    <ul class="map-list">
      ${transfers
        .slice(-TRANSFERS_SHOWN)
        .reverse()
        .map(({ verb, reference, state, layers }) => {
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
