import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';

import tar from 'tar-stream';

/** Writes `images.tar` into `folder`: an archive for `docker load` with images `bench:1` and so on, one small layer each. */
export async function writeImages(folder: string, count: number): Promise<void> {
  const archive = tar.pack();
  const file = createWriteStream(path.join(folder, 'images.tar'));
  archive.pipe(file);
  const manifest: object[] = [];
  for (let number = 1; number <= count; number++) {
    const layer = await layerOf(number);
    const config = Buffer.from(JSON.stringify(configOf(number, hash(layer))));
    const [configName, layerName] = [`${hash(config)}.json`, `${hash(layer)}/layer.tar`];
    archive.entry({ name: configName }, config);
    archive.entry({ name: layerName }, layer);
    manifest.push({ Config: configName, RepoTags: [`bench:${number}`], Layers: [layerName] });
  }
  archive.entry({ name: 'manifest.json' }, JSON.stringify(manifest));
  archive.finalize();
  await once(file, 'close');
}

async function layerOf(number: number): Promise<Buffer> {
  const layer = tar.pack();
  layer.entry({ name: `file-${number}`, mtime: new Date(0) }, String(number));
  layer.finalize();
  return buffer(layer);
}

function configOf(number: number, layer: string): object {
  return {
    architecture: 'amd64',
    os: 'linux',
    created: new Date(number * 1000).toISOString(),
    config: { Cmd: ['true'], Labels: { number: String(number) } },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    history: [{ created_by: 'bench' }],
  };
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
