import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { run } from '../command.ts';
import type { SetupContext } from './context.ts';
import { exists } from './folder.ts';

/** The catalog as an OCI image layout: what is common to all that put images into it. */

export interface Descriptor {
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

/** What an image is known by. */
export interface ImageNames {
  /** Full references, such as `docker.io/library/busybox:latest`. */
  readonly references: readonly string[];
  /** A hash of what the image is made from; it stands in the index and tells whether the image is up to date. */
  readonly recipe: string;
}

const REFERENCE = 'org.opencontainers.image.ref.name';
const RECIPE = 'slipway.recipe';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
export const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';

/** Docker's names for processor architectures are Go's. */
export const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;

export async function hasImage(catalog: string, image: ImageNames): Promise<boolean> {
  const { manifests } = await readIndex(catalog);
  return image.references.every((reference) =>
    manifests.some(
      ({ annotations }) => annotations?.[REFERENCE] === reference && annotations[RECIPE] === image.recipe,
    ),
  );
}

/** The manifest that a reference leads to. */
export async function findManifest(catalog: string, reference: string): Promise<Descriptor | undefined> {
  const { manifests } = await readIndex(catalog);
  return manifests.find(({ annotations }) => annotations?.[REFERENCE] === reference);
}

/** All manifests, each once. */
export async function listManifests(catalog: string): Promise<readonly Descriptor[]> {
  const { manifests } = await readIndex(catalog);
  return [...new Map(manifests.map((each) => [each.digest, each])).values()];
}

/** Names an image whose configuration and layers are there. The index is replaced in one go: readers see all or nothing. */
export async function publishImage(
  catalog: string,
  image: ImageNames,
  parts: { readonly config: Descriptor; readonly layers: readonly Descriptor[] },
): Promise<void> {
  const manifest = await putBlob(
    catalog,
    MANIFEST_TYPE,
    jsonBytes({ schemaVersion: 2, mediaType: MANIFEST_TYPE, ...parts }),
  );
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

export async function putBlob(catalog: string, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const digest = createHash('sha256').update(bytes).digest('hex');
  await writeWhole(join(catalog, 'blobs/sha256', digest), bytes);
  return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
}

export async function readBlob(catalog: string, { digest }: Pick<Descriptor, 'digest'>): Promise<Buffer> {
  return readFile(join(catalog, 'blobs/sha256', digest.replace('sha256:', '')));
}

/** Compresses the tar of a layer, which is gone afterwards, into the blobs. */
export async function putLayer(context: SetupContext, catalog: string, tar: string): Promise<Descriptor> {
  const { log, signal } = context;
  await run('gzip', ['--no-name', '-6', '--force', tar], { log, signal });
  const digest = await sha256(`${tar}.gz`);
  const { size } = await stat(`${tar}.gz`);
  await rename(`${tar}.gz`, join(catalog, 'blobs/sha256', digest));
  return { mediaType: LAYER_TYPE, digest: `sha256:${digest}`, size };
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 ** 2 }), hash);
  return hash.digest('hex');
}

export function jsonBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

async function readIndex(catalog: string): Promise<Index> {
  const path = join(catalog, 'index.json');
  if (!(await exists(path))) return { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [] };
  return JSON.parse(await readFile(path, 'utf8')) as Index;
}

async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const partial = `${path}.partial`;
  await writeFile(partial, content, { flush: true });
  await rename(partial, path);
}
