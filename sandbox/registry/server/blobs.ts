import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { DIGEST_WORDS, isDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { RegistryError } from '../store/errors.ts';
import type { StoredBlob } from '../store/source.ts';
import type { Exchange } from './exchange.ts';
import { readRange } from './range.ts';
import { sendNothing } from './respond.ts';

/** Bytes read and sent at a time. */
const CHUNK_BYTES = 256 * 1024;

/** GET and HEAD of a blob, whole or a part of it. */
export async function getBlob(exchange: Exchange): Promise<void> {
  const { request, response, name, registry, tell } = exchange;
  const digest = digestIn(exchange.reference);
  const blob = await registry.source.blob(name, digest);
  if (!blob) throw await missing(exchange, digest);
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'max-age=31536000, immutable',
    ETag: `"${digest}"`,
  };
  if (request.headers['if-none-match'] === headers.ETag) {
    response.writeHead(304, headers).end();
    return;
  }
  if (request.method === 'HEAD') {
    response.writeHead(200, { ...headers, 'Content-Length': blob.size }).end();
    tell({ type: 'blob-known', digest, size: blob.size });
    return;
  }
  const range = readRange(request.headers.range, blob.size);
  const from = range?.from ?? 0;
  const length = range?.length ?? blob.size;
  const file = await openBlob(blob);
  try {
    const part = range && { 'Content-Range': `bytes ${from}-${from + length - 1}/${blob.size}` };
    response.writeHead(range ? 206 : 200, { ...headers, ...part, 'Content-Length': length });
    await pipeline(chunksOf(file, from, length), response);
  } finally {
    await file.close();
  }
}

export async function deleteBlob(exchange: Exchange): Promise<void> {
  const { response, name, registry, tell } = exchange;
  const digest = digestIn(exchange.reference);
  if (!(await registry.storeFor(name).deleteBlob(name, digest))) throw await missing(exchange, digest);
  tell({ type: 'deleted' });
  sendNothing(response, 202);
}

/** Throws `DIGEST_INVALID`. */
export function digestIn(text: string): Digest {
  if (isDigest(text)) return text;
  throw new RegistryError('DIGEST_INVALID', {
    message: `invalid digest: ${DIGEST_WORDS}`,
    detail: { digest: text.slice(0, 200) },
  });
}

async function missing({ name, registry, access, caller }: Exchange, digest: Digest): Promise<RegistryError> {
  if (await registry.source.has(name)) return new RegistryError('BLOB_UNKNOWN', { detail: { digest } });
  const error = access.unknown(caller, name);
  // Before the first push there is no repository; that a blob is not in it is all there is to say.
  return error.code === 'NAME_UNKNOWN' ? new RegistryError('BLOB_UNKNOWN', { detail: { digest } }) : error;
}

async function openBlob(blob: StoredBlob): Promise<FileHandle> {
  try {
    return await open(blob.file, 'r');
  } catch {
    throw new RegistryError('BLOB_UNKNOWN', { detail: { digest: blob.digest } });
  }
}

async function* chunksOf(file: FileHandle, from: number, length: number): AsyncIterable<Uint8Array> {
  for (let sent = 0; sent < length;) {
    const wanted = Math.min(CHUNK_BYTES, length - sent);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, from + sent);
    if (bytesRead === 0) throw new Error('the blob is shorter than it was');
    sent += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
