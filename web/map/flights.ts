import type { MapState, Transfer } from '../../server/protocol.ts';
import { byId } from './names.ts';
import type { Item, Scene } from './scene.ts';

/** Something that is seen to travel from one place of the map to another. */
export interface Flight {
  readonly from: Item;
  readonly to: Item;
  readonly label: string;
}

interface Drawn {
  readonly state: MapState;
  readonly scene: Scene;
}

/** More at a time is a flurry that shows nothing. */
const FLIGHTS_MAX = 24;

/**
 * What travelled between two states: a container's writable layer onto the stack by a commit, layers to a registry by a
 * push and from it by a pull, and only those that did travel.
 */
export function flightsBetween(before: Drawn, after: Drawn): readonly Flight[] {
  const [old, now] = [byKey(before.scene), byKey(after.scene)];
  return [
    ...commits(before, after, old, now),
    ...pulls(before, after, old, now),
    ...pushes(before, after, now),
  ].slice(0, FLIGHTS_MAX);
}

type Keyed = ReadonlyMap<string, Item>;

function commits(before: Drawn, after: Drawn, old: Keyed, now: Keyed): Flight[] {
  const known = byId(before.state.images);
  return after.state.images.flatMap((image): Flight[] => {
    if (known.has(image.id) || image.container === '') return [];
    const from = old.get(`container ${image.container}`);
    const to = now.get(`layer ${image.layers.at(-1) ?? ''}`);
    return from && to && !old.has(to.key) ? [{ from, to, label: 'new layer' }] : [];
  });
}

function pulls(before: Drawn, after: Drawn, old: Keyed, now: Keyed): Flight[] {
  const images = byId(before.state.images);
  const flown = new Set<string>();
  return after.state.images.flatMap((image): Flight[] => {
    if (images.has(image.id)) return [];
    const pull = after.state.transfers.findLast(
      ({ verb, reference }) => verb === 'pull' && image.tags.includes(reference),
    );
    const from = pull && placeOf(pull, now);
    if (!from) return [];
    return image.layers.flatMap((id): Flight[] => {
      const to = now.get(`layer ${id}`);
      if (!to || old.has(to.key) || flown.has(id)) return [];
      flown.add(id);
      return [{ from, to, label: to.label }];
    });
  });
}

function pushes(before: Drawn, after: Drawn, now: Keyed): Flight[] {
  const earlier = byId(before.state.transfers);
  return after.state.transfers.flatMap((transfer): Flight[] => {
    const to = placeOf(transfer, now);
    if (transfer.verb !== 'push' || !to || earlier.get(transfer.id) === transfer) return [];
    const sent = sentLayers(earlier.get(transfer.id));
    const wanted = [...sentLayers(transfer)].filter((id) => !sent.has(id));
    return wanted.flatMap((id): Flight[] => {
      const layer = after.state.layers.find(({ diffId }) => diffId.startsWith(`sha256:${id}`));
      const from = layer && now.get(`layer ${layer.id}`);
      return from ? [{ from, to, label: from.label }] : [];
    });
  });
}

function sentLayers(transfer: Transfer | undefined): ReadonlySet<string> {
  return new Set(transfer?.layers.filter(({ state }) => state === 'done').map(({ id }) => id));
}

/** Where the registry's side of a transfer is drawn: the repository, or else the registry. */
function placeOf({ reference, registry }: Transfer, now: Keyed): Item | undefined {
  const name = reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return now.get(`repository ${name}`) ?? now.get(`registry ${registry}`);
}

/** Layers that are drawn as one are where that one is. */
function byKey({ items }: Scene): Keyed {
  const keyed = new Map(items.map((item) => [item.key, item]));
  for (const item of items) {
    for (const id of item.folds ?? []) if (!keyed.has(`layer ${id}`)) keyed.set(`layer ${id}`, item);
  }
  return keyed;
}

/** Keys of the layers that are on their way to a registry at this moment. */
export function travelling(state: MapState): ReadonlySet<string> {
  const ids = state.transfers
    .filter((transfer) => transfer.verb === 'push' && transfer.state === 'running')
    .flatMap(({ layers }) => layers.filter((layer) => layer.state === 'travelling').map(({ id }) => id));
  if (ids.length === 0) return new Set();
  return new Set(
    state.layers
      .filter(({ diffId }) => ids.some((id) => diffId.startsWith(`sha256:${id}`)))
      .map(({ id }) => `layer ${id}`),
  );
}
