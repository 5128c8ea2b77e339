import type { Digest } from '../../oci/digest.ts';
import { isDigest } from '../../oci/digest.ts';
import { RegistryError } from '../store/errors.ts';
import type { StoredBlob, Upload } from '../store/source.ts';
import { RequestBody } from './body.ts';
import { digestIn } from './blobs.ts';
import type { Exchange } from './exchange.ts';
import { readContentRange } from './range.ts';
import { sendNothing } from './respond.ts';

/** POST: mounts a blob that is somewhere, takes one at once, or begins an upload. */
export async function startUpload(exchange: Exchange): Promise<void> {
  const { response, name, query, registry, tell } = exchange;
  const store = registry.storeFor(name);
  const mounted = await mount(exchange);
  if (mounted) {
    tell({ type: 'blob-mounted', digest: mounted.digest, size: mounted.size });
    sendCreated(exchange, mounted.digest);
    return;
  }
  const digest = query.has('digest') ? digestIn(query.get('digest') ?? '') : undefined;
  const upload = await store.startUpload(name);
  tell({ type: 'upload-started', upload: upload.id });
  if (digest === undefined) {
    sendNothing(response, 202, stateOf(name, upload));
    return;
  }
  try {
    await append(exchange, upload);
    await finish(exchange, upload, digest);
  } catch (error) {
    await upload.cancel().catch(() => undefined);
    throw error;
  }
}

export async function uploadState(exchange: Exchange): Promise<void> {
  sendNothing(exchange.response, 204, stateOf(exchange.name, find(exchange)));
}

/** PATCH: one more chunk, or the whole as a stream. */
export async function appendUpload(exchange: Exchange): Promise<void> {
  const upload = find(exchange);
  await append(exchange, upload);
  sendNothing(exchange.response, 202, stateOf(exchange.name, upload));
}

/** PUT: the last chunk, if there is one, and what all of it is. */
export async function finishUpload(exchange: Exchange): Promise<void> {
  const upload = find(exchange);
  const digest = digestIn(exchange.query.get('digest') ?? '');
  await append(exchange, upload);
  await finish(exchange, upload, digest);
}

export async function cancelUpload(exchange: Exchange): Promise<void> {
  const upload = find(exchange);
  await upload.cancel();
  exchange.tell({ type: 'upload-failed', upload: upload.id });
  sendNothing(exchange.response, 204);
}

async function mount({
  query,
  name,
  registry,
  access,
  caller,
  request,
}: Exchange): Promise<StoredBlob | undefined> {
  const digest = query.get('mount') ?? '';
  if (!isDigest(digest)) return undefined;
  const from = query.get('from') ?? undefined;
  if (from !== undefined) {
    try {
      access.authorize(caller, from, 'pull', request);
    } catch {
      // Who may not read there has to send the blob, as everybody may.
      return undefined;
    }
  }
  return registry.storeFor(name).mount(name, digest, from);
}

async function append({ request, name, pace, tell }: Exchange, upload: Upload): Promise<void> {
  try {
    const range = readContentRange(request.headers['content-range']);
    const length = request.headers['content-length'];
    if (range && length !== undefined && Number(length) !== range.length && Number(length) > 0)
      throw new RegistryError('SIZE_INVALID');
    await upload.append(new RequestBody(request, pace), {
      ...range,
      progress: (received) => tell({ type: 'upload-progress', upload: upload.id, received }),
    });
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'RANGE_INVALID')
      throw new RegistryError('RANGE_INVALID', { headers: stateOf(name, upload) });
    throw error;
  }
}

async function finish(exchange: Exchange, upload: Upload, digest: Digest): Promise<void> {
  const { tell } = exchange;
  try {
    const { size } = await upload.finish(digest);
    tell({ type: 'upload-finished', upload: upload.id, digest, size });
  } catch (error) {
    tell({ type: 'upload-failed', upload: upload.id });
    throw error;
  }
  sendCreated(exchange, digest);
}

function find({ name, reference, registry }: Exchange): Upload {
  const upload = registry.storeFor(name).upload(name, reference);
  if (upload) return upload;
  throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
}

function sendCreated({ response, name }: Exchange, digest: Digest): void {
  sendNothing(response, 201, { Location: `/v2/${name}/blobs/${digest}`, 'Docker-Content-Digest': digest });
}

/** A range without bytes cannot be written; `0-0` stands for it, as everywhere. */
function stateOf(name: string, { id, offset }: Upload): Record<string, string> {
  return {
    Location: `/v2/${name}/blobs/uploads/${id}`,
    Range: `0-${Math.max(0, offset - 1)}`,
    'Docker-Upload-UUID': id,
  };
}
