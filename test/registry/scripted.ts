import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { gzipSync } from 'node:zlib';

/**
 * A registry that does wrong: what goes wrong is the name of the repository, or the port.
 *
 *   node scripted.mjs FOLDER
 *
 * FOLDER has the certificates; requests are noted in FOLDER/log. Runs in the network namespace of an engine, so that
 * two engines meet it under the same address.
 */
const [folder = ''] = process.argv.slice(2);

const PORTS = {
  plain: 6000,
  other: 6001,
  token: 6002,
  basic: 6003,
  hang: 6004,
  liar: 6005,
  silent: 6006,
} as const;
const TLS_PORTS = { trusted: 6443, unknown: 6444, expired: 6445, named: 6446, client: 6447 } as const;

const M2 = 'application/vnd.docker.distribution.manifest.v2+json';
const LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const OCI = 'application/vnd.oci.image.manifest.v1+json';

const sha = (bytes: Buffer | string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** A tar with one file of `size` bytes that do not compress well. */
function tarOf(name: string, size: number): Buffer {
  const content = Buffer.alloc(size);
  for (let i = 0; i < size; i += 32) createHash('sha256').update(`${name}${i}`).digest().copy(content, i);
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('14000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (size % 512)) % 512), Buffer.alloc(1024)]);
}

interface Image {
  readonly manifest: Buffer;
  readonly mediaType: string;
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly layer: string;
  readonly config: string;
}

interface Making {
  readonly layer?: Buffer;
  readonly diffIds?: readonly string[];
  readonly config?: object;
  readonly configType?: string;
  readonly mediaType?: string;
  readonly layerType?: string;
}

/** Each repository's layer has other bytes, so that no engine has it already. */
function imageOf(name: string, making: Making = {}): Image {
  const tar = tarOf(`file-of-${name}`, 40_000);
  const layer = making.layer ?? gzipSync(tar);
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    created: '2026-01-02T03:04:05Z',
    config: { Cmd: ['true'] },
    rootfs: { type: 'layers', diff_ids: making.diffIds ?? [sha(tar)] },
    ...making.config,
  });
  const mediaType = making.mediaType ?? M2;
  const manifest = json({
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: making.configType ?? 'application/vnd.docker.container.image.v1+json',
      size: config.byteLength,
      digest: sha(config),
    },
    layers: [
      {
        mediaType: making.layerType ?? 'application/vnd.docker.image.rootfs.diff.tar.gzip',
        size: layer.byteLength,
        digest: sha(layer),
      },
    ],
  });
  return {
    manifest,
    mediaType,
    blobs: new Map([
      [sha(config), config],
      [sha(layer), layer],
    ]),
    layer: sha(layer),
    config: sha(config),
  };
}

