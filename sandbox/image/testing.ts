import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from '../layer/pack.ts';
import type { ContainerConfig, ImageConfig } from '../oci/config.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { MEDIA_TYPES } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { digestOf, fromHex, hexOf } from '../oci/digest.ts';

/** An image to be made: each layer is a function that fills an empty folder, base first. */
export interface TestImage {
  readonly references: readonly string[];
  readonly layers: readonly ((folder: string) => void)[];
  readonly config?: ContainerConfig;
}

export const TEST_CREATED = '2026-01-02T03:04:05Z';

/** A catalog with one image, `busybox:latest` and `busybox:1`, made of this machine's static busybox. */
export async function makeTestCatalog(folder: string): Promise<void> {
  await addTestImage(folder, {
    references: ['docker.io/library/busybox:latest', 'docker.io/library/busybox:1'],
    layers: [busyboxLayer],
    config: { Cmd: ['sh'], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
  });
}

/** Adds an image to the catalog in `folder`, as the set-up of the host does: layers first, the index last. */
export async function addTestImage(
  folder: string,
  image: TestImage,
): Promise<{ manifest: Digest; id: Digest }> {
  mkdirSync(path.join(folder, 'blobs/sha256'), { recursive: true });
  mkdirSync(path.join(folder, 'layers'), { recursive: true });
  const layers = [];
  for (const fill of image.layers) layers.push(await addLayer(folder, fill));
  const config = addJson(
    folder,
    MEDIA_TYPES.ociConfig,
    configOf(
      image,
      layers.map((each) => each.diffId),
    ),
  );
  const manifest = addJson(folder, MEDIA_TYPES.ociManifest, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config,
    layers: layers.map((each) => each.descriptor),
  });
  addToIndex(folder, manifest, image.references);
  return { manifest: manifest.digest, id: config.digest };
}

/** `/bin/busybox` with a link for each of its programs, and the few files that a userland needs. */
export function busyboxLayer(folder: string): void {
  for (const name of ['bin', 'dev', 'etc', 'home', 'root', 'tmp', 'usr', 'var'])
    mkdirSync(path.join(folder, name));
  chmodSync(path.join(folder, 'tmp'), 0o1777);
  chmodSync(path.join(folder, 'root'), 0o700);
  copyFileSync('/bin/busybox', path.join(folder, 'bin/busybox'));
  for (const name of execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).split('\n')) {
    if (name !== '' && name !== 'busybox') symlinkSync('busybox', path.join(folder, 'bin', name));
  }
  writeFileSync(
    path.join(folder, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var:/bin/false\n',
  );
  writeFileSync(path.join(folder, 'etc/group'), 'root:x:0:\nwww-data:x:33:\n');
}

async function addLayer(catalog: string, fill: (folder: string) => void) {
  const draft = mkdtempSync(path.join(catalog, 'layers', 'draft-'));
  chmodSync(draft, 0o755);
  fill(draft);
  execFileSync('find', [draft, '-exec', 'touch', '-h', '-d', TEST_CREATED, '{}', '+']);
  const chunks: Buffer[] = [];
  for await (const chunk of pack(draft)) chunks.push(Buffer.from(chunk));
  const tar = Buffer.concat(chunks);
  const diffId = fromHex(createHash('sha256').update(tar).digest('hex'));
  const target = path.join(catalog, 'layers', hexOf(diffId));
  rmSync(target, { recursive: true, force: true });
  renameSync(draft, target);
  return { diffId, descriptor: addBlob(catalog, MEDIA_TYPES.ociLayerGzip, gzipSync(tar)) };
}

function configOf({ config, layers }: TestImage, diffIds: readonly Digest[]): ImageConfig {
  return {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created: TEST_CREATED,
    ...(config && { config }),
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: layers.map((_, i) => ({ created: TEST_CREATED, created_by: `layer ${i + 1}` })),
  };
}

function addJson(catalog: string, mediaType: string, value: object): Descriptor {
  return addBlob(catalog, mediaType, Buffer.from(JSON.stringify(value)));
}

function addBlob(catalog: string, mediaType: string, bytes: Buffer): Descriptor {
  const digest = digestOf(bytes);
  writeFileSync(path.join(catalog, 'blobs/sha256', hexOf(digest)), bytes);
  return { mediaType, digest, size: bytes.byteLength };
}

function addToIndex(catalog: string, manifest: Descriptor, references: readonly string[]): void {
  const file = path.join(catalog, 'index.json');
  const manifests = readIndex(file).concat(
    references.map((reference) => ({
      ...manifest,
      annotations: { 'org.opencontainers.image.ref.name': reference },
    })),
  );
  writeFileSync(path.join(catalog, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(`${file}.draft`, JSON.stringify({ schemaVersion: 2, manifests }));
  renameSync(`${file}.draft`, file);
}

function readIndex(file: string): Descriptor[] {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { manifests: Descriptor[] }).manifests;
  } catch {
    return [];
  }
}
