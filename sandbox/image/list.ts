import type { Digest } from '../oci/digest.ts';
import { familiarName, familiarReference, parseReference } from '../oci/reference.ts';
import type { ImageContext } from './context.ts';
import { chainIds, layerSizes } from './layers.ts';
import { lookUp } from './lookup.ts';
import { globPattern } from './pattern.ts';
import { compareTimes, unixSeconds } from './time.ts';

/** `ImageSummary` of Docker's API; -1 stands for "not counted". */
export interface ImageSummary {
  readonly Containers: number;
  readonly Created: number;
  readonly Id: Digest;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly ParentId: string;
  readonly RepoDigests: readonly string[] | null;
  readonly RepoTags: readonly string[] | null;
  readonly SharedSize: number;
  readonly Size: number;
  readonly VirtualSize: number;
}

export interface ListOptions {
  /** Also those without a name that others were made from. */
  readonly all?: boolean;
  readonly dangling?: boolean;
  /** `key` or `key=value`; all must hold. */
  readonly labels?: readonly string[];
  /** Images; only what is older than the first, or newer than it. */
  readonly before?: readonly string[];
  readonly since?: readonly string[];
  /** Patterns for names; one must hold. */
  readonly references?: readonly string[];
}

/** `docker images`, newest first. */
export async function list(context: ImageContext, options: ListOptions): Promise<ImageSummary[]> {
  const { store } = context;
  const within = await timeWindow(context, options);
  const patterns = options.references?.map(globPattern);
  const found: { readonly created: string; readonly image: ImageSummary }[] = [];
  for (const id of store.ids()) {
    const { created, labels } = await store.summary(id);
    if (!within(created) || !hasLabels(labels, options.labels ?? [])) continue;
    const names = namesOf(context, id, patterns);
    if (names && isWanted(context, id, names, options, patterns !== undefined)) {
      found.push({ created, image: await summarise(context, id, names) });
    }
  }
  return found
    .sort((a, b) => b.image.Created - a.image.Created || compareTimes(b.created, a.created))
    .map(({ image }) => image);
}

/** With the number of containers of each, and the bytes it shares with others: for `docker system df`. */
export async function listWithSharing(context: ImageContext): Promise<ImageSummary[]> {
  const images = await list(context, {});
  const stacks = new Map<Digest, readonly Digest[]>();
  const counts = new Map<Digest, number>();
  for (const { Id } of images) {
    const { diffIds } = await context.store.summary(Id);
    stacks.set(Id, diffIds);
    for (const chainId of chainIds(diffIds)) counts.set(chainId, (counts.get(chainId) ?? 0) + 1);
  }
  const uses = context.uses();
  return Promise.all(
    images.map(async (image) => {
      const diffIds = stacks.get(image.Id) ?? [];
      const chain = chainIds(diffIds);
      const sizes = await layerSizes(context, diffIds);
      const shared = sizes.filter((_, i) => (counts.get(chain[i] ?? image.Id) ?? 0) > 1);
      return {
        ...image,
        Containers: uses.filter((use) => use.image === image.Id).length,
        SharedSize: sum(shared),
      };
    }),
  );
}

export interface ImageNames {
  readonly tags: readonly string[];
  readonly digests: readonly string[];
}

/** Docker's short names of an image. */
export function familiarNames({ store }: ImageContext, id: Digest): ImageNames {
  const known = knownNames(store.names.references);
  const found = known.get(id) ?? shorten(store.referencesOf(id));
  known.set(id, found);
  return found;
}

function shorten(keys: readonly string[]): ImageNames {
  const familiar = (wanted: boolean) =>
    keys.filter((key) => key.includes('@') === wanted).map((key) => familiarReference(parseReference(key)));
  return { tags: familiar(false), digests: familiar(true) };
}

/** Short names for as long as no name changes: lists are asked for more often than images are named. */
const byReferences = new WeakMap<ReadonlyMap<string, Digest>, Map<Digest, ImageNames>>();

function knownNames(references: ReadonlyMap<string, Digest>): Map<Digest, ImageNames> {
  const known = byReferences.get(references) ?? new Map<Digest, ImageNames>();
  byReferences.set(references, known);
  return known;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** Undefined when patterns were given and none of the image's names fits. */
function namesOf(
  context: ImageContext,
  id: Digest,
  patterns: readonly RegExp[] | undefined,
): ImageNames | undefined {
  const names = familiarNames(context, id);
  if (!patterns) return names;
  const fits = (name: string) =>
    patterns.some((pattern) => pattern.test(name) || pattern.test(familiarName(parseReference(name))));
  const fitting = { tags: names.tags.filter(fits), digests: names.digests.filter(fits) };
  return fitting.tags.length + fitting.digests.length > 0 ? fitting : undefined;
}

function isWanted(
  { store }: ImageContext,
  id: Digest,
  { tags, digests }: ImageNames,
  { all, dangling }: ListOptions,
  byName: boolean,
): boolean {
  if (dangling === true && store.childrenOf(id).length > 0) return false;
  if (tags.length + digests.length > 0) return dangling !== true || tags.length === 0;
  if (byName || dangling === false) return false;
  return all === true || store.childrenOf(id).length === 0;
}

async function summarise(
  context: ImageContext,
  id: Digest,
  { tags, digests }: ImageNames,
): Promise<ImageSummary> {
  const { created, labels, diffIds } = await context.store.summary(id);
  const size = sum(await layerSizes(context, diffIds));
  const nameless = tags.length + digests.length === 0;
  return {
    Containers: -1,
    Created: unixSeconds(created),
    Id: id,
    Labels: labels,
    ParentId: context.store.record(id).parent ?? '',
    RepoDigests: nameless ? ['<none>@<none>'] : digests.length > 0 ? digests : null,
    RepoTags: nameless ? ['<none>:<none>'] : tags.length > 0 ? tags : null,
    SharedSize: -1,
    Size: size,
    VirtualSize: size,
  };
}

export function hasLabels(
  labels: Readonly<Record<string, string>> | null,
  wanted: readonly string[],
): boolean {
  return wanted.every((each) => {
    const [key = '', ...value] = each.split('=');
    const found = labels?.[key];
    return found !== undefined && (value.length === 0 || found === value.join('='));
  });
}

async function timeWindow(
  { store }: ImageContext,
  { before = [], since = [] }: ListOptions,
): Promise<(created: string) => boolean> {
  const time = async (text: string) => (await store.summary(lookUp(store, text))).created;
  // Of several the last one counts.
  const end = (await Promise.all(before.map(time))).at(-1);
  const start = (await Promise.all(since.map(time))).at(-1);
  return (created) =>
    (end === undefined || compareTimes(created, end) < 0) &&
    (start === undefined || compareTimes(created, start) > 0);
}