const MADE: Readonly<Record<string, Making>> = {
  oci: {
    mediaType: OCI,
    configType: 'application/vnd.oci.image.config.v1+json',
    layerType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  uncompressed: {
    mediaType: OCI,
    configType: 'application/vnd.oci.image.config.v1+json',
    layerType: 'application/vnd.oci.image.layer.v1.tar',
    layer: tarOf('file-of-uncompressed', 40_000),
  },
  zstd: {
    mediaType: OCI,
    configType: 'application/vnd.oci.image.config.v1+json',
    layerType: 'application/vnd.oci.image.layer.v1.tar+zstd',
    layer: spawnSync('zstd', ['-cq'], { input: tarOf('file-of-zstd', 40_000) }).stdout,
  },
  notar: { layer: gzipSync('this is no archive'), diffIds: [sha('this is no archive')] },
  nogzip: { layer: Buffer.from('this is nothing'), diffIds: [sha('this is nothing')] },
  countmismatch: { diffIds: [sha('one'), sha('two')] },
  diffmismatch: { diffIds: [sha('another')] },
  chart: { configType: 'application/vnd.cncf.helm.config.v1+json' },
  plugin: { configType: 'application/vnd.docker.plugin.v1+json' },
  norootfs: { config: { rootfs: undefined } },
  windows: { config: { os: 'windows' } },
  arm: { config: { architecture: 'arm64' } },
};

const images = new Map<string, Image>();
const imageFor = (name: string): Image => {
  const known = images.get(name) ?? imageOf(name, MADE[name]);
  images.set(name, known);
  return known;
};

/** Answers to the request of a manifest; by repository. */
const STATUSES: Readonly<Record<string, readonly [number, string, Record<string, string>?]>> = {
  unauthorized: [401, errors('UNAUTHORIZED', 'authentication required', { a: 1 })],
  unauthorizedplain: [401, 'go away'],
  forbidden: [403, errors('DENIED', 'requested access to the resource is denied', { a: 1 })],
  forbiddenbare: [403, errors('DENIED', 'requested access to the resource is denied')],
  forbiddenplain: [403, '<html>no</html>'],
  nomanifest: [404, errors('MANIFEST_UNKNOWN', 'manifest unknown', { Tag: 'latest' })],
  nomanifestbare: [404, errors('MANIFEST_UNKNOWN', 'manifest unknown')],
  noname: [404, errors('NAME_UNKNOWN', 'repository name not known to registry', { name: 'noname' })],
  notfoundplain: [404, 'page not found\n'],
  notfoundempty: [404, ''],
  toomany: [
    429,
    errors('TOOMANYREQUESTS', 'You have reached your pull rate limit.', { a: 1 }),
    { 'Retry-After': '60' },
  ],
  toomanyplain: [429, 'slow down', { 'Retry-After': '60' }],
  toomanydetails: [429, '{"details":"slow down, please"}'],
  broken: [500, errors('UNKNOWN', 'unknown error', { a: 1 })],
  badgateway: [502, '<html>bad gateway</html>'],
  unavailable: [503, errors('UNAVAILABLE', 'service unavailable', { a: 1 })],
  teapot: [418, '{"errors":[{"code":"TEAPOT","message":"short and stout","detail":{"a":1}}]}'],
  two: [
    400,
    '{"errors":[{"code":"NAME_INVALID","message":"bad","detail":1},{"code":"DENIED","message":"no","detail":1}]}',
  ],
  noerrors: [400, '{"errors":[]}'],
  notjson: [400, '"quoted" <text>\twith\nlines'],
};

function errors(code: string, message: string, detail?: object): string {
  return JSON.stringify({ errors: [{ code, message, ...(detail && { detail }) }] });
}

const LOG: string[] = [];

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://registry');
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  if (url.pathname === '/log') return void response.end(LOG.join('\n'));
  LOG.push(
    `${request.socket.localPort} ${request.method} ${request.url} ${request.headers.authorization ?? '-'} ${request.headers.range ?? '-'}`,
  );
  if (url.pathname === '/v2/') return void response.end('{}');
  const found = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(url.pathname);
  const [, name = '', kind = '', what = ''] = found ?? [];
  if (kind === 'manifests') sendManifest(name, what, request, response);
  else if (kind === 'blobs' && request.method !== 'POST') sendBlob(name, what, request, response);
  else if (kind === 'tags') sendTags(name, url, response);
  else if (request.method === 'POST') refuseUpload(url, response);
  else send(response, 404, errors('UNSUPPORTED', 'The operation is unsupported.'));
}

function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

function sendManifest(name: string, what: string, request: IncomingMessage, response: ServerResponse): void {
  const status = STATUSES[name];
  if (status) {
    send(response, ...status);
    return;
  }
  const image = imageFor(name);
  const give = (body: Buffer, type: string, digest = sha(body)) =>
    send(response, 200, request.method === 'HEAD' ? '' : body, {
      'Content-Type': type,
      'Docker-Content-Digest': digest,
      'Content-Length': String(body.byteLength),
    });
  const platform = (architecture: string, variant?: string) => ({
    mediaType: M2,
    size: image.manifest.byteLength,
    digest: sha(image.manifest),
    platform: { architecture, os: 'linux', ...(variant && { variant }) },
  });
  const list = (...manifests: object[]) => json({ schemaVersion: 2, mediaType: LIST, manifests });
  const isOwn = what === sha(image.manifest);
  switch (name) {
    case 'hangmanifest':
      return;
    case 'huge': {
      give(
        Buffer.concat([image.manifest.subarray(0, -1), Buffer.alloc(20 * 1024 ** 2, ' '), Buffer.from('}')]),
        M2,
      );
      return;
    }
    case 'othermanifest': {
      give(image.manifest, M2, sha('something else'));
      return;
    }
    case 'nodigest':
      if (what.startsWith('sha256:')) {
        send(response, 404, errors('MANIFEST_UNKNOWN', 'manifest unknown', { a: 1 }));
        return;
      }
      {
        give(image.manifest, M2);
        return;
      }
    case 'schema1': {
      give(
        json({ schemaVersion: 1, name, tag: 'latest', architecture: 'amd64', fsLayers: [], history: [] }),
        'application/vnd.docker.distribution.manifest.v1+json',
      );
      return;
    }
    case 'strangetype': {
      give(json({ hello: 'world' }), 'application/vnd.example.thing+json');
      return;
    }
    case 'garbage': {
      give(Buffer.from('no json at all'), M2);
      return;
    }
    case 'redirectloop': {
      send(response, 302, '', {
        Location: `http://localhost:${PORTS.plain}/v2/redirectloop/manifests/${what}`,
      });
      return;
    }
    case 'redirected': {
      send(response, 307, '', {
        Location: `http://127.0.0.1:${PORTS.other}/v2/elsewhere/manifests/${what}`,
      });
      return;
    }
    case 'list': {
      if (isOwn) give(image.manifest, M2);
      else give(list(platform('arm64', 'v8'), platform('amd64')), LIST);
      return;
    }
    case 'listforeign': {
      if (isOwn) give(image.manifest, M2);
      else give(list(platform('arm64', 'v8'), platform('s390x')), LIST);
      return;
    }
    case 'listnested': {
      give(list({ ...platform('amd64'), mediaType: LIST, digest: sha(list(platform('amd64'))) }), LIST);
      return;
    }
    case 'missingnested': {
      if (isOwn) send(response, 404, errors('MANIFEST_UNKNOWN', 'manifest unknown', { a: 1 }));
      else give(list(platform('amd64')), LIST);
      return;
    }
    default: {
      give(image.manifest, image.mediaType);
      return;
    }
  }
}

