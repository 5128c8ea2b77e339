import { ended } from '../../server/protocol.ts';
import type { BuildRecord, MapContainer, MapImage, MapState, Transfer } from '../../server/protocol.ts';
import { imageName } from './names.ts';

/** Sentences of one change: after a prune of hundreds nobody wants to hear each. */
const SENTENCES_MAX = 5;

/** What happened between two states, in words: for the history, and for those who hear the map. */
export function describeChange(before: MapState, after: MapState): readonly string[] {
  const all = [
    ...images(before, after),
    ...tags(before, after),
    ...containers(before, after),
    ...rows('Volume', before.volumes, after.volumes, ({ id }) => id),
    ...rows('Network', before.networks, after.networks, ({ name }) => name),
    ...ended(before.transfers, after.transfers).flatMap(transferWords),
    ...ended(before.builds, after.builds).flatMap(buildWords),
  ];
  if (all.length <= SENTENCES_MAX) return all;
  const rest = all.length - SENTENCES_MAX;
  return [...all.slice(0, SENTENCES_MAX), `And ${rest} more change${rest === 1 ? '' : 's'}.`];
}

function images(before: MapState, after: MapState): string[] {
  const steps = stepImages(after);
  const isBuilding = after.builds.some(({ state }) => state === 'running');
  const isOnTheWay = ({ id, tags: names }: MapImage) => names.length === 0 && (isBuilding || steps.has(id));
  const { added, gone } = compare(before.images, after.images);
  const said = added
    .filter((image) => !isOnTheWay(image))
    .map((image) => `${steps.has(image.id) ? 'Built' : origin(image, before)}: image ${imageName(image)}.`);
  return [
    ...said,
    ...gone.filter((image) => !isOnTheWay(image)).map((image) => `Image ${imageName(image)} was removed.`),
  ];
}

/** Images that builds made, step after step: between two steps they look like any other. */
function stepImages({ builds }: MapState): ReadonlySet<string> {
  return new Set(
    builds.flatMap(({ steps }) => steps.filter(({ result }) => result === 'made').map(({ image }) => image)),
  );
}

function origin(image: MapImage, before: MapState): string {
  const container = before.containers.find(({ id }) => id === image.container);
  if (container) return `Committed from container ${container.name}`;
  if (image.digests.length > 0) return 'Pulled';
  return image.parent === '' ? 'Added' : 'Built';
}

/** Names that moved from one image that stays to another, came or went. */
function tags(before: MapState, after: MapState): string[] {
  const [old, now] = [tagsOf(before), tagsOf(after)];
  const here = new Set(after.images.map(({ id }) => id));
  const known = new Set(before.images.map(({ id }) => id));
  const said: string[] = [];
  for (const [tag, image] of now) {
    const from = old.get(tag);
    if (from === undefined && known.has(image)) said.push(`Tag ${tag} was added.`);
    else if (from !== undefined && from !== image) said.push(`Tag ${tag} moved to another image.`);
  }
  for (const [tag, image] of old) if (!now.has(tag) && here.has(image)) said.push(`Tag ${tag} was removed.`);
  return said;
}

function tagsOf(state: MapState): Map<string, string> {
  return new Map(
    state.images.flatMap(({ id, tags: names }) => names.map((name): [string, string] => [name, id])),
  );
}

function containers(before: MapState, after: MapState): string[] {
  const { added, gone, kept } = compare(before.containers, after.containers);
  return [
    ...added.map((container) => `Container ${container.name} was created${stateWords(container)}.`),
    ...kept.flatMap(([old, now]) =>
      old.state === now.state ? [] : [`Container ${now.name} is now ${now.state}${exitWords(now)}.`],
    ),
    ...gone.map(({ name }) => `Container ${name} was removed.`),
  ];
}

function stateWords(container: MapContainer): string {
  return container.state === 'created' ? '' : `, and is ${container.state}${exitWords(container)}`;
}

function exitWords({ exitCode }: MapContainer): string {
  return exitCode === null ? '' : ` with code ${exitCode}`;
}

/** What was pulled is said as an image that is new. */
function transferWords({ verb, reference, state, layers }: Transfer): string[] {
  if (state === 'failed') return [`The ${verb} of ${reference} failed.`];
  if (verb === 'pull') return [];
  const moved = layers.filter((layer) => layer.state === 'done').length;
  return [`Pushed ${reference}: ${moved} of ${layers.length} layers travelled.`];
}

/** What was built is said as an image that is new. */
function buildWords({ state, tags: [name = 'an image'], steps }: BuildRecord): string[] {
  const failing = steps.at(-1);
  if (state === 'failed')
    return [`The build of ${name} failed${failing ? ` at step ${failing.number}, ${failing.text}` : ''}.`];
  const isOld = steps.every(({ result }) => result === 'base' || result === 'cached');
  return isOld ? [`The build of ${name} took every step from the cache.`] : [];
}

function rows<T extends { readonly id: string }>(
  what: string,
  before: readonly T[],
  after: readonly T[],
  name: (row: T) => string,
): string[] {
  const { added, gone } = compare(before, after);
  return [
    ...added.map((row) => `${what} ${name(row)} was created.`),
    ...gone.map((row) => `${what} ${name(row)} was removed.`),
  ];
}

function compare<T extends { readonly id: string }>(before: readonly T[], after: readonly T[]) {
  if (before === after) return { added: [], gone: [], kept: [] as [T, T][] };
  const old = new Map(before.map((row) => [row.id, row]));
  const ids = new Set(after.map(({ id }) => id));
  const kept: [T, T][] = [];
  const added: T[] = [];
  for (const row of after) {
    const was = old.get(row.id);
    if (was) kept.push([was, row]);
    else added.push(row);
  }
  return { added, gone: before.filter(({ id }) => !ids.has(id)), kept };
}
