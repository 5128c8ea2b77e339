/**
 * The learner's files, below the home of the machine. Paths are relative to it, without `.` and `..`; the empty one is
 * the home itself. What a file holds goes over HTTP:
 *
 *   GET    /api/sessions/:id/files?path=P             the bytes; the header `Slipway-Version` says of which version
 *   PUT    /api/sessions/:id/files?path=P&version=V   bytes → 200 FileWritten. `V` is the version that is written over,
 *                                                     `new` where nothing may be yet, `any` whatever there is. 409
 *                                                     {error} when it is another one: then nothing was written
 *   GET    /api/sessions/:id/files/zip?path=P         a folder
 *
 * The rest goes over the session's connection, see below.
 */

export type { FileEntry, FileWritten, FolderListing } from '../../sandbox/engine/routes.ts';
import type { FolderListing } from '../../sandbox/engine/routes.ts';

/** Folders that a page may look at. */
export const FOLDERS_MAX = 64;

type Found =
  { readonly ok: true; readonly value: readonly string[] } | { readonly ok: false; readonly error: string };
type Before =
  { readonly ok: true; readonly value: string | null } | { readonly ok: false; readonly error: string };
type Done = (
  answer: { readonly ok: true; readonly value: null } | { readonly ok: false; readonly error: string },
) => void;

export interface FilesClientToServer {
  /** The folders that the page shows, in place of those before; each is sent now and after every change. */
  'files:watch': (message: { folders: readonly string[] }) => void;
  'files:make-folder': (request: { path: string }, reply: Done) => void;
  /** Also renames. Nothing is moved over something. */
  'files:move': (request: { from: string; to: string }, reply: Done) => void;
  /** A folder goes with all that is in it. */
  'files:remove': (request: { path: string }, reply: Done) => void;
  /** What a file held when the step of the lesson began; `null`: it was not there. Only small texts are kept. */
  'files:before': (request: { path: string }, reply: (answer: Before) => void) => void;
  /** Which of these paths are files; the terminals make links of them. */
  'files:find': (request: { paths: readonly string[] }, reply: (answer: Found) => void) => void;
}

/** Paths that are looked for in one request. */
export const FIND_MAX = 32;

export interface FilesServerToClient {
  /** `null`: it is not there (any more), or no folder. */
  'files:folder': (message: { readonly path: string; readonly listing: FolderListing | null }) => void;
}
