import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

import { unpack } from '../../sandbox/layer/unpack.ts';
import { run } from '../command.ts';
import type { SetupContext } from '../setup/context.ts';
import { exists } from '../setup/folder.ts';
import {
  CONFIG_TYPE,
  type Descriptor,
  type ImageNames,
  listManifests,
  publishImage,
  putBlob,
  putLayer,
  readBlob,
} from '../setup/layout.ts';

const Described = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.number(),
});
const Manifests = z.object({ manifests: z.array(Described).min(1) });
const Manifest = z.object({ config: Described, layers: z.array(Described) });
const Config = z.object({ rootfs: z.object({ diff_ids: z.array(z.string()) }) });

/** Takes an image out of an archive of `docker save`, whose inside is an OCI image layout, into the catalog. */
export async function publishArchive(
  context: SetupContext,
  catalog: string,
  image: ImageNames,
  archive: string,
): Promise<void> {
  const work = `${archive}.unpacked`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  try {
    await run('tar', ['--extract', '--file', archive, '--directory', work], {
      log: context.log,
      signal: context.signal,
    });
    const blob = ({ digest }: { digest: string }): string =>
      join(work, 'blobs/sha256', digest.replace('sha256:', ''));
    const { manifests } = Manifests.parse(JSON.parse(await readFile(join(work, 'index.json'), 'utf8')));
    const manifest = Manifest.parse(JSON.parse(await readFile(blob(manifests[0] as Descriptor), 'utf8')));
    const configBytes = await readFile(blob(manifest.config));
    const { diff_ids: diffIds } = Config.parse(JSON.parse(configBytes.toString())).rootfs;
    const known = await layersOf(catalog);
    const layers: Descriptor[] = [];
    for (const [i, diffId] of diffIds.entries()) {
      const there = known.get(diffId);
      layers.push(
        there ?? (await addLayer(context, catalog, diffId, blob(manifest.layers[i] as Descriptor))),
      );
    }
    const config = await putBlob(catalog, CONFIG_TYPE, configBytes);
    await publishImage(catalog, image, { config, layers });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The compressed layers of the catalog by their diff ids. */
async function layersOf(catalog: string): Promise<Map<string, Descriptor>> {
  const known = new Map<string, Descriptor>();
  for (const descriptor of await listManifests(catalog)) {
    const { config, layers } = Manifest.parse(JSON.parse((await readBlob(catalog, descriptor)).toString()));
    const { rootfs } = Config.parse(JSON.parse((await readBlob(catalog, config)).toString()));
    for (const [i, diffId] of rootfs.diff_ids.entries()) known.set(diffId, layers[i] as Descriptor);
  }
  return known;
}

/** Extracted once for all machines, and compressed for whoever pulls it as a blob. */
async function addLayer(
  context: SetupContext,
  catalog: string,
  diffId: string,
  tar: string,
): Promise<Descriptor> {
  const extracted = join(catalog, 'layers', diffId.replace('sha256:', ''));
  if (!(await exists(extracted))) {
    const partial = join(catalog, 'layers', '.partial');
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { mode: 0o755 });
    await unpack(createReadStream(tar), partial);
    await rename(partial, extracted);
  }
  // The catalog may lie on another file system than the archive.
  const copy = join(catalog, 'blobs/sha256', '.partial-layer');
  await copyFile(tar, copy);
  return putLayer(context, catalog, copy);
}
