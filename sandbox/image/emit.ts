import type { Digest } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';

/** An event about an image: its labels are attributes too, as long as it is there. */
export async function emitImage(
  { store, emit }: ImageContext,
  id: Digest,
  name: string,
  action: 'tag' | 'untag' | 'delete' | 'import' | 'load' | 'save',
): Promise<void> {
  const labels = store.has(id) ? (await store.summary(id)).labels : {};
  emit({ Type: 'image', Action: action, Actor: { ID: id, Attributes: { ...labels, name } } });
}
