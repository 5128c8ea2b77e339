import type { ImageConfig } from '../oci/config.ts';
import type { Descriptor, Platform } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { Reference } from '../oci/reference.ts';
import {
  familiarName,
  familiarReference,
  fullName,
  fullReference,
  withDefaultTag,
  withDigest,
} from '../oci/reference.ts';
import type { Credentials } from '../registry/client/credentials.ts';
import type { ImageContext } from './context.ts';
import { linesOf } from './lines.ts';
import { OWN_PLATFORM, platformMatches, showPlatform } from './platform.ts';
import type { Progress } from './progress.ts';
import { catalogEntries, pullFromCatalog } from './pull-catalog.ts';
import type { ImageStore } from './store.ts';

export interface PullOptions {
  /** With neither tag nor digest: every tag of the repository. */
  readonly reference: Reference;
  readonly platform?: Platform;
  readonly credentials?: Credentials;
  /** Ends the pull; what has come until then is thrown away. */
  readonly signal?: AbortSignal;
}

/** What a pull of one reference came to. */
export interface Pulled {
  /** Whether a name now stands for another image than before. */
  readonly changed: boolean;
  readonly config: ImageConfig;
}

/** What a FROM says when it wants no image. */
const NO_BASE = 'scratch';

/** Runs `work` when nobody else changes images. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Brings an image into the store, and tells about it as Docker does: out of the catalog, whose layers are used where
 * they lie, or from the registry that the name says. Throws before the first line when there is no such image.
 */
export async function* pull(
  context: ImageContext,
  options: PullOptions,
  inTurn: InTurn,
): AsyncGenerator<Progress> {
  const { reference, platform, signal } = options;
  const name = familiarName(reference);
  if (name === NO_BASE) throw new EngineError('internal', `'${name}' is a reserved name`);
  const entries = catalogEntries(context, reference);
  const all: Pulled[] = [];
  if (entries) {
    for (const entry of entries) all.push(yield* pullFromCatalog(context, entry, options));
  } else {
    const { pullFromRegistry } = await import('./pull-registry.ts');
    yield* linesOf(signal, async (report, cancel) => {
      all.push(...(await pullFromRegistry(context, { ...options, signal: cancel, report, inTurn })));
    });
  }
  const what = familiarReference(reference);
  const changed = all.some((each) => each.changed);
  const last = all.at(-1)?.config;
  yield { status: `Status: ${changed ? 'Downloaded newer image' : 'Image is up to date'} for ${what}` };
  if (last) yield* warnOf(last, platform, reference);
  context.emit({ Type: 'image', Action: 'pull', Actor: { ID: what, Attributes: { name } } });
}

/** The line that begins the pull of one reference. */
export function pullingFrom(target: Reference): Progress {
  return {
    status: `Pulling from ${target.path}`,
    id: target.digest === undefined ? (target.tag ?? '') : fullReference(target),
  };
}

/** The manifest of an index for this machine, or for the platform that is asked for. */
export function choose(manifests: readonly Descriptor[], platform: Platform | undefined): Descriptor {
  const wanted = platform ?? OWN_PLATFORM;
  const found = manifests.find((each) => each.platform && platformMatches(each.platform, wanted));
  if (found) return found;
  throw new EngineError(
    'not-found',
    `no matching manifest for ${showPlatform(wanted)} in the manifest list entries`,
  );
}

/** Names the image by what was asked for, and by its manifest's digest. Returns whether that was news. */
export async function nameIt(
  store: ImageStore,
  target: Reference,
  manifest: Digest,
  id: Digest,
): Promise<boolean> {
  const key = fullReference(
    target.digest === undefined ? withDefaultTag(target) : withDigest(target, target.digest),
  );
  const pinned = `${fullName(target)}@${manifest}`;
  const { references } = store.names;
  const news = references.get(key) !== id;
  if (news || references.get(pinned) !== id) {
    await store.change((names) => ({
      ...names,
      references: new Map(names.references).set(key, id).set(pinned, id),
    }));
  }
  return news;
}

/** An image that is of another platform than was asked for, and has no sibling, is taken all the same. */
function* warnOf(actual: Platform, wanted: Platform | undefined, target: Reference): Generator<Progress> {
  if (!wanted || platformMatches(actual, wanted)) return;
  yield {
    status:
      `WARNING: image with reference ${familiarName(target)} was found but does not match the specified platform: ` +
      `wanted ${showPlatform(wanted)}, actual: ${showPlatform(actual)}`,
  };
}
