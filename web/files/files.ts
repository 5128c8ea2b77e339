import type { FileWritten, FolderListing } from '../../server/protocol.ts';
import { ApiError, refusal } from '../api.ts';
import type { SessionPart } from '../session.ts';
import type { SessionSocket } from '../socket.ts';
import { Store } from '../store.ts';
import { isWithin, join, parentOf } from './paths.ts';

export interface FilesState {
  /** The machine can be asked. */
  readonly live: boolean;
  /** Of the folders that are looked at, as far as they are known and there. */
  readonly folders: ReadonlyMap<string, FolderListing>;
  /** Folders that the tree shows open. */
  readonly expanded: ReadonlySet<string>;
  /** Names that are being uploaded. */
  readonly uploads: ReadonlySet<string>;
}

/** Bytes of a file as read, and the version they are of. */
export interface FileRead {
  readonly bytes: Uint8Array;
  readonly version: string;
}

/** A file that is not read because of its size, in bytes. */
export class FileTooLarge extends Error {
  readonly size: number;
  constructor(size: number) {
    super('The file is too large.');
    this.size = size;
  }
}

/** The file has another version than the one that was to be written over. */
export class FileChanged extends Error {}

/** Most folders that are looked at; the server takes no more. */
const FOLDERS_MAX = 64;
const CONFLICT = 409;

/** The learner's files: what the tree shows, and all that can be done with them. Methods reject with a sentence. */
export class LearnerFiles implements SessionPart {
  readonly store = new Store<FilesState>({
    live: false,
    folders: new Map(),
    expanded: new Set(),
    uploads: new Set(),
  });
  readonly #session: () => string | undefined;
  #socket: SessionSocket | null = null;
  /** Folders of open files; looked at also when the tree does not show them. */
  #followed: readonly string[] = [];
  #asked: string | null = null;

  /** `session` gives the id of the learner's machine. */
  constructor(session: () => string | undefined) {
    this.#session = session;
  }

  begin(socket: SessionSocket): () => void {
    this.#socket = socket;
    this.#asked = null;
    this.store.update({ live: true });
    const stop = socket.listen('files:folder', ({ path, listing }) => this.#show(path, listing));
    this.#watch();
    return () => {
      stop();
      this.#socket = null;
      this.store.update({ live: false });
    };
  }

  setExpanded(folder: string, expanded: boolean): void {
    const now = new Set(this.store.value.expanded);
    if (expanded) for (let up = folder; up !== ''; up = parentOf(up)) now.add(up);
    else for (const each of now) if (isWithin(each, folder)) now.delete(each);
    this.store.update({ expanded: now });
    this.#watch();
  }

  /** Looks at the folders of these files. */
  follow(files: readonly string[]): void {
    this.#followed = files.map(parentOf);
    this.#watch();
  }

  /** What a listing says of a file; undefined where none does. */
  entry(path: string) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return this.store.value.folders.get(parentOf(path))?.entries.find((entry) => entry.name === name);
  }

  async makeFolder(path: string): Promise<void> {
    await this.#connected().ask('files:make-folder', { path });
  }

  async move(from: string, to: string): Promise<void> {
    await this.#connected().ask('files:move', { from, to });
  }

  async remove(path: string): Promise<void> {
    await this.#connected().ask('files:remove', { path });
  }

  /** What a file held when the step of the lesson began; null when it was not there. Rejects when that is not known. */
  async before(path: string): Promise<string | null> {
    return this.#connected().ask('files:before', { path });
  }

  /** Rejects with `FileTooLarge` without having fetched the bytes. */
  async read(path: string, maxBytes: number): Promise<FileRead> {
    const gone = new AbortController();
    const response = await send(this.url(path), { signal: gone.signal });
    const size = Number(response.headers.get('content-length') ?? 0);
    if (size > maxBytes) {
      gone.abort();
      throw new FileTooLarge(size);
    }
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { bytes, version: response.headers.get('slipway-version') ?? '' };
  }

  /** Over `version`, `new` or `any`. Rejects with `FileChanged` when it is another one; then nothing was written. */
  async write(path: string, body: BodyInit, version: string): Promise<FileWritten> {
    try {
      const response = await send(`${this.url(path)}&version=${version}`, { method: 'PUT', body });
      return (await response.json()) as FileWritten;
    } catch (error) {
      if (error instanceof ApiError && error.status === CONFLICT) throw new FileChanged(error.message);
      throw error;
    }
  }

  /** Puts a dropped file into a folder; a name that is taken gets a number. */
  async upload(folder: string, file: File): Promise<string> {
    const uploads = (change: (names: Set<string>) => void) => {
      const names = new Set(this.store.value.uploads);
      change(names);
      this.store.update({ uploads: names });
    };
    uploads((names) => names.add(file.name));
    try {
      for (let count = 1; ; count += 1) {
        const path = join(folder, count === 1 ? file.name : numbered(file.name, count));
        const written = await this.write(path, file, 'new').catch((error: unknown) => {
          if (!(error instanceof FileChanged) || count >= COPIES_MAX) throw error;
        });
        if (written) return path;
      }
    } finally {
      uploads((names) => names.delete(file.name));
    }
  }

  /** Where a file can be downloaded. */
  url(path: string): string {
    return `/api/sessions/${this.#session() ?? ''}/files?path=${encodeURIComponent(path)}`;
  }

  /** Where a folder can be downloaded as a zip. */
  zipUrl(path: string): string {
    return `/api/sessions/${this.#session() ?? ''}/files/zip?path=${encodeURIComponent(path)}`;
  }

  #connected(): SessionSocket {
    if (this.#socket) return this.#socket;
    throw new Error('The machine cannot be reached at the moment.');
  }

  #watch(): void {
    const folders = [...new Set(['', ...this.#followed, ...this.store.value.expanded])].slice(0, FOLDERS_MAX);
    const asked = folders.join('\n');
    if (asked === this.#asked || !this.#socket) return;
    this.#asked = asked;
    this.#socket.tell('files:watch', { folders });
    const kept = [...this.store.value.folders].filter(([path]) => folders.includes(path));
    this.store.update({ folders: new Map(kept) });
  }

  #show(path: string, listing: FolderListing | null): void {
    const folders = new Map(this.store.value.folders);
    if (listing) folders.set(path, listing);
    else folders.delete(path);
    this.store.update({ folders });
    if (!listing && this.store.value.expanded.has(path)) this.setExpanded(path, false);
  }
}

const COPIES_MAX = 100;

/** `name (2).txt` */
function numbered(name: string, count: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)} (${count})${name.slice(dot)}` : `${name} (${count})`;
}

async function send(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: 'same-origin', ...init });
  } catch {
    throw new Error('The server cannot be reached.');
  }
  if (!response.ok) throw await refusal(response);
  return response;
}
