import path from 'node:path';
import { DiskContent } from '../content/disk.ts';
import { LayerFolders } from '../layer/folders.ts';
import { OverlaySnapshots } from '../snapshot/overlay.ts';
import { Mounts } from '../snapshot/mounts.ts';
import { Catalog } from './catalog.ts';
import { ImageEngine } from './engine.ts';
import type { Emit, ImageUse } from './images.ts';
import type { RegistryOptions } from '../registry/client/endpoints.ts';
import { Remote } from './remote.ts';
import { ImageStore } from './store.ts';

export interface OpenImageSide {
  /** The engine's folder on the session's disk. */
  readonly state: string;
  readonly catalog: string;
  readonly emit: Emit;
  /** The containers there are, in whatever state; asked before anything is removed. */
  readonly uses: () => readonly ImageUse[];
  /** What `docker inspect` shows as the `DockerVersion` of a commit. */
  readonly engineVersion: string;
  /** A busybox with `mount` and `umount`; `/bin/busybox` unless given. */
  readonly busybox?: string;
  /** Ways to registries that are not the network. */
  readonly registries?: Pick<RegistryOptions, 'links' | 'mirrors'>;
}

/** Everything about images and layers, wired. Reads what an earlier engine left in `state`, killed or not. */
export async function openImageSide(options: OpenImageSide): Promise<ImageEngine> {
  const at = (name: string) => path.join(options.state, name);
  const content = new DiskContent(at('blobs'));
  const store = new ImageStore(at('image'), content);
  const layers = new LayerFolders(at('layers'), path.join(options.catalog, 'layers'));
  const snapshots = await OverlaySnapshots.open({
    root: at('overlay2'),
    layers,
    mounts: new Mounts(options.busybox ?? '/bin/busybox'),
    onRemoved: async (diffIds) => engine.releaseLayers(diffIds),
  });
  const engine = new ImageEngine({
    store,
    content,
    layers,
    snapshots,
    catalog: new Catalog(options.catalog),
    remote: new Remote({
      userAgent: `docker/${options.engineVersion}`,
      state: at('image'),
      certificates: '/etc/docker/certs.d',
      ...options.registries,
    }),
    emit: options.emit,
    uses: options.uses,
    engineVersion: options.engineVersion,
  });
  await engine.sweep();
  return engine;
}
