import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { EngineError } from '../oci/errors.ts';
import { readStruct } from './body.ts';
import { COPY } from './json/requests.ts';
import { flag } from './query.ts';
import { sendNothing } from './respond.ts';
import type { Call, Route } from './router.ts';
import { compareVersions } from './version.ts';

export interface ArchiveBackend {
  stat(container: string, path: string): Promise<object>;
  /** Calls `send` once with what is at the path and an archive of it. */
  read(
    container: string,
    path: string,
    send: (stat: object, archive: { stream: Readable; done: Promise<void> }) => Promise<void>,
  ): Promise<void>;
  write(
    container: string,
    path: string,
    body: Readable,
    options: { copyOwner: boolean; keepKinds: boolean },
  ): Promise<void>;
}

export const archiveRoutes = (archive: ArchiveBackend): Route[] => [
  { method: 'HEAD', path: '/containers/:id*/archive', handle: stat(archive) },
  { method: 'GET', path: '/containers/:id*/archive', handle: read(archive) },
  { method: 'PUT', path: '/containers/:id*/archive', handle: write(archive) },
  { method: 'POST', path: '/containers/:id*/copy', handle: copy(archive) },
];

const STAT_HEADER = 'X-Docker-Container-Path-Stat';

const stat = (archive: ArchiveBackend) => async (call: Call) => {
  const found = await archive.stat(call.params.id ?? '', pathOf(call));
  call.response.setHeader(STAT_HEADER, encode(found));
  sendNothing(call.response, 200);
};

const read = (archive: ArchiveBackend) => async (call: Call) => {
  await sendArchive(archive, call, pathOf(call));
};

/** What `archive` took the place of with 1.24; the path goes on being known. */
const copy = (archive: ArchiveBackend) => async (call: Call) => {
  if (compareVersions(call.version, '1.24') >= 0) {
    sendNothing(call.response, 404);
    return;
  }
  const { Resource = '' } = await readStruct(call, COPY);
  if (Resource === '') throw new EngineError('invalid', 'Path cannot be empty');
  await sendArchive(archive, call, Resource as string);
};

async function sendArchive(archive: ArchiveBackend, call: Call, path: string): Promise<void> {
  await archive.read(call.params.id ?? '', path, async (found, { stream, done }) => {
    call.response.writeHead(200, { 'Content-Type': 'application/x-tar', [STAT_HEADER]: encode(found) });
    // An archive that is not whole must not end as if it were.
    const [piped, made] = await Promise.allSettled([pipeline(stream, call.response, { end: false }), done]);
    if (piped.status === 'rejected') throw piped.reason as Error;
    if (made.status === 'rejected') throw made.reason as Error;
    call.response.end();
  });
}

const write = (archive: ArchiveBackend) => async (call: Call) => {
  await archive.write(call.params.id ?? '', pathOf(call), call.request, {
    copyOwner: flag(call.query, 'copyUIDGID'),
    keepKinds: flag(call.query, 'noOverwriteDirNonDir'),
  });
  sendNothing(call.response, 200);
};

function pathOf({ query }: Call): string {
  const path = query.get('path') ?? '';
  // The real daemon's words, without the space that it lacks.
  if (path === '') throw new EngineError('invalid', 'bad parameter: pathcannot be empty');
  return path;
}

function encode(found: object): string {
  return Buffer.from(JSON.stringify(found)).toString('base64');
}
