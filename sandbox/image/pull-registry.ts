import type { ImageConfig } from '../oci/config.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { MEDIA_TYPES, isIndex } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { EngineError } from '../oci/errors.ts';
import type { Manifest } from '../oci/manifest.ts';
import { parseImageConfig, parseIndex, parseManifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import { familiarName, familiarReference, withTag } from '../oci/reference.ts';
import type { RegistryClient } from '../registry/client/client.ts';
import { NOBODY } from '../registry/client/credentials.ts';
import { RegistryError, TransportError } from '../registry/client/errors.ts';
import { SCHEMA1, SCHEMA1_SIGNED } from '../registry/client/media-types.ts';
import type { FetchedManifest } from '../registry/client/repository.ts';
import { Repository } from '../registry/client/repository.ts';
import { retryShortly } from '../registry/client/retry.ts';
import type { ImageContext } from './context.ts';
import { releaseLayers } from './layers.ts';
import type { Report } from './lines.ts';
import { OWN_PLATFORM } from './platform.ts';
import type { Progress } from './progress.ts';
import { pullLayers } from './pull-layers.ts';
import type { InTurn, Pulled, PullOptions } from './pull.ts';
import { choose, nameIt, pullingFrom } from './pull.ts';

export interface RegistryPullOptions extends PullOptions {
  readonly signal: AbortSignal;
  readonly report: Report;
  readonly inTurn: InTurn;
}

/** What the verbs below work with. */
export interface RegistryPull extends RegistryPullOptions {
  readonly context: ImageContext;
  readonly client: RegistryClient<Progress>;
  readonly repository: Repository;
}

const CONFIG_BYTES = 8 * 1024 ** 2;

/** Pulls one reference, or all tags of a repository. Throws `EngineError` in dockerd's words. */
export async function pullFromRegistry(
  context: ImageContext,
  options: RegistryPullOptions,
): Promise<Pulled[]> {
  const { reference, signal, credentials = NOBODY } = options;
  const client = await context.remote.client();
  const scopes = [`repository:${reference.path}:pull`];
  try {
    return await client.with(reference.domain, { credentials, scopes, signal }, async (connection) => {
      const repository = new Repository(connection, reference.path, signal);
      const pull = { ...options, context, client, repository };
      const whole = reference.tag === undefined && reference.digest === undefined;
      const targets = whole ? (await repository.tags()).map((tag) => withTag(reference, tag)) : [reference];
      const pulled: Pulled[] = [];
      for (const target of targets) pulled.push(await pullOne(pull, target));
      return pulled;
    });
  } catch (error) {
    throw translated(error, reference);
  }
}

async function pullOne(pull: RegistryPull, target: Reference): Promise<Pulled> {
  const { context, report } = pull;
  const top = await fetchManifest(pull, target);
  const found = read(top, target);
  report(pullingFrom(target));
  const manifest = found.kind === 'index' ? await fetchChosen(pull, found.manifests) : found.manifest;
  const id = manifest.config.digest;
  if (!context.store.has(id)) await fetchImage(pull, top, manifest);
  report({ status: `Digest: ${top.digest}` });
  const config = await context.store.config(id);
  return { changed: await nameIt(context.store, target, top.digest, id), config };
}

async function fetchManifest(
  { repository, report }: RegistryPull,
  target: Reference,
): Promise<FetchedManifest> {
  if (target.digest !== undefined) return repository.manifest(target.digest);
  const tag = target.tag ?? '';
  const { digest } = await repository.resolve(tag);
  try {
    return await repository.manifest(digest);
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== 'MANIFEST_UNKNOWN') throw error;
    report({ status: brokenRegistry(repository), id: 'WARNING' });
    return repository.manifest(tag);
  }
}

function brokenRegistry({ connection }: Repository): string {
  const sign = '\u26A0\uFE0F';
  return (
    `${sign} Failed to pull manifest by the resolved digest. This registry does not\n` +
    '\tappear to conform to the distribution registry specification; falling back to\n' +
    '\tpull by tag.  This fallback is DEPRECATED, and will be removed in a future\n' +
    `\trelease.  Please contact admins of ${connection.endpoint.url.origin}. ${sign}\n`
  );
}

type Read =
  | { readonly kind: 'index'; readonly manifests: readonly Descriptor[] }
  | { readonly kind: 'manifest'; readonly manifest: Manifest };

function read(fetched: FetchedManifest, target: Reference): Read {
  switch (kindOf(fetched)) {
    case 'schema1':
      throw new EngineError(
        'invalid',
        '[DEPRECATION NOTICE] Docker Image Format v1 and Docker Image manifest version 2, schema 1 support is disabled ' +
          `by default and will be removed in an upcoming release. Suggest the author of ${familiarReference(target)} to ` +
          'upgrade the image to the OCI Format or Docker Image manifest v2, schema 2. More information at ' +
          'https://docs.docker.com/go/deprecated-image-specs/',
      );
    case 'index':
      return { kind: 'index', manifests: parseIndex(fetched.bytes).manifests };
    case 'manifest':
      return { kind: 'manifest', manifest: checked(parseManifest(fetched.bytes)) };
  }
}

