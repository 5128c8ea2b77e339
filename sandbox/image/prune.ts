import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { ImageContext } from './context.ts';
import { chainIds, layerSizes } from './layers.ts';
import { hasLabels } from './list.ts';
import type { Removed } from './remove.ts';
import { remove } from './remove.ts';
import { unixSeconds } from './time.ts';
import { familiarReference, parseReference } from '../oci/reference.ts';
import { hexOf } from '../oci/digest.ts';

export interface PruneOptions {
  /** Only images without a tag; else all that no container uses. */
  readonly danglingOnly: boolean;
  readonly labels: readonly string[];
  readonly withoutLabels: readonly string[];
  /** Seconds; images made later stay. */
  readonly until?: number;
}

export interface PruneReport {
  readonly ImagesDeleted: readonly Removed[] | null;
  readonly SpaceReclaimed: number;
}

/** `docker image prune`. What is in use stays, without a word. */
export async function prune(context: ImageContext, options: PruneOptions): Promise<PruneReport> {
  const sizes = await sizesByChain(context);
  const removed: Removed[] = [];
  for (const id of await candidates(context, options)) {
    for (const name of namesToRemove(context, id, options)) {
      removed.push(...(await removeUnlessUsed(context, name)));
    }
  }
  const reclaimed = removed.reduce(
    (total, each) => total + ('Deleted' in each ? (sizes.get(each.Deleted) ?? 0) : 0),
    0,
  );
  context.emit({
    Type: 'image',
    Action: 'prune',
    Actor: { ID: '', Attributes: { reclaimed: String(reclaimed) } },
  });
  return { ImagesDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: reclaimed };
}

async function candidates(context: ImageContext, options: PruneOptions): Promise<Digest[]> {
  const { store } = context;
  const found: Digest[] = [];
  for (const id of store.ids()) {
    const { created, labels } = await store.summary(id);
    const isStep = store.childrenOf(id).length > 0;
    if (isStep && (options.danglingOnly || store.referencesOf(id).length === 0)) continue;
    if (options.until !== undefined && unixSeconds(created) > options.until) continue;
    if (!hasLabels(labels, options.labels)) continue;
    if (options.withoutLabels.some((label) => hasLabels(labels, [label]))) continue;
    found.push(id);
  }
  return found;
}

function namesToRemove({ store }: ImageContext, id: Digest, { danglingOnly }: PruneOptions): string[] {
  const keys = store.referencesOf(id);
  if (keys.length === 0) return [hexOf(id)];
  if (danglingOnly && keys.some((key) => !key.includes('@'))) return [];
  return keys.map((key) => familiarReference(parseReference(key)));
}

async function removeUnlessUsed(context: ImageContext, name: string): Promise<Removed[]> {
  try {
    return await remove(context, name, { force: false, prune: true });
  } catch (error) {
    // The last name of a repository takes its digests along: they are gone when their turn comes.
    if (error instanceof EngineError && (error.kind === 'conflict' || error.kind === 'not-found')) return [];
    throw error;
  }
}

async function sizesByChain(context: ImageContext): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const id of context.store.ids()) {
    const { diffIds } = await context.store.summary(id);
    const sizes = await layerSizes(context, diffIds);
    for (const [i, chainId] of chainIds(diffIds).entries()) found.set(chainId, sizes[i] ?? 0);
  }
  return found;
}