const dropped = new Set<string>();

function sendBlob(name: string, digest: string, request: IncomingMessage, response: ServerResponse): void {
  const image = imageFor(name);
  const blob = image.blobs.get(digest);
  const isLayer = digest === image.layer;
  const unknown = () => send(response, 404, errors('BLOB_UNKNOWN', 'blob unknown to registry', { digest }));
  if (!blob) {
    unknown();
    return;
  }
  const whole = (body: Buffer) => send(response, 200, body, { 'Content-Type': 'application/octet-stream' });
  const fault = `${name}/${isLayer ? 'layer' : 'config'}`;
  switch (fault) {
    case 'missinglayer/layer':
    case 'missingconfig/config': {
      unknown();
      return;
    }
    case 'wrongconfig/config': {
      whole(Buffer.from(blob.toString().replace('amd64', 'arm64')));
      return;
    }
    case 'wronglayer/layer': {
      whole(Buffer.concat([blob.subarray(0, -1), Buffer.from([(blob.at(-1) ?? 0) ^ 1])]));
      return;
    }
    case 'short/layer': {
      whole(blob.subarray(0, -100));
      return;
    }
    case 'long/layer': {
      whole(Buffer.concat([blob, Buffer.alloc(100)]));
      return;
    }
    case 'denied/layer': {
      send(response, 403, errors('DENIED', 'requested access to the resource is denied', { a: 1 }));
      return;
    }
    case 'deniedplain/layer': {
      send(response, 403, 'no');
      return;
    }
    case 'toomanylayers/layer': {
      send(response, 429, errors('TOOMANYREQUESTS', 'enough', { a: 1 }));
      return;
    }
    case 'endless/layer': {
      endless(blob, response);
      return;
    }
    case 'cut/layer': {
      cutOnce(fault, blob, request, response);
      return;
    }
    case 'elsewhere/layer':
    case 'redirectedblob/layer': {
      send(response, 307, '', {
        Location: `http://127.0.0.1:${PORTS.other}/v2/${name}x/blobs/${digest}`,
      });
      return;
    }
    case 'slow/layer': {
      slow(blob, response);
      return;
    }
    default: {
      whole(blob);
      return;
    }
  }
}

