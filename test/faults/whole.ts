import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

import { parseNames } from '../../sandbox/image/names.ts';
import { archiveOf } from '../../sandbox/layer/archived.ts';
import { LayerFolders } from '../../sandbox/layer/folders.ts';
import { fromHex, hexOf, type Digest } from '../../sandbox/oci/digest.ts';
import { parseImageConfig } from '../../sandbox/oci/manifest.ts';

/**
 * What is wrong with the state of an engine that has just been opened, as sentences: every digest is computed anew, and
 * for every file the one who needs it is looked for.
 */
export async function faultsOf(state: string, catalog: string): Promise<string[]> {
  const images = readImages(state);
  const faults = [...images.faults, ...(await faultsOfLayers(state, catalog, images.diffIds))];
  const layers = new Set([...images.diffIds, ...(await stacksOf(state))]);
  const wanted: Readonly<Record<string, ReadonlySet<string>>> = {
    layers: layers,
    'layers-records': layers,
    'blobs/sha256': images.blobs,
    'blobs/drafts': new Set(),
    overlay2: new Set([...(await namesIn(state, 'containers')), 'l', 'empty']),
    image: new Set(['images.json', 'reserve']),
  };
  for (const [folder, names] of Object.entries(wanted)) {
    const strays = (await namesIn(state, folder)).filter(
      (each) => !names.has(each) && !each.startsWith('init-'),
    );
    faults.push(...strays.map((name) => `nobody needs ${folder}/${name}`));
  }
  for (const container of await namesIn(state, 'containers'))
    if (!existsSync(path.join(state, 'overlay2', container, 'lower')))
      faults.push(`${container} has no root`);
  return faults;
}

interface Images {
  /** Hexadecimal digits. */
  readonly diffIds: Set<string>;
  readonly blobs: Set<string>;
  readonly faults: readonly string[];
}

function readImages(state: string): Images {
  const file = path.join(state, 'image/images.json');
  const { images, references } = parseNames(readFileSync(file, 'utf8'));
  const [diffIds, blobs, faults] = [new Set<string>(), new Set<string>(), [] as string[]];
  for (const id of images.keys()) {
    blobs.add(hexOf(id));
    const blob = readFileSync(path.join(state, 'blobs/sha256', hexOf(id)));
    if (hash(blob) !== hexOf(id)) faults.push(`the configuration ${id} is another one`);
    for (const diffId of parseImageConfig(blob).rootfs.diff_ids) diffIds.add(hexOf(diffId));
  }
  for (const [reference, id] of references) {
    if (!images.has(id)) faults.push(`${reference} leads to no image`);
    const [, pinned] = reference.split('@');
    if (pinned !== undefined) blobs.add(hexOf(pinned as Digest));
  }
  return { diffIds, blobs, faults };
}

async function faultsOfLayers(
  state: string,
  catalog: string,
  diffIds: ReadonlySet<string>,
): Promise<string[]> {
  const layers = new LayerFolders(path.join(state, 'layers'), path.join(catalog, 'layers'));
  const faults = [...diffIds]
    .filter((hex) => layers.find(fromHex(hex)) === undefined)
    .map((hex) => `the layer ${hex} is missing`);
  for (const hex of (await namesIn(state, 'layers')).filter((name) => /^[0-9a-f]{64}$/u.test(name))) {
    const packed = createHash('sha256');
    try {
      const archive = await archiveOf(layers, fromHex(hex), async () => Promise.resolve(undefined));
      for await (const chunk of archive.chunks) packed.update(chunk);
      if (packed.digest('hex') !== hex) faults.push(`the layer ${hex} is another one`);
    } catch (error) {
      faults.push(`the layer ${hex}: ${String(error)}`);
    }
  }
  return faults;
}

/** The layers below containers, whose image may be gone. */
async function stacksOf(state: string): Promise<Set<string>> {
  const files = (await namesIn(state, 'overlay2')).map((name) => path.join(state, 'overlay2', name, 'lower'));
  const texts = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
  return new Set(texts.flatMap((text) => text.split('\n')).map((diffId) => diffId.replace('sha256:', '')));
}

async function namesIn(state: string, folder: string): Promise<string[]> {
  return readdir(path.join(state, folder)).catch(() => []);
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
