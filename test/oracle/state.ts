import { setTimeout } from 'node:timers/promises';

import { call, get } from './api.ts';
import type { Engine } from './engine.ts';

/** Images every row finds, as pulled from the hub. */
const BASE = ['busybox:latest', 'debian:latest', 'debian:bookworm-slim', 'hello-world:latest'];

interface ListedContainer {
  readonly Id: string;
}
interface ListedImage {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
}
type Fields = Readonly<Record<string, unknown>>;

/** What a row leaves behind, in a form that two engines can be compared by. */
export interface EngineState {
  readonly containers: readonly Fields[];
  readonly images: readonly Fields[];
  readonly volumes: readonly Fields[];
  readonly networks: readonly Fields[];
}

/** `digests`: the ids and digests of the catalog, without their algorithm. */
export async function readState({ dockerHost }: Engine, digests: ReadonlySet<string>): Promise<EngineState> {
  await firstProbesOver(dockerHost);
  const containers = await get<Fields[]>(dockerHost, '/containers/json?all=1');
  const images = await get<ListedImage[]>(dockerHost, '/images/json');
  const volumes = await get<{ Volumes: Fields[] | null }>(dockerHost, '/volumes');
  const networks = await get<Fields[]>(dockerHost, '/networks');
  const made = images.filter((each) => !BASE.includes(each.RepoTags?.[0] ?? ''));
  return {
    containers: containers.map((each) =>
      comparable(without(each, ['Created', ...(each.State === 'running' ? [] : ['NetworkSettings'])])),
    ),
    images: (await Promise.all(made.map(async ({ Id }) => readMade(dockerHost, Id))))
      .map(({ image, created }) => ({ image: withoutLuck(image, digests), created }))
      .toSorted((a, b) => byText(a.image, b.image) || (a.created < b.created ? -1 : 1))
      .map(({ image }) => image),
    volumes: (volumes.Volumes ?? []).map((each) => without(each, ['CreatedAt'])).toSorted(byText),
    networks: networks.map((each) => without(each, ['Created'])).toSorted(byText),
  };
}

/** Waits, two seconds at most, until no container's health is still unknown: when the first probe ends is luck. */
async function firstProbesOver(dockerHost: string): Promise<void> {
  const starting = `/containers/json?filters=${encodeURIComponent('{"health":["starting"]}')}`;
  for (let tries = 0; tries < 20; tries++) {
    const containers = await get<ListedContainer[]>(dockerHost, starting);
    if (containers.length === 0) return;
    await setTimeout(100);
  }
}

/** An image, and when it was made: what else is the same of two stands in that order. */
async function readMade(dockerHost: string, id: string): Promise<{ image: Fields; created: string }> {
  const { Created: created } = await get<{ Created: string }>(dockerHost, `/images/${id}/json`);
  // Without its Z a shorter fraction of a second sorts before a longer one that begins the same.
  return { image: await readImage(dockerHost, id), created: created.replace('Z', '') };
}

/**
 * Layers of which the catalog knows nothing are counted only: whether two of the same content are the same layer is luck,
 * since their files were written in the same second or were not.
 */
function withoutLuck(image: Fields, digests: ReadonlySet<string>): Fields {
  const { Layers: layers = [], ...rootfs } = image.RootFS as { Layers?: readonly string[] };
  const known = (layer: string): boolean => digests.has(layer.slice(layer.indexOf(':') + 1));
  return { ...image, RootFS: { ...rootfs, Layers: layers.map((each) => (known(each) ? each : 'new')) } };
}

/** What `docker inspect` and `docker history` tell of an image, without what two engines cannot have in common. */
export async function readImage(dockerHost: string, id: string): Promise<Fields> {
  const image = await get<Fields>(dockerHost, `/images/${id}/json`);
  const history = await get<Fields[]>(dockerHost, `/images/${id}/history`);
  const hidden = ['Created', 'GraphDriver', 'Metadata', 'DockerVersion'];
  return { ...without(image, hidden), History: history.map((each) => without(each, ['Created'])) };
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/**
 * Mounts and ports come in no order; where a volume lies on the disk dockerd says only while it is in use; and what is
 * left of the network in one that does not run depends on how far its start went.
 */
function comparable(container: Fields): Fields {
  const ordered = (value: unknown): unknown =>
    Array.isArray(value) ? (value as Fields[]).toSorted(byText) : value;
  const mounts = (container.Mounts as Fields[] | undefined)?.map((each) => without(each, ['Source']));
  return { ...container, Mounts: ordered(mounts), Ports: ordered(container.Ports) };
}

/** Names come first to mind, ids are random: what is left after leaving ids out decides the order. */
function byText(a: Fields, b: Fields): number {
  const text = (fields: Fields): string => JSON.stringify(fields).replaceAll(/[0-9a-f]{12,64}/gu, '');
  return text(a).localeCompare(text(b));
}

/** Makes the engine as the next row expects it: the base images, and nothing else. */
export async function reset({ dockerHost }: Engine): Promise<void> {
  const containers = await get<ListedContainer[]>(dockerHost, '/containers/json?all=1');
  await Promise.all(
    containers.map(async ({ Id }) => call(dockerHost, 'DELETE', `/containers/${Id}?force=1&v=1`)),
  );
  await call(dockerHost, 'POST', '/volumes/prune');
  await call(dockerHost, 'POST', '/networks/prune');
  await resetImages(dockerHost);
}

async function resetImages(dockerHost: string): Promise<void> {
  const images = await get<ListedImage[]>(dockerHost, '/images/json');
  for (const { Id, RepoTags } of images) {
    const others = (RepoTags ?? []).filter((tag) => !BASE.includes(tag) && tag !== '<none>:<none>');
    for (const tag of others) await call(dockerHost, 'DELETE', `/images/${encodeURIComponent(tag)}?force=1`);
    const isBase = RepoTags?.some((tag) => BASE.includes(tag)) ?? false;
    if (!isBase) await call(dockerHost, 'DELETE', `/images/${Id}?force=1`);
  }
  const left = (await get<ListedImage[]>(dockerHost, '/images/json')).flatMap((each) => each.RepoTags ?? []);
  for (const missing of BASE.filter((tag) => !left.includes(tag))) {
    const [name = '', tag = ''] = missing.split(':');
    await call(dockerHost, 'POST', `/images/create?fromImage=${name}&tag=${tag}`);
  }
}