function endless(blob: Buffer, response: ServerResponse): void {
  response.writeHead(200);
  const more = (): void => {
    while (!response.destroyed && response.write(blob)) continue;
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

/** Breaks off after half of it; the second time it goes on where it is asked to. */
function cutOnce(key: string, blob: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (dropped.has(key)) {
    response.writeHead(from > 0 ? 206 : 200, {
      'Content-Length': blob.byteLength - from,
      ...(from > 0 && { 'Content-Range': `bytes ${from}-${blob.byteLength - 1}/${blob.byteLength}` }),
    });
    response.end(blob.subarray(from));
    return;
  }
  dropped.add(key);
  response.writeHead(200, { 'Content-Length': blob.byteLength });
  response.write(blob.subarray(0, blob.byteLength / 2), () => setTimeout(() => response.destroy(), 100));
}

/** Two seconds for the whole: time enough for others to join. */
function slow(blob: Buffer, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Length': blob.byteLength });
  response.write(blob.subarray(0, 1000));
  setTimeout(() => response.end(blob.subarray(1000)), 2000);
}

function sendTags(name: string, url: URL, response: ServerResponse): void {
  if (STATUSES[name]) {
    send(response, ...STATUSES[name]);
    return;
  }
  if (name !== 'paged') {
    send(response, 200, JSON.stringify({ name, tags: name === 'untagged' ? null : ['latest'] }));
    return;
  }
  const last = url.searchParams.get('last');
  const tags = last === null ? ['a'] : ['b'];
  send(
    response,
    200,
    JSON.stringify({ name, tags }),
    last === null ? { Link: '</v2/paged/tags/list?last=a>; rel="next"' } : {},
  );
}

function refuseUpload(url: URL, response: ServerResponse): void {
  const name = /^\/v2\/(.+)\/blobs\/uploads\/$/.exec(url.pathname)?.[1] ?? '';
  if (name === 'readonly') {
    send(response, 405, errors('UNSUPPORTED', 'The operation is unsupported.', { a: 1 }));
    return;
  }
  if (name === 'pushdenied') {
    send(response, 401, errors('UNAUTHORIZED', 'authentication required', { a: 1 }));
    return;
  }
  if (name === 'pushforbidden') {
    send(response, 403, errors('DENIED', 'no room left for you', { a: 1 }));
    return;
  }
  send(response, 403, 'uploads are off');
}

/** Asks for a token of the liar, whose answer the service tells. */
function askToken(request: IncomingMessage, response: ServerResponse): void {
  const { authorization } = request.headers;
  LOG.push(`${request.socket.localPort} ${request.method} ${request.url} ${authorization ?? '-'}`);
  const name = /^\/v2\/([^/]+)\//.exec(request.url ?? '')?.[1] ?? 'ok';
  if (authorization === 'Bearer right' || (authorization ?? '').startsWith('Bearer for-')) {
    answer(request, response);
    return;
  }
  const realm = name === 'norealm' ? '' : `realm="http://localhost:${PORTS.liar}/token",`;
  const more = authorization ? ',error="invalid_token"' : '';
  send(response, 401, errors('UNAUTHORIZED', 'authentication required', { a: 1 }), {
    'WWW-Authenticate': `Bearer ${realm}service="registry"${more}`,
  });
}

function lie(request: IncomingMessage, response: ServerResponse): void {
  LOG.push(
    `${request.socket.localPort} ${request.method} ${request.url} ${request.headers.authorization ?? '-'}`,
  );
  const url = new URL(request.url ?? '/', 'http://liar');
  const name = /^repository:([^:]*):/.exec(url.searchParams.get('scope') ?? '')?.[1] ?? '';
  if (request.headers.authorization === `Basic ${Buffer.from('ann:wrong').toString('base64')}`) {
    send(response, 401, '{"details":"incorrect username or password"}');
    return;
  }
  switch (name) {
    case 'notoken': {
      send(response, 200, '{}');
      return;
    }
    case 'nojson': {
      send(response, 200, 'a token');
      return;
    }
    case 'badtoken': {
      send(response, 200, '{"token":"wrong"}');
      return;
    }
    case 'tokendenied': {
      send(response, 403, errors('DENIED', 'requested access to the resource is denied', { a: 1 }));
      return;
    }
    case 'tokenbroken': {
      send(response, 500, 'oops');
      return;
    }
    case 'tokenredirect': {
      send(response, 307, '', { Location: `http://127.0.0.1:${PORTS.other}/steal` });
      return;
    }
    default: {
      send(response, 200, '{"token":"right","expires_in":300}');
      return;
    }
  }
}

function askPassword(request: IncomingMessage, response: ServerResponse): void {
  LOG.push(
    `${request.socket.localPort} ${request.method} ${request.url} ${request.headers.authorization ?? '-'}`,
  );
  if (request.headers.authorization === `Basic ${Buffer.from('ann:secret').toString('base64')}`) {
    answer(request, response);
    return;
  }
  send(response, 401, errors('UNAUTHORIZED', 'authentication required', { a: 1 }), {
    'WWW-Authenticate': 'Basic realm="registry"',
  });
}

const LISTENERS: Readonly<Record<number, RequestListener>> = {
  [PORTS.plain]: answer,
  [PORTS.other]: answer,
  [PORTS.token]: askToken,
  [PORTS.basic]: askPassword,
  [PORTS.hang]: () => undefined,
  [PORTS.liar]: lie,
  [PORTS.silent]: (request) => request.socket.destroy(),
};

for (const [port, listener] of Object.entries(LISTENERS))
  createHttpServer(listener).listen(Number(port), '0.0.0.0');

for (const [name, port] of Object.entries(TLS_PORTS)) {
  const read = (file: string): Buffer => readFileSync(`${folder}/${file}`);
  const client = name === 'client' ? { requestCert: true, rejectUnauthorized: true, ca: read('ca.crt') } : {};
  const own = name === 'client' ? 'trusted' : name;
  createHttpsServer({ key: read(`${own}.key`), cert: read(`${own}.crt`), ...client }, answer).listen(
    port,
    '0.0.0.0',
  );
}
process.stdout.write('ready\n');
