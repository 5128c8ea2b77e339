import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { Reference } from '../oci/reference.ts';
import {
  familiarName,
  familiarReference,
  fullReference,
  parseReference,
  withDefaultTag,
  withTag,
} from '../oci/reference.ts';
import type { ImageContext } from './context.ts';
import { emitImage } from './emit.ts';

/** The name that `repository` and `tag` of a request make; what `docker tag` and `docker commit` accept. */
export function nameFor(repository: string, tag: string): Reference {
  const reference = parseReference(repository);
  if (reference.digest !== undefined)
    throw new EngineError('invalid', 'refusing to create a tag with a digest reference');
  return tag === '' ? withDefaultTag(reference) : withTag(reference, tag);
}

/** Gives the image a name, taking it from whichever image had it. */
export async function tag(context: ImageContext, id: Digest, reference: Reference): Promise<void> {
  if (familiarName(reference) === 'sha256') {
    throw new EngineError('invalid', 'refusing to create an ambiguous tag using digest algorithm as name');
  }
  await context.store.change((names) => ({
    ...names,
    references: new Map(names.references).set(fullReference(reference), id),
    images: new Map(names.images).set(id, { ...names.images.get(id), tagged: new Date().toISOString() }),
  }));
  await emitImage(context, id, familiarReference(reference), 'tag');
}
