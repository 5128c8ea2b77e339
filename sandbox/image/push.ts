import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { Reference } from '../oci/reference.ts';
import { familiarName, familiarReference, fullName, parseReference } from '../oci/reference.ts';
import type { Credentials } from '../registry/client/credentials.ts';
import type { ImageContext } from './context.ts';
import type { Report } from './lines.ts';
import { linesOf } from './lines.ts';
import type { Progress } from './progress.ts';
import type { InTurn } from './pull.ts';

export interface PushOptions {
  /** Without a tag: every tag of the repository. */
  readonly reference: Reference;
  readonly credentials: Credentials;
  /** Ends the push; the registry keeps nothing of what is not whole. */
  readonly signal?: AbortSignal;
}

/** A tag to be pushed, and the image it stands for. */
export interface TaggedImage {
  readonly reference: Reference;
  readonly id: Digest;
}

/** Brings images to the registry that their names say. All that goes wrong is told after the first line. */
export async function* push(
  context: ImageContext,
  options: PushOptions,
  inTurn: InTurn,
): AsyncGenerator<Progress> {
  const { reference, signal } = options;
  yield { status: `The push refers to repository [${fullName(reference)}]` };
  const images = imagesOf(context, reference);
  yield* linesOf(signal, (report, cancel) =>
    pushAll(context, { ...options, signal: cancel }, images, report, inTurn),
  );
  const actor = { ID: familiarReference(reference), Attributes: { name: familiarName(reference) } };
  context.emit({ Type: 'image', Action: 'push', Actor: actor });
}

async function pushAll(
  context: ImageContext,
  options: PushOptions & { readonly signal: AbortSignal },
  images: readonly TaggedImage[],
  report: Report,
  inTurn: InTurn,
): Promise<void> {
  const diffIds: Digest[] = [];
  for (const { id } of images) diffIds.push(...(await context.store.summary(id)).diffIds);
  const release = await inTurn(async () => context.store.hold(diffIds));
  try {
    const { pushToRegistry } = await import('./push-registry.ts');
    await pushToRegistry(context, { ...options, images, report });
  } finally {
    release();
  }
}

function imagesOf({ store }: ImageContext, reference: Reference): TaggedImage[] {
  const name = fullName(reference);
  const all = [...store.names.references].flatMap(([key, id]): TaggedImage[] => {
    const each = parseReference(key);
    return fullName(each) === name ? [{ reference: each, id }] : [];
  });
  if (all.length === 0) {
    throw new EngineError(
      'not-found',
      `An image does not exist locally with the tag: ${familiarName(reference)}`,
    );
  }
  if (reference.digest !== undefined) throw new EngineError('invalid', 'cannot push a digest reference');
  const tagged = all.filter(({ reference: each }) => each.digest === undefined);
  if (reference.tag === undefined) return sorted(tagged, reference);
  const found = tagged.filter(({ reference: each }) => each.tag === reference.tag);
  if (found.length > 0) return found;
  throw new EngineError('not-found', `tag does not exist: ${familiarReference(reference)}`);
}

function sorted(tagged: readonly TaggedImage[], reference: Reference): TaggedImage[] {
  if (tagged.length === 0) {
    throw new EngineError('not-found', `no tags to push for ${familiarName(reference)}`);
  }
  return [...tagged].sort((a, b) => ((a.reference.tag ?? '') < (b.reference.tag ?? '') ? -1 : 1));
}
