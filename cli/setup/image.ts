import { mkdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from '../command.ts';
import type { SetupContext } from './context.ts';
import { exists } from './folder.ts';
import {
  ARCHITECTURE,
  CONFIG_TYPE,
  type Descriptor,
  type ImageNames,
  jsonBytes,
  publishImage,
  putBlob,
  putLayer,
  sha256,
} from './layout.ts';

/**
 * Makes an image of one layer in the catalog: an OCI image layout, and each layer extracted once for all sessions.
 * The same files give the same digests: sorted names, owners by number, no time younger than the image, and a gzip
 * header without a name or a time.
 */

export interface ImageRecipe extends ImageNames {
  /** What `docker history` shows for the layer. */
  readonly createdBy: string;
  readonly command: readonly string[];
  readonly environment: readonly string[];
  /** Puts the files into a folder, which is there and empty; returns the image's date in seconds since 1970. */
  fill(root: string): Promise<number>;
}

export async function makeImage(context: SetupContext, catalog: string, image: ImageRecipe): Promise<void> {
  await mkdir(join(catalog, 'blobs/sha256'), { recursive: true });
  await mkdir(join(catalog, 'layers'), { recursive: true });
  // The set-up's lock is ours: what lies there is of somebody who was killed.
  const work = join(catalog, '.partial');
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  try {
    const root = join(work, 'root');
    await mkdir(root, { mode: 0o755 });
    const epoch = await image.fill(root);
    const { layer, diffId } = await makeLayer(context, catalog, work, root, epoch);
    const config = await putBlob(catalog, CONFIG_TYPE, jsonBytes(imageConfig(image, diffId, epoch)));
    await publishImage(catalog, image, { config, layers: [layer] });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function makeLayer(
  context: SetupContext,
  catalog: string,
  work: string,
  root: string,
  epoch: number,
): Promise<{ layer: Descriptor; diffId: string }> {
  const { log, signal } = context;
  const tar = join(work, 'layer.tar');
  const pack = `find . -mindepth 1 -printf '%P\\0' | sort -z | tar --create --file "$1" --null --no-recursion \\
    --files-from - --format pax --pax-option 'delete=atime,delete=ctime' --numeric-owner --mtime "@$2" --clamp-mtime`;
  await run('sh', ['-ec', pack, 'sh', tar, String(epoch)], { cwd: root, log, signal });
  const diffId = await sha256(tar);

  const extracted = join(catalog, 'layers', diffId);
  if (!(await exists(extracted))) {
    // From the tar, so that the times on disk are those of the layer.
    const fresh = join(work, 'extracted');
    await mkdir(fresh, { mode: 0o755 });
    await run(
      'tar',
      ['--extract', '--file', tar, '--directory', fresh, '--numeric-owner', '--preserve-permissions'],
      {
        log,
        signal,
      },
    );
    await utimes(fresh, epoch, epoch);
    await rename(fresh, extracted);
  }

  return { layer: await putLayer(context, catalog, tar), diffId };
}

function imageConfig(image: ImageRecipe, diffId: string, epoch: number): unknown {
  const created = new Date(epoch * 1000).toISOString().replace('.000Z', 'Z');
  return {
    created,
    architecture: ARCHITECTURE,
    os: 'linux',
    config: { Env: image.environment, Cmd: image.command },
    rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
    history: [
      { created, created_by: image.createdBy },
      { created, created_by: `CMD ${JSON.stringify(image.command)}`, empty_layer: true },
    ],
  };
}
