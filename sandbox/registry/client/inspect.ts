import { MEDIA_TYPES } from '../../oci/descriptor.ts';
import type { Platform } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { parseIndex, parseManifest } from '../../oci/manifest.ts';
import type { Reference } from '../../oci/reference.ts';
import { DEFAULT_TAG } from '../../oci/reference.ts';
import { withRegistry } from './connection.ts';
import type { Credentials } from './credentials.ts';
import type { RegistryOptions } from './endpoints.ts';
import type { FetchedManifest } from './repository.ts';
import { Repository } from './repository.ts';

/** Answer to `GET /distribution/NAME/json`: what a registry has under a name, without pulling it. */
export interface DistributionInspect {
  readonly Descriptor: { readonly mediaType: string; readonly digest: Digest; readonly size: number };
  readonly Platforms: readonly object[] | null;
}

const CONFIG_BYTES = 8 * 1024 ** 2;

export async function inspectDistribution(
  options: RegistryOptions,
  reference: Reference,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<DistributionInspect> {
  const connect = { credentials, scopes: [`repository:${reference.path}:pull`], signal };
  return withRegistry(options, reference.domain, connect, async (connection) => {
    const repository = new Repository(connection, reference.path, signal);
    const digest = reference.digest ?? (await repository.resolve(reference.tag ?? DEFAULT_TAG)).digest;
    const fetched = await repository.manifest(digest);
    return {
      Descriptor: { mediaType: fetched.mediaType, digest: fetched.digest, size: fetched.bytes.byteLength },
      Platforms: await platformsOf(repository, fetched),
    };
  });
}

async function platformsOf(
  repository: Repository,
  { mediaType, bytes }: FetchedManifest,
): Promise<readonly object[] | null> {
  if (mediaType === MEDIA_TYPES.dockerIndex || mediaType === MEDIA_TYPES.ociIndex) {
    return parseIndex(bytes).manifests.map(({ platform }) => shown(platform ?? {}));
  }
  if (mediaType !== MEDIA_TYPES.dockerManifest && mediaType !== MEDIA_TYPES.ociManifest) return null;
  const config = await repository
    .blob(parseManifest(bytes).config.digest, CONFIG_BYTES)
    .catch(() => undefined);
  const platform = config && readPlatform(config);
  return platform ? [shown(platform)] : null;
}

function readPlatform(config: Buffer): Partial<Platform> | undefined {
  try {
    const { architecture, os, variant } = JSON.parse(config.toString('utf8')) as Partial<Platform>;
    if (!os && !architecture) return undefined;
    return { ...(architecture && { architecture }), ...(os && { os }), ...(variant && { variant }) };
  } catch {
    return undefined;
  }
}

/** In Go's order; what is empty is left out where Go does. */
function shown({ architecture, os, variant }: Partial<Platform>): object {
  return { architecture: architecture ?? '', os: os ?? '', ...(variant && { variant }) };
}
