import type { Digest } from '../../sandbox/oci/digest.ts';
import { namespaceOf } from '../../sandbox/registry/store/names.ts';
import type { Repository } from '../../sandbox/registry/store/repository.ts';
import { readBuilding } from './building.ts';
import { describeImages } from './describe.ts';
import type { Hub } from './hub.ts';
import type { HubName, HubOverview, HubRepository, HubSummary, HubTag } from './protocol.ts';
import { OFFICIAL } from './sources.ts';

const LISTED_MAX = 200;
const TAGS_MAX = 100;
const SHARED_MAX = 5;

/** What the hub's pages show. `owner` is the learner who looks. */
export async function overview(hub: Hub, term: string, owner: string | undefined): Promise<HubOverview> {
  const wanted = term.trim().toLowerCase();
  const own = [...hub.store.repositories()].map(summaryOf).sort(byUpdate);
  const all = [...own, ...(await officials(hub))].filter(({ name, description }) =>
    `${name} ${description.toLowerCase()}`.includes(wanted),
  );
  return {
    repositories: all.slice(0, LISTED_MAX),
    total: all.length,
    names: namesOf(hub, owner),
    building: hub.catalogFolder === undefined ? [] : await readBuilding(hub.catalogFolder),
  };
}

export function namesOf(hub: Hub, owner: string | undefined): HubName[] {
  return owner === undefined ? [] : hub.accounts.ownedBy(owner).map(({ name }) => nameOf(hub, name));
}

/** Those in names of the learner. */
export function repositoriesOf(hub: Hub, owner: string): Readonly<Repository>[] {
  return [...hub.store.repositories()].filter(({ name }) => hub.accounts.owns(owner, namespaceOf(name)));
}

export function nameOf(hub: Hub, name: string): HubName {
  return { name, usedBytes: hub.store.usage(name), quotaBytes: hub.store.quotaBytes };
}

/** `shown` as it is pulled: `debian` is an official image. Undefined when there is no such repository. */
export async function repositoryView(
  hub: Hub,
  shown: string,
  owner: string | undefined,
): Promise<HubRepository | undefined> {
  const name = shown.includes('/') ? shown : `${OFFICIAL}/${shown}`;
  const sharing = sharingOf(hub, name);
  const tagView = async (
    tag: string,
    digest: Digest,
    pushedAt: string | null,
    pushedBy: string | null,
  ): Promise<HubTag> => ({
    name: tag,
    digest,
    pushedAt,
    pushedBy,
    images: await describeImages(hub.source, name, digest, sharing),
  });
  const repository = hub.store.repository(name);
  if (repository) {
    const tags = [...repository.tags].sort(([, a], [, b]) => (a.at < b.at ? 1 : -1)).slice(0, TAGS_MAX);
    return {
      ...summaryOf(repository),
      mine: hub.accounts.owns(owner, namespaceOf(name)),
      tagList: await Promise.all(
        tags.map(([tag, { digest, at, by }]) => tagView(tag, digest, at, by ?? null)),
      ),
    };
  }
  const summary = (await officials(hub)).find((each) => each.name === shown);
  if (!summary) return undefined;
  const tags = (await hub.catalog?.tags(name)) ?? [];
  const views = tags.slice(0, TAGS_MAX).map(async (tag) => {
    const manifest = await hub.catalog?.manifest(name, tag);
    return manifest ? [await tagView(tag, manifest.digest, null, null)] : [];
  });
  return { ...summary, mine: false, tagList: (await Promise.all(views)).flat() };
}

function summaryOf({ name, description, tags, createdAt }: Readonly<Repository>): HubSummary {
  const updatedAt = [...tags.values()].reduce((latest, { at }) => (at > latest ? at : latest), createdAt);
  return { name, official: false, description, tags: tags.size, updatedAt };
}

async function officials({ catalog }: Hub): Promise<HubSummary[]> {
  const names = (await catalog?.names()) ?? [];
  return Promise.all(
    names.map(async (name) => ({
      name: name.slice(OFFICIAL.length + 1),
      official: true,
      description: '',
      tags: (await catalog?.tags(name))?.length ?? 0,
      updatedAt: null,
    })),
  );
}

/** Which other repositories have a layer too, a few of them. */
function sharingOf({ store }: Hub, name: string): (layer: Digest) => readonly string[] {
  const others = [...store.repositories()].filter((each) => each.name !== name);
  const own = store.repository(name);
  const tagged = new Set([...(own?.tags.values() ?? [])].map(({ digest }) => digest));
  const manifests = [...(own?.manifests ?? [])].filter(([digest]) => tagged.has(digest));
  return (layer) => {
    const sharing = others.filter(({ blobs }) => blobs.has(layer)).map((each) => each.name);
    if (manifests.filter(([, { parts }]) => parts.includes(layer)).length > 1) sharing.unshift('other tags');
    if (store.isShared(layer) && !name.startsWith(`${OFFICIAL}/`)) sharing.unshift('official images');
    return sharing.slice(0, SHARED_MAX);
  };
}

function byUpdate(a: HubSummary, b: HubSummary): number {
  return (a.updatedAt ?? '') < (b.updatedAt ?? '') ? 1 : -1;
}