/** As the registry says it; where that says nothing, as the content does. */
function kindOf({ mediaType, bytes }: FetchedManifest): 'schema1' | 'index' | 'manifest' {
  if (mediaType === SCHEMA1 || mediaType === SCHEMA1_SIGNED) return 'schema1';
  if (mediaType === MEDIA_TYPES.ociIndex || mediaType === MEDIA_TYPES.dockerIndex) return 'index';
  if (mediaType === MEDIA_TYPES.ociManifest || mediaType === MEDIA_TYPES.dockerManifest) return 'manifest';
  const shape = shapeOf(bytes);
  if (shape.schemaVersion === 1) return 'schema1';
  if (Array.isArray(shape.manifests)) return 'index';
  if (shape.config !== undefined) return 'manifest';
  throw new EngineError('invalid', `unsupported manifest media type and no default available: ${mediaType}`);
}

function shapeOf(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

async function fetchChosen(
  { repository, platform }: RegistryPull,
  manifests: readonly Descriptor[],
): Promise<Manifest> {
  const chosen = choose(manifests, platform);
  if (isIndex(chosen)) throw new EngineError('invalid', 'unsupported manifest format');
  const fetched = await repository.manifest(chosen.digest);
  if (kindOf(fetched) !== 'manifest') throw new EngineError('invalid', 'unsupported manifest format');
  return parseManifest(fetched.bytes);
}

/** Brings configuration and layers; the image is there when all of it is. */
async function fetchImage(pull: RegistryPull, top: FetchedManifest, manifest: Manifest): Promise<void> {
  const { context, inTurn } = pull;
  const { store, content } = context;
  const bytes = await fetchConfig(pull, manifest.config.digest);
  const diffIds = layersIn(bytes);
  if (diffIds.length !== manifest.layers.length) throw mismatch();
  const release = await inTurn(async () => store.hold([...diffIds, top.digest, manifest.config.digest]));
  try {
    const edit = await pullLayers(pull, manifest.layers, diffIds);
    await content.write(top.bytes);
    await inTurn(async () => store.add(bytes, {}, edit));
  } finally {
    release();
    await inTurn(async () => releaseLayers(context, diffIds));
  }
}

export function mismatch(): EngineError {
  return new EngineError('invalid', `layers from manifest don't match image configuration`);
}

async function fetchConfig({ repository, signal }: RegistryPull, digest: Digest): Promise<Buffer> {
  try {
    const bytes = await retryShortly(signal, () => repository.blob(digest, CONFIG_BYTES));
    if (digestOf(bytes) === digest) return bytes;
    throw new RegistryError(`image config verification failed for digest ${digest}`);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new RegistryError(`error pulling image configuration: ${error.message}`, { cause: error });
  }
}

/** The diff ids of a configuration that this machine can run. */
function layersIn(config: Buffer): readonly Digest[] {
  const { rootfs, os } = parseConfig(config);
  // An image of old may not say it.
  if ((os as string | undefined) === undefined || os === '' || os === OWN_PLATFORM.os) return rootfs.diff_ids;
  throw new EngineError('invalid', `image operating system "${os}" cannot be used on this platform`);
}

function parseConfig(config: Buffer): ImageConfig {
  try {
    return parseImageConfig(config);
  } catch (cause) {
    if (!(cause instanceof EngineError) || !cause.message.includes('rootfs')) throw cause;
    throw new EngineError('invalid', 'invalid rootfs in image configuration', { cause });
  }
}

const IMAGE_CONFIGS = new Set<string>([
  MEDIA_TYPES.dockerConfig,
  MEDIA_TYPES.ociConfig,
  'application/octet-stream',
  '',
]);

/** What is no image but, say, a plugin. */
function checked(manifest: Manifest): Manifest {
  const { mediaType, config } = manifest;
  if (mediaType !== MEDIA_TYPES.dockerManifest || IMAGE_CONFIGS.has(config.mediaType)) return manifest;
  const plugin = config.mediaType === 'application/vnd.docker.plugin.v1+json';
  throw new EngineError(
    'invalid',
    `Encountered remote "${config.mediaType}"(${plugin ? 'plugin' : 'unknown'}) when fetching`,
  );
}

/** Of the registry's words about what is not there, those that dockerd makes its own. */
function translated(error: unknown, reference: Reference): unknown {
  const told = error instanceof RegistryError ? (error.first ?? error) : error;
  if (!(told instanceof RegistryError) || told instanceof TransportError || told.bare) return told;
  switch (told.code) {
    case 'DENIED':
      return notFound(
        `pull access denied for ${familiarName(reference)}, repository does not exist or may require 'docker login'`,
        told,
      );
    case 'MANIFEST_UNKNOWN':
      return notFound(`manifest for ${familiarReference(reference)} not found`, told);
    case 'NAME_UNKNOWN':
      return notFound(`repository ${familiarName(reference)} not found`, told);
    default:
      return told;
  }
}

function notFound(what: string, cause: RegistryError): EngineError {
  return new EngineError('not-found', `${what}: ${cause.message}`, { cause });
}
