import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { ImageContext } from './context.ts';
import { layerSizes } from './layers.ts';
import { familiarNames } from './list.ts';
import { unixSeconds } from './time.ts';

/** One line of `docker history`. */
export interface HistoryItem {
  readonly Comment: string;
  /** Seconds. */
  readonly Created: number;
  readonly CreatedBy: string;
  /** `<missing>` where no image of the store ends at this step. */
  readonly Id: string;
  readonly Size: number;
  readonly Tags: readonly string[] | null;
}

/** Newest first. */
export async function history(context: ImageContext, id: Digest): Promise<HistoryItem[]> {
  const { history: steps = [], rootfs } = await context.store.config(id);
  const sizes = await layerSizes(context, rootfs.diff_ids);
  let layer = 0;
  const items = steps.map((step) => {
    if (step.empty_layer !== true && layer >= sizes.length) {
      throw new EngineError('internal', 'too many non-empty layers in History section');
    }
    return {
      Comment: step.comment ?? '',
      Created: unixSeconds(step.created),
      CreatedBy: step.created_by ?? '',
      Size: step.empty_layer === true ? 0 : (sizes[layer++] ?? 0),
    };
  });
  const ids = ancestry(context, id);
  return items.reverse().map(({ Comment, Created, CreatedBy, Size }, i) => {
    const own = ids[i];
    const tags = own === undefined ? [] : familiarNames(context, own).tags;
    return { Comment, Created, CreatedBy, Id: own ?? '<missing>', Size, Tags: tags.length > 0 ? tags : null };
  });
}

/** The image, its parent, and so on, as far as the store knows them. */
function ancestry({ store }: ImageContext, id: Digest): Digest[] {
  const ids: Digest[] = [];
  for (
    let each: Digest | undefined = id;
    each !== undefined && store.has(each);
    each = store.record(each).parent
  ) {
    ids.push(each);
  }
  return ids;
}
