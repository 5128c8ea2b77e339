import type { Digest } from '../oci/digest.ts';
import { shortId } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import { familiarReference, fullName, parseReference } from '../oci/reference.ts';
import type { ImageContext } from './context.ts';
import { emitImage } from './emit.ts';
import { chainIds, chainsInUse, releaseLayers } from './layers.ts';
import { isIdPrefix, keyOf, lookUp } from './lookup.ts';

/** One line of `docker rmi`. */
export type Removed = { readonly Untagged: string } | { readonly Deleted: string };

export interface RemoveOptions {
  readonly force: boolean;
  /** Also removes the images it was made from, as long as nothing else wants them. */
  readonly prune: boolean;
}

/**
 * `docker rmi`. By a name: takes the name away, and the image with its last name. By an id: takes the image away, if
 * its names are all of one repository. Throws `EngineError('conflict')` in Docker's words.
 */
export async function remove(
  context: ImageContext,
  text: string,
  options: RemoveOptions,
): Promise<Removed[]> {
  const { store } = context;
  const id = lookUp(store, text);
  const removed: Removed[] = [];
  const byName = !isIdPrefix(id, text);
  if (byName) {
    checkLastName(context, id, text, options);
    await removeName(context, id, keyOf(parseReference(text)), removed);
    await removeLonelyDigests(context, id, fullName(parseReference(text)), removed);
    if (store.referencesOf(id).length > 0) return removed;
  } else if (ofOneRepository(store.referencesOf(id))) {
    const except: ConflictKind[] = options.force ? SOFT : ['reference'];
    refuseOn(findConflict(context, id, except));
    await removeNames(context, id, removed);
  }
  await removeImage(context, id, { ...options, quiet: byName }, removed);
  return removed;
}

type ConflictKind = 'children' | 'running' | 'reference' | 'stopped';

/** These give way to `--force`. */
const SOFT: ConflictKind[] = ['reference', 'stopped'];

interface Conflict {
  readonly kind: ConflictKind;
  readonly message: string;
}

function checkLastName(context: ImageContext, id: Digest, text: string, { force }: RemoveOptions): void {
  if (force || !ofOneRepository(context.store.referencesOf(id))) return;
  const user = context.uses().find((use) => use.image === id);
  if (!user) return;
  throw new EngineError(
    'conflict',
    `conflict: unable to remove repository reference "${text}" (must force) - ` +
      `container ${shortId(user.containerId)} is using its referenced image ${shortId(id)}`,
  );
}

async function removeName(context: ImageContext, id: Digest, key: string, removed: Removed[]): Promise<void> {
  await context.store.change((names) => {
    const references = new Map(names.references);
    references.delete(key);
    return { ...names, references };
  });
  await emitImage(context, id, id, 'untag');
  removed.push({ Untagged: familiarReference(parseReference(key)) });
}

async function removeNames(context: ImageContext, id: Digest, removed: Removed[]): Promise<void> {
  for (const key of context.store.referencesOf(id)) await removeName(context, id, key, removed);
}

/** The digests of a repository whose last tag has gone. */
async function removeLonelyDigests(context: ImageContext, id: Digest, name: string, removed: Removed[]) {
  const keys = context.store.referencesOf(id).filter((key) => fullName(parseReference(key)) === name);
  if (keys.some((key) => !isPinned(key))) return;
  for (const key of keys) {
    await context.store.change((names) => {
      const references = new Map(names.references);
      references.delete(key);
      return { ...names, references };
    });
    removed.push({ Untagged: familiarReference(parseReference(key)) });
  }
}

async function removeImage(
  context: ImageContext,
  id: Digest,
  { force, prune, quiet }: RemoveOptions & { readonly quiet: boolean },
  removed: Removed[],
): Promise<void> {
  const { store } = context;
  const conflict = findConflict(context, id, force ? SOFT : []);
  if (conflict) {
    const dangling = store.referencesOf(id).length === 0 && store.childrenOf(id).length === 0;
    const used = conflict.kind === 'running' || conflict.kind === 'stopped';
    if (quiet && (!dangling || used)) return;
    refuseOn({ ...conflict, id });
  }
  const { parent } = store.record(id);
  await removeNames(context, id, removed);
  const { diffIds } = await store.summary(id);
  await store.drop(id);
  await emitImage(context, id, id, 'delete');
  removed.push({ Deleted: id });
  await removeLayers(context, diffIds, removed);
  if (!prune || parent === undefined || !store.has(parent)) return;
  await removeImage(context, parent, { force: false, prune: true, quiet: true }, removed);
}

async function removeLayers(context: ImageContext, diffIds: readonly Digest[], removed: Removed[]) {
  const used = await chainsInUse(context);
  const gone = chainIds(diffIds).filter((chainId) => !used.has(chainId));
  for (const chainId of gone.reverse()) removed.push({ Deleted: chainId });
  await releaseLayers(context, diffIds);
}

function findConflict(
  { store, uses }: ImageContext,
  id: Digest,
  except: readonly ConflictKind[],
): (Conflict & { id: Digest }) | undefined {
  const users = uses().filter((use) => use.image === id);
  const running = users.find((use) => use.running);
  const stopped = users.find((use) => !use.running);
  const found: (Conflict | undefined)[] = [
    store.childrenOf(id).length > 0
      ? { kind: 'children', message: 'image has dependent child images' }
      : undefined,
    running && {
      kind: 'running',
      message: `image is being used by running container ${shortId(running.containerId)}`,
    },
    store.referencesOf(id).length > 0
      ? { kind: 'reference', message: 'image is referenced in multiple repositories' }
      : undefined,
    stopped && {
      kind: 'stopped',
      message: `image is being used by stopped container ${shortId(stopped.containerId)}`,
    },
  ];
  const first = found.find((each) => each !== undefined && !except.includes(each.kind));
  return first && { ...first, id };
}

function refuseOn(conflict: (Conflict & { id: Digest }) | undefined): void {
  if (!conflict) return;
  const how = SOFT.includes(conflict.kind) ? 'must be forced' : 'cannot be forced';
  throw new EngineError(
    'conflict',
    `conflict: unable to delete ${shortId(conflict.id)} (${how}) - ${conflict.message}`,
  );
}

/** At most one tag, and all digests of that tag's repository. */
function ofOneRepository(keys: readonly string[]): boolean {
  if (keys.length <= 1) return keys.length === 1;
  const tags = keys.filter((key) => !isPinned(key));
  if (tags.length > 1) return false;
  return new Set(keys.map((key) => fullName(parseReference(key)))).size === 1;
}

function isPinned(key: string): boolean {
  return key.includes('@');
}
