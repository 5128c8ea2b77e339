import { MEDIA_TYPES } from '../../oci/descriptor.ts';
import { digestOf, isDigest } from '../../oci/digest.ts';
import { parseIndex } from '../../oci/manifest.ts';
import { RegistryError } from '../store/errors.ts';
import { isIndexType, MANIFEST_MAX_BYTES } from '../store/manifest.ts';
import { isTag } from '../store/names.ts';
import type { StoredManifest } from '../store/source.ts';
import { readWhole } from './body.ts';
import { digestIn } from './blobs.ts';
import type { Exchange } from './exchange.ts';
import { sendNothing } from './respond.ts';

/** GET and HEAD of a manifest, by tag or by digest. */
export async function getManifest(exchange: Exchange): Promise<void> {
  const { request, response, name, registry } = exchange;
  const reference = referenceIn(exchange.reference);
  const found = await registry.source.manifest(name, reference);
  if (!found) throw await missing(exchange, reference);
  const { digest, mediaType, bytes } = await negotiate(exchange, found);
  const headers = {
    'Content-Type': mediaType,
    'Docker-Content-Digest': digest,
    ETag: `"${digest}"`,
    // What a tag names may change, and what it is answered with depends on who asks.
    'Cache-Control': 'no-cache',
    Vary: 'Accept',
  };
  if (request.headers['if-none-match'] === headers.ETag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'Content-Length': bytes.byteLength });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

export async function putManifest(exchange: Exchange): Promise<void> {
  const { request, response, name, query, registry, caller, pace, tell } = exchange;
  const { reference } = exchange;
  const store = registry.storeFor(name);
  const digest = reference.includes(':') ? digestIn(reference) : undefined;
  const tags = digest === undefined ? [reference] : query.getAll('tag');
  if (!tags.every(isTag)) throw new RegistryError('TAG_INVALID', { message: 'invalid tag' });
  const bytes = await readWhole(request, { max: MANIFEST_MAX_BYTES, pace, tooLarge });
  if (digest !== undefined && digestOf(bytes) !== digest) throw new RegistryError('DIGEST_INVALID');
  const mediaType = request.headers['content-type'] ?? '';
  const put = await store.putManifest(name, {
    bytes,
    mediaType,
    tags,
    ...(caller.account !== undefined && { by: caller.account }),
  });
  tell({ type: 'manifest-pushed', digest: put.digest, mediaType, tags });
  if (digest !== undefined && tags.length > 0) response.setHeader('OCI-Tag', tags);
  sendNothing(response, 201, {
    Location: `/v2/${name}/manifests/${put.digest}`,
    'Docker-Content-Digest': put.digest,
    ...(put.subject && { 'OCI-Subject': put.subject }),
  });
}

export async function deleteManifest(exchange: Exchange): Promise<void> {
  const { response, name, registry, tell } = exchange;
  const store = registry.storeFor(name);
  const reference = referenceIn(exchange.reference);
  const deleted = isDigest(reference)
    ? await store.deleteManifest(name, reference)
    : await store.deleteTag(name, reference);
  if (!deleted) throw await missing(exchange, reference);
  tell({ type: 'deleted' });
  sendNothing(response, 202);
}

const tooLarge = () =>
  new RegistryError('MANIFEST_INVALID', {
    status: 413,
    message: `manifest invalid: it has more than ${MANIFEST_MAX_BYTES} bytes`,
  });

function referenceIn(text: string): string {
  return text.includes(':') ? digestIn(text) : text;
}

async function missing(
  { name, registry, access, caller }: Exchange,
  reference: string,
): Promise<RegistryError> {
  if (!(await registry.source.has(name))) {
    const error = access.unknown(caller, name);
    if (error.code !== 'NAME_UNKNOWN') return error;
  }
  return new RegistryError('MANIFEST_UNKNOWN', {
    detail: isDigest(reference) ? { Name: name, Revision: reference } : { Tag: reference },
  });
}

/** What those who do not say run on: the machines here are of the host's own kind. */
const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;
const PLAIN: readonly string[] = [MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest];

/**
 * Clients from before there were indexes ask by tag and say that they read plain manifests only: they get the one for
 * the platform that they would take. Others are given what there is.
 */
async function negotiate({ request, name, reference, registry }: Exchange, found: StoredManifest) {
  const accepted = acceptedTypes(request.headers.accept);
  if (!isIndexType(found.mediaType) || accepted === undefined || isDigest(reference)) return found;
  if (accepted.includes(found.mediaType) || !PLAIN.some((each) => accepted.includes(each))) return found;
  const chosen = parseIndex(found.bytes).manifests.find(
    ({ platform, mediaType }) =>
      platform?.os === 'linux' && platform.architecture === ARCHITECTURE && accepted.includes(mediaType),
  );
  return (chosen && (await registry.source.manifest(name, chosen.digest))) ?? found;
}

/** Undefined when anything will do. */
function acceptedTypes(header: string | undefined): readonly string[] | undefined {
  const types = (header ?? '').split(',').map((each) => each.split(';')[0]?.trim().toLowerCase() ?? '');
  return types.some((each) => each === '' || each === '*/*' || each === 'application/*') ? undefined : types;
}
