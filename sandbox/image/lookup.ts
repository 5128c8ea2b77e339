import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { Reference } from '../oci/reference.ts';
import {
  familiarReference,
  fullReference,
  parseAnyReference,
  withDefaultTag,
  withDigest,
} from '../oci/reference.ts';
import type { ImageStore } from './store.ts';

/**
 * The image that `text` means: a name, a name and tag or digest, an id, or an unambiguous beginning of an id.
 * Throws `EngineError('not-found')`, and `'invalid'` for what can be none of these.
 */
export function lookUp(store: ImageStore, text: string): Digest {
  const reference = parseAnyReference(text);
  const found =
    typeof reference === 'string'
      ? reference
      : (store.names.references.get(keyOf(reference)) ?? byPrefix(store.ids(), text));
  if (found !== undefined && store.has(found)) return found;
  throw new EngineError('not-found', `No such image: ${shownAs(reference)}`);
}

/** The key of the store's references; a digest counts more than a tag beside it. */
export function keyOf(reference: Reference): string {
  const { digest } = reference;
  return fullReference(digest === undefined ? withDefaultTag(reference) : withDigest(reference, digest));
}

/** Whether `text` names the image by its id or the beginning of it. */
export function isIdPrefix(id: Digest, text: string): boolean {
  return id.startsWith(text) || id.slice('sha256:'.length).startsWith(text);
}

function byPrefix(ids: readonly Digest[], text: string): Digest | undefined {
  if (!/^(sha256:)?[0-9a-f]+$/.test(text)) return undefined;
  const found = ids.filter((id) => isIdPrefix(id, text));
  return found.length === 1 ? found[0] : undefined;
}

function shownAs(reference: Reference | Digest): string {
  return typeof reference === 'string' ? reference : familiarReference(withDefaultTag(reference));
}
