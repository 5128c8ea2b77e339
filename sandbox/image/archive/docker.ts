import type { HistoryEntry } from '../../oci/config.ts';
import type { Digest } from '../../oci/digest.ts';
import { EngineError } from '../../oci/errors.ts';
import type { Reference } from '../../oci/reference.ts';
import { familiarReference, parseReference } from '../../oci/reference.ts';
import type { ImageContext } from '../context.ts';
import { goTypeOf, parseJsonStream } from './json.ts';
import type { Loading } from './loading.ts';
import { addImage, nameImage, tellLoaded, textAt } from './loading.ts';

interface Item {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
  readonly Parent: string;
}

/** Docker's own archives, since its version 1.10: `manifest.json` says what is in them. */
export async function loadDocker(loading: Loading): Promise<void> {
  const loaded: { readonly id: Digest; readonly parent: string }[] = [];
  let named = 0;
  for (const each of readManifest(textAt(loading, 'manifest.json'))) {
    const id = await addImage(loading, textAt(loading, each.Config), each.Layers);
    named = 0;
    for (const text of each.RepoTags) {
      const reference = taggedReference(text);
      await nameImage(loading, id, reference);
      loading.print(`Loaded image: ${familiarReference(reference)}\n`);
      named++;
    }
    loaded.push({ id, parent: each.Parent });
    await tellLoaded(loading, id);
  }
  for (const { id, parent } of loaded) {
    const known = loaded.find((other) => other.id === parent && other.id !== id);
    if (known) await loading.inTurn(() => setParent(loading.context, id, known.id));
  }
  // As dockerd does it, the last image alone decides.
  if (named === 0) loading.print(loaded.map(({ id }) => `Loaded image ID: ${id}\n`).join(''));
}

/** Throws unless the image is one step from its parent, as histories tell. */
export async function setParent({ store }: ImageContext, id: Digest, parent: Digest): Promise<void> {
  const own = (await store.config(id)).history ?? [];
  const before = (await store.config(parent)).history ?? [];
  if (!isOneStep(own, before)) {
    throw new EngineError('invalid', `image ${parent} is not a valid parent for ${id}`);
  }
  await store.change((names) => ({
    ...names,
    images: new Map(names.images).set(id, { ...names.images.get(id), parent }),
  }));
}

function isOneStep(own: readonly HistoryEntry[], before: readonly HistoryEntry[]): boolean {
  if (own.length === 0 && before.length === 0) return true;
  if (own.length - before.length !== 1) return false;
  return before.every((entry, i) => JSON.stringify(entry) === JSON.stringify(own[i]));
}

function readManifest(bytes: Buffer): Item[] {
  const value = parseJsonStream(bytes);
  if (value === null) return [];
  if (!Array.isArray(value)) throw mismatch(value, 'value of type []tarexport.manifestItem');
  return value.map(readItem);
}

function readItem(value: unknown): Item {
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    throw mismatch(value, 'value of type tarexport.manifestItem');
  }
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const text = (name: string): string => {
    const found = fields[name] ?? '';
    if (typeof found === 'string') return found;
    throw mismatch(found, `struct field manifestItem.${name} of type string`);
  };
  const texts = (name: string): string[] => {
    const found = fields[name] ?? [];
    if (!Array.isArray(found)) throw mismatch(found, `struct field manifestItem.${name} of type []string`);
    return found.map((each: unknown) => {
      if (typeof each === 'string') return each;
      throw mismatch(each, `struct field manifestItem.${name} of type string`);
    });
  };
  return {
    Config: text('Config'),
    RepoTags: texts('RepoTags'),
    Layers: texts('Layers'),
    Parent: text('Parent'),
  };
}

function mismatch(found: unknown, wanted: string): EngineError {
  return new EngineError('invalid', `json: cannot unmarshal ${goTypeOf(found)} into Go ${wanted}`);
}

function taggedReference(text: string): Reference {
  const reference = parseReference(text);
  if (reference.tag === undefined) throw new EngineError('invalid', `invalid tag ${JSON.stringify(text)}`);
  return reference;
}
