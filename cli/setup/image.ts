import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { run } from '../command.ts';
import type { SetupContext } from './context.ts';
import { exists } from './folder.ts';

/**
 * Makes an image of one layer in the catalog: an OCI image layout, and each layer extracted once for all sessions.
 * The same files give the same digests: sorted names, owners by number, no time younger than the image, and a gzip
 * header without a name or a time.
 */

export interface ImageRecipe {
  /** Full references, such as `docker.io/library/busybox:latest`. */
  readonly references: readonly string[];
  /** A hash of what the image is made from; it stands in the index and tells whether the image is up to date. */
  readonly recipe: string;
  /** What `docker history` shows for the layer. */
  readonly createdBy: string;
  readonly command: readonly string[];
  readonly environment: readonly string[];
  /** Puts the files into a folder, which is there and empty; returns the image's date in seconds since 1970. */
  fill(root: string): Promise<number>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: 'linux' };
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Index {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

const REFERENCE = 'org.opencontainers.image.ref.name';
const RECIPE = 'slipway.recipe';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** Docker's names for processor architectures are Go's. */
const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;

export async function hasImage(
  catalog: string,
  image: Pick<ImageRecipe, 'references' | 'recipe'>,
): Promise<boolean> {
  const { manifests } = await readIndex(catalog);
  return image.references.every((reference) =>
    manifests.some(
      ({ annotations }) => annotations?.[REFERENCE] === reference && annotations[RECIPE] === image.recipe,
    ),
  );
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
    const config = await putBlob(catalog, CONFIG_TYPE, imageConfig(image, diffId, epoch));
    const manifest = await putBlob(catalog, MANIFEST_TYPE, {
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config,
      layers: [layer],
    });
    await publish(catalog, image, manifest);
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

  await run('gzip', ['--no-name', '-6', tar], { log, signal });
  const digest = await sha256(`${tar}.gz`);
  const { size } = await stat(`${tar}.gz`);
  await rename(`${tar}.gz`, join(catalog, 'blobs/sha256', digest));
  return { layer: { mediaType: LAYER_TYPE, digest: `sha256:${digest}`, size }, diffId };
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

/** The index is replaced in one go: readers see the image whole or not at all. */
async function publish(catalog: string, image: ImageRecipe, manifest: Descriptor): Promise<void> {
  const named = image.references.map((reference) => ({
    ...manifest,
    platform: { architecture: ARCHITECTURE, os: 'linux' as const },
    annotations: { [REFERENCE]: reference, [RECIPE]: image.recipe },
  }));
  const index = await readIndex(catalog);
  const others = index.manifests.filter(
    ({ annotations }) => !image.references.includes(annotations?.[REFERENCE] ?? ''),
  );
  await writeWhole(join(catalog, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeWhole(
    join(catalog, 'index.json'),
    JSON.stringify({ ...index, manifests: [...others, ...named] }, null, 2),
  );
}

async function readIndex(catalog: string): Promise<Index> {
  const path = join(catalog, 'index.json');
  if (!(await exists(path))) return { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [] };
  return JSON.parse(await readFile(path, 'utf8')) as Index;
}

async function putBlob(catalog: string, mediaType: string, value: unknown): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = createHash('sha256').update(bytes).digest('hex');
  await writeWhole(join(catalog, 'blobs/sha256', digest), bytes);
  return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
}

async function writeWhole(path: string, content: string | Buffer): Promise<void> {
  const partial = `${path}.partial`;
  await writeFile(partial, content, { flush: true });
  await rename(partial, path);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 ** 2 }), hash);
  return hash.digest('hex');
}
