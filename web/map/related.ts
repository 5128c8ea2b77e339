import type { MapContainer, MapImage, MapState } from '../../server/protocol.ts';
import { registriesOf } from './names.ts';

/** Keys of all that has to do with what `key` stands for, itself included; nothing for the empty key. */
export function relatedTo(state: MapState, key: string): ReadonlySet<string> {
  const { kind, id } = partsOf(key);
  const found = new Set(key === '' ? [] : [key]);
  const add = (keys: readonly string[]) => keys.forEach((each) => found.add(each));
  const image = state.images.find((each) => each.id === id);
  const container = state.containers.find((each) => each.id === id);
  if (kind === 'image' && image) add(ofImage(state, image));
  if (kind === 'container' && container) add(ofContainer(state, container));
  if (kind === 'layer')
    add(state.images.filter(({ layers }) => layers.includes(id)).map((each) => `image ${each.id}`));
  if (kind === 'volume') add(keysOf(containersOfVolume(state, id)));
  if (kind === 'network') add(keysOf(containersOfNetwork(state, id)));
  if (kind === 'registry') {
    const there = registriesOf(state).find(({ host }) => host === id)?.repositories ?? [];
    add(there.flatMap(({ images }) => images.map((each) => `image ${each}`)));
  }
  if (kind === 'repository') {
    const of = registriesOf(state).find(({ repositories }) => repositories.some((each) => each.id === id));
    const images = of?.repositories.find((each) => each.id === id)?.images ?? [];
    if (of) add([`registry ${of.host}`, ...images.map((each) => `image ${each}`)]);
  }
  return found;
}

/** `image sha256:…` as its two parts; the id may have spaces of its own. */
export function partsOf(key: string): { readonly kind: string; readonly id: string } {
  const at = key.indexOf(' ');
  return { kind: key.slice(0, at), id: key.slice(at + 1) };
}

export function containersOfVolume({ containers }: MapState, volume: string): readonly MapContainer[] {
  return containers.filter(({ mounts }) => mounts.some((mount) => mount.volume === volume));
}

export function containersOfNetwork({ containers, networks }: MapState, id: string): readonly MapContainer[] {
  const name = networks.find((network) => network.id === id)?.name;
  return containers.filter((container) => container.networks.some((network) => network.name === name));
}

function ofImage(state: MapState, image: MapImage): string[] {
  return [
    ...image.layers.map((id) => `layer ${id}`),
    ...keysOf(state.containers.filter((container) => container.image === image.id)),
    ...registriesOf({ images: [image], transfers: [] })
      .filter(({ repositories }) => repositories.length > 0)
      .flatMap(({ host, repositories }) => [
        `registry ${host}`,
        ...repositories.map((each) => `repository ${each.id}`),
      ]),
  ];
}

function ofContainer(state: MapState, container: MapContainer): string[] {
  const image = state.images.find(({ id }) => id === container.image);
  const names = new Set(container.networks.map(({ name }) => name));
  return [
    `image ${container.image}`,
    ...(image?.layers.map((id) => `layer ${id}`) ?? []),
    ...container.mounts.map(({ volume }) => `volume ${volume}`),
    ...state.networks.filter(({ name }) => names.has(name)).map(({ id }) => `network ${id}`),
  ];
}

function keysOf(containers: readonly MapContainer[]): string[] {
  return containers.map(({ id }) => `container ${id}`);
}
