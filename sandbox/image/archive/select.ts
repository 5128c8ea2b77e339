import type { Digest } from '../../oci/digest.ts';
import { EngineError } from '../../oci/errors.ts';
import {
  familiarName, familiarReference, fullName, parseAnyReference, parseReference, withDigest, fullReference,
} from '../../oci/reference.ts'; // prettier-ignore
import { lookUp } from '../lookup.ts';
import type { ImageStore } from '../store.ts';

/** An image to be saved, and the names that go along. */
export interface Selected {
  readonly id: Digest;
  /** Full references with a tag. */
  readonly references: readonly string[];
}

/**
 * What `docker save` means by its arguments: a name without a tag is all tags of it, an id is an image without a name,
 * and what is named twice is saved once. Throws `EngineError('not-found')` in Docker's words.
 */
export function select(store: ImageStore, names: readonly string[]): Selected[] {
  const found = new Map<Digest, Set<string>>();
  const add = (id: Digest, ...references: string[]): void => {
    const known = found.get(id) ?? new Set();
    for (const each of references) known.add(each);
    found.set(id, known);
  };
  for (const name of names) selectOne(store, name, add);
  return [...found].map(([id, references]) => ({ id, references: [...references] }));
}

/** dockerd finds a bad name only while it saves. */
function parse(name: string): ReturnType<typeof parseAnyReference> {
  try {
    return parseAnyReference(name);
  } catch (error) {
    throw new EngineError('internal', (error as Error).message, { cause: error });
  }
}

function selectOne(
  store: ImageStore,
  name: string,
  add: (id: Digest, ...references: string[]) => void,
): void {
  const reference = parse(name);
  if (typeof reference === 'string') {
    if (!store.has(reference)) throw missingId(reference);
    add(reference);
    return;
  }
  if (familiarName(reference) === 'sha256') {
    add(search(store, name));
    return;
  }
  if (reference.digest !== undefined || reference.tag !== undefined) {
    const isPinned = reference.digest !== undefined;
    const key = fullReference(isPinned ? withDigest(reference, reference.digest) : reference);
    const id = store.names.references.get(key);
    if (id === undefined) throw new EngineError('not-found', 'reference does not exist');
    add(id, ...(isPinned ? [] : [key]));
    return;
  }
  const all = [...store.names.references].filter(
    ([key]) => fullName(parseReference(key)) === fullName(reference),
  );
  if (all.length === 0) add(search(store, name));
  for (const [key, id] of all.sort(([a], [b]) => (a < b ? -1 : 1)))
    add(id, ...(key.includes('@') ? [] : [key]));
}

/** By the beginning of an id alone. */
function search(store: ImageStore, text: string): Digest {
  try {
    return lookUp(store, text);
  } catch {
    throw new EngineError('not-found', `No such image: ${text}`);
  }
}

function missingId(id: Digest): EngineError {
  const file = `/var/lib/docker/image/overlay2/imagedb/content/${id.replace(':', '/')}`;
  return new EngineError('internal', `failed to get digest ${id}: open ${file}: no such file or directory`);
}

/** As archives name them. */
export function shownReferences({ references }: Selected): string[] {
  return references.map((each) => familiarReference(parseReference(each)));
}
