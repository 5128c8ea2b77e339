import * as z from 'zod/mini';
import type { HistoryEntry } from '../../oci/config.ts';
import type { Digest } from '../../oci/digest.ts';
import { EngineError } from '../../oci/errors.ts';
import type { Reference } from '../../oci/reference.ts';
import { familiarReference, parseReference } from '../../oci/reference.ts';
import type { ImageContext } from '../context.ts';
import { goTypeOf, parseJsonStream } from './json.ts';
import type { Loading } from './loading.ts';
import { addImage, nameImage, tellLoaded, textAt } from './loading.ts';

const item = z.looseObject({
  Config: z._default(z.string(), ''),
  RepoTags: z.nullish(z.array(z.string())),
  Layers: z.nullish(z.array(z.string())),
  Parent: z.optional(z.string()),
});

type Item = z.infer<typeof item>;

/** Docker's own archives, since its version 1.10: `manifest.json` says what is in them. */
export async function loadDocker(loading: Loading): Promise<void> {
  const loaded: { readonly id: Digest; readonly parent: string | undefined }[] = [];
  let named = 0;
  for (const each of readManifest(textAt(loading, 'manifest.json'))) {
    const id = await addImage(loading, textAt(loading, each.Config), each.Layers ?? []);
    named = 0;
    for (const text of each.RepoTags ?? []) {
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
  if (named === 0 && loaded.length > 0)
    loading.print(loaded.map(({ id }) => `Loaded image ID: ${id}\n`).join(''));
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
  if (!Array.isArray(value)) {
    const found = goTypeOf(value);
    throw new EngineError(
      'invalid',
      `json: cannot unmarshal ${found} into Go value of type []tarexport.manifestItem`,
    );
  }
  return value.map((each) => {
    const result = item.safeParse(each ?? {});
    if (result.success) return result.data;
    const field = result.error.issues[0]?.path.join('.') ?? '';
    throw new EngineError(
      'invalid',
      `json: cannot unmarshal ${goTypeOf(each)} into Go struct field manifestItem.${field}`,
    );
  });
}

function taggedReference(text: string): Reference {
  const reference = parseReference(text);
  if (reference.tag === undefined) throw new EngineError('invalid', `invalid tag ${JSON.stringify(text)}`);
  return reference;
}
