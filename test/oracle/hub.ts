import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';

/**
 * A stand-in for Docker's hub that serves an OCI image layout, read-only, inside the oracle's own network namespace:
 * dockerd pulls `busybox` by that name, byte for byte the image of our catalog, and hears the hub's words for a
 * repository that is not there.
 *
 *   node hub.mjs LAYOUT KEY CERTIFICATE
 */
const [layout = '', key = '', certificate = ''] = process.argv.slice(2);

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

const REFERENCE = 'org.opencontainers.image.ref.name';
const TAGS = /^\/v2\/(?<name>.+)\/tags\/list$/u;
const ROUTE = /^\/v2\/(?<name>.+)\/(?<kind>manifests|blobs)\/(?<what>[^/]+)$/u;

createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  if (request.url === '/v2/') response.end('{}');
  else answer(request, response);
}).listen(443, '127.0.0.1');

function answer({ url = '', method }: IncomingMessage, response: ServerResponse): void {
  const { name = '', kind, what = '' } = (ROUTE.exec(url) ?? TAGS.exec(url))?.groups ?? {};
  const manifests = manifestsOf(name);
  const found = manifests.find((each) => each.digest === what || referenceOf(each).endsWith(`:${what}`));
  if (manifests.length === 0) {
    refuse(response, 401, 'DENIED', 'requested access to the resource is denied', { name });
  } else if (kind === undefined) {
    const tags = manifests.map((each) => referenceOf(each).split(':').at(-1)).toSorted();
    response.end(JSON.stringify({ name, tags }));
  } else if (kind === 'blobs') {
    sendBlob(response, what, 'application/octet-stream', method);
  } else if (found === undefined) {
    refuse(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown', { tag: what });
  } else {
    sendBlob(response, found.digest, found.mediaType, method);
  }
}

/** Read anew each time: an image may become ready while the hub runs. */
function manifestsOf(repository: string): Descriptor[] {
  const index = JSON.parse(readFileSync(path.join(layout, 'index.json'), 'utf8')) as {
    manifests: Descriptor[];
  };
  return index.manifests.filter((each) => referenceOf(each).startsWith(`docker.io/${repository}:`));
}

function referenceOf(descriptor: Descriptor): string {
  return descriptor.annotations?.[REFERENCE] ?? '';
}

function sendBlob(response: ServerResponse, digest: string, mediaType: string, method = 'GET'): void {
  const file = path.join(layout, 'blobs', digest.replace(':', '/'));
  response.setHeader('Content-Type', mediaType);
  response.setHeader('Content-Length', statSync(file).size);
  response.setHeader('Docker-Content-Digest', digest);
  if (method === 'HEAD') response.end();
  else createReadStream(file).pipe(response);
}

/** Without `detail` dockerd prints its own short words for the code, which it never does with the real hub. */
function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  detail: object,
): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ errors: [{ code, message, detail }] }));
}
