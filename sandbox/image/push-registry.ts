import { MEDIA_TYPES } from '../oci/descriptor.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { digestOf } from '../oci/digest.ts';
import { BlobUnknown } from '../registry/client/errors.ts';
import type { RegistryClient } from '../registry/client/client.ts';
import { Repository } from '../registry/client/repository.ts';
import type { ImageContext } from './context.ts';
import type { Report } from './lines.ts';
import type { Progress } from './progress.ts';
import { nameIt } from './pull.ts';
import { pushLayers } from './push-layers.ts';
import type { PushOptions, TaggedImage } from './push.ts';

export interface RegistryPushOptions extends PushOptions {
  readonly signal: AbortSignal;
  readonly images: readonly TaggedImage[];
  readonly report: Report;
}

/** What the verbs below work with. */
export interface RegistryPush extends RegistryPushOptions {
  readonly context: ImageContext;
  readonly client: RegistryClient<Progress>;
  readonly repository: Repository;
  /** Layers that are known to be there, or have been brought, by diff id. */
  readonly pushed: Map<Digest, Descriptor>;
}

/** Pushes tags of one repository, one after another. Throws `EngineError` in dockerd's words. */
export async function pushToRegistry(context: ImageContext, options: RegistryPushOptions): Promise<void> {
  const { reference, signal, credentials, images } = options;
  const client = await context.remote.client();
  const scopes = [`repository:${reference.path}:push,pull`];
  await client.with(reference.domain, { credentials, scopes, signal }, async (connection) => {
    const repository = new Repository(connection, reference.path, signal);
    const push = { ...options, context, client, repository, pushed: new Map<Digest, Descriptor>() };
    for (const image of images) await pushOne(push, image);
  });
}

async function pushOne(push: RegistryPush, { reference, id }: TaggedImage): Promise<void> {
  const { context, repository, report } = push;
  const { store, content } = context;
  const { diffIds } = await store.summary(id);
  const layers = await pushLayers(push, diffIds);
  const config = await content.readAll(id);
  await pushConfig(push, id, config);
  const bytes = formatManifest({ id, size: config.byteLength }, layers);
  const tag = reference.tag ?? '';
  await repository.putManifest(tag, MEDIA_TYPES.dockerManifest, bytes);
  const digest = digestOf(bytes);
  report({ status: `${tag}: digest: ${digest} size: ${bytes.byteLength}` });
  // Kept as after a pull, to be looked at; a full disk is no reason to fail what has been pushed.
  await content.write(bytes).catch(() => undefined);
  await nameIt(store, reference, digest, id);
  report({ status: '', progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: bytes.byteLength } });
}

async function pushConfig({ repository, signal }: RegistryPush, id: Digest, config: Buffer): Promise<void> {
  try {
    await repository.stat(id);
  } catch (error) {
    if (!(error instanceof BlobUnknown)) throw error;
    const created = await repository.create(signal);
    if (created.kind === 'upload') await created.upload.finish(id, signal, config);
  }
}

/** As dockerd writes it, byte for byte: the same image has the same digest, whoever pushes it. */
function formatManifest(
  config: { readonly id: Digest; readonly size: number },
  layers: readonly Descriptor[],
): Buffer {
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.dockerManifest,
    config: { mediaType: MEDIA_TYPES.dockerConfig, size: config.size, digest: config.id },
    layers: layers.map(({ mediaType, size, digest }) => ({ mediaType, size, digest })),
  };
  return Buffer.from(JSON.stringify(manifest, undefined, 3));
}
