/**
 * What the engine answers beside the Docker Engine API, on the same socket, for the web server alone.
 * The listener that lives inside the session (`/var/run/docker.sock`) does not have these routes.
 *
 *   GET    /slipway/ready                            204 once the engine serves
 *   POST   /slipway/terminals                        TerminalOptions → 201 TerminalInfo
 *   GET    /slipway/terminals                        200 TerminalInfo[]
 *   POST   /slipway/terminals/:id/attach?from=N      101 upgrade (`Connection: Upgrade`, `Upgrade: tcp`): raw bytes both
 *                                                    ways. Output begins at byte `from` of all that the terminal ever
 *                                                    printed, or at the oldest byte still held; the response header
 *                                                    `Slipway-Offset` says which. Many may attach; the kernel's
 *                                                    back-pressure of the slowest one holds the terminal.
 *   POST   /slipway/terminals/:id/resize?columns=&rows=   204
 *   DELETE /slipway/terminals/:id                    204; ends its processes (SIGHUP)
 *   POST   /slipway/tunnel?port=N                    101 upgrade: raw bytes to 127.0.0.1:N of the session; 502 when
 *                                                    nothing listens there
 *   POST   /slipway/docker                           101 upgrade: from then on the connection is one to the Docker Engine
 *                                                    API alone, as if made to `/var/run/docker.sock`
 *   POST   /slipway/uplink                           101 upgrade: a connection that the server leaves for later. When the
 *                                                    engine needs one it writes the name of an `UplinkService` and a
 *                                                    newline; the server answers `ok` or `no` and a newline, and what
 *                                                    follows is the service's own protocol, with the engine as client.
 *                                                    409 when there are enough already
 *   GET    /slipway/files/list?path=P                200 FolderListing. Paths are relative to the learner's home, without
 *                                                    `.` and `..`; the empty one is the home
 *   GET    /slipway/files/content?path=P             200 the bytes; the header `Slipway-Version` says of which version
 *   PUT    /slipway/files/content?path=P&version=V   bytes → 200 FileWritten; 409 when the file is not of that version.
 *                                                    Folders on the way are made
 *   DELETE /slipway/files?path=P                     204; a folder with all that is in it
 *   POST   /slipway/files/folder?path=P              201
 *   POST   /slipway/files/move?from=P&to=P           204; 409 when there is something already
 *   GET    /slipway/files/archive?path=P             200 the folder as a zip
 *   POST   /slipway/files/watch                      {folders: P[]} → 200, and a line {"folder": P} after each change in
 *                                                    one of them, for as long as the connection lasts
 *   GET    /slipway/images/file?image=REF&path=/x    200 FileInImage; 404 with {message} for image or file
 *   GET    /slipway/images/file/layers?image=&path=  200 FileLayers
 *   POST   /slipway/run                              {script, timeoutMs} → 200 ScriptResult: bash lines in the home folder,
 *                                                    killed with all they have begun when the time is over
 *   GET    /slipway/map/images                       200 {images: ShownImage[], total}: no more than 500
 *   GET    /slipway/map/stacks?images=HEX,HEX        200 Stack[]: of those that are there; no more than 100 at a time
 *   GET    /slipway/map/files?image=REF&layer=N      200 LayerFiles: of the image's layer N, base first
 *   GET    /slipway/map/config?image=REF             200 the image's configuration as it is stored
 *   GET    /slipway/map/documents?image=REF          200 ImageDocument[]: manifests and indexes that lead to the image, as they
 *                                                    were pulled or pushed
 *   GET    /slipway/map/activity                     200 a stream of ActivityLine, one JSON a line: the last builds and
 *                                                    transfers, then each one anew whenever it changes
 *   GET    /slipway/usage                            200 SessionUsage
 *
 * Errors are `{ "message": string }` with Docker's status codes.
 */

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
}

export interface TerminalInfo {
  readonly id: string;
  /** Bytes printed since it was opened. */
  readonly offset: number;
  readonly columns: number;
  readonly rows: number;
  /** Set when the shell has ended; the terminal is then kept until deleted. */
  readonly exitCode?: number;
}

/** Bytes of past output the engine keeps for each terminal. */
export const TERMINAL_BACKLOG_BYTES = 256 * 1024;

/**
 * What a session may ask of the server: the hub's HTTP; programs' own HTTP and TLS on their way out; and whom to trust for
 * the names that the lab itself answers for (sandbox/engine/authority.ts).
 */
export type UplinkService = 'hub' | 'http' | 'https' | 'authority';

export type { FileInImage } from '../image/file.ts';
export type { FileLayers } from '../image/file-layers.ts';

export interface ScriptResult {
  /** -1 when it was killed. */
  readonly exitCode: number;
  readonly timedOut: boolean;
  /** The beginning of what it printed, standard output and error together. */
  readonly output: string;
}

export type * from './map/records.ts';

export interface FileEntry {
  readonly name: string;
  /** What a link leads to, for a link. */
  readonly type: 'file' | 'folder' | 'other';
  readonly link?: boolean;
  readonly size: number;
  /** Changes with every write. */
  readonly version: string;
}

export interface FolderListing {
  readonly entries: readonly FileEntry[];
  /** There are more than are listed. */
  readonly more: boolean;
}

export interface FileWritten {
  readonly version: string;
  readonly size: number;
}

export const FOLDER_ENTRIES_MAX = 1000;
export const WATCHED_FOLDERS_MAX = 64;
/** Bytes of a file that comes from the page. */
export const FILE_WRITE_MAX_BYTES = 256 * 1024 * 1024;
/** In place of a version: there must be no file yet; whatever there is. */
export const FILE_NEW_VERSION = 'new';
export const FILE_ANY_VERSION = 'any';

export interface SessionUsage {
  readonly diskBytes: number;
  readonly diskLimitBytes: number;
  /** Files, folders and links on the disk, and how many it can hold. */
  readonly files: number;
  readonly fileLimit: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly processes: number;
  readonly processLimit: number;
  /** Microseconds of one processor, since the session began; absent where the kernel does not count them. */
  readonly cpuMicros?: number;
  /** How often a process of the session could not start another one; falls when containers end. */
  readonly refusedForks: number;
}
