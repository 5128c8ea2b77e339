import type { Content } from '../content/content.ts';
import type { LayerFolders } from '../layer/folders.ts';
import type { OverlaySnapshots } from '../snapshot/overlay.ts';
import type { Catalog } from './catalog.ts';
import type { Emit, ImageUse } from './images.ts';
import type { Remote } from './remote.ts';
import type { ImageStore } from './store.ts';

/** What the verbs of this folder work on. */
export interface ImageContext {
  readonly store: ImageStore;
  readonly content: Content;
  readonly layers: LayerFolders;
  readonly snapshots: OverlaySnapshots;
  readonly catalog: Catalog;
  readonly remote: Remote;
  readonly emit: Emit;
  readonly uses: () => readonly ImageUse[];
  readonly engineVersion: string;
}
