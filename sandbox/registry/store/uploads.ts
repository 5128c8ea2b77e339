import { createHash, randomUUID } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { fromHex } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Blobs } from './blobs.ts';
import { RegistryError } from './errors.ts';
import { writeAtomically } from './file.ts';
import { isRepositoryName, namespaceOf } from './names.ts';
import type { AppendLimits, StoredBlob, Upload, UploadBody } from './source.ts';

export interface UploadLimits {
  /** Uploads that one namespace may have begun and not ended. */
  readonly perNamespace: number;
  /** An upload that nothing was added to for so long is given up, in milliseconds. */
  readonly staleMs: number;
}

export interface UploadsOptions extends UploadLimits {
  readonly folder: string;
  readonly blobs: Blobs;
  /** Bytes that the namespace may still take, uploads under way not counted. */
  readonly room: (namespace: string) => { readonly bytes: number; readonly refuse: () => RegistryError };
  /** Keeps a blob that has come; afterwards it is the repository's. */
  readonly link: (repository: string, digest: Digest) => Promise<StoredBlob>;
}

/** How far an upload may go on before it asks again how much room there is. */
const ROOM_STEP_BYTES = 4 * 1024 ** 2;

const DATA = '.data';
const RECORD = '.json';

/** Blobs on their way in: a file each, and a record of where it belongs, so that a restart loses none. */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #uploads = new Map<string, DiskUpload>();

  constructor(options: UploadsOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(options.folder)) if (!this.#adopt(name)) this.#sweepFile(name);
    for (const name of readdirSync(options.folder)) if (!this.#uploads.has(idOf(name))) this.#sweepFile(name);
  }

  async start(repository: string): Promise<Upload> {
    const namespace = namespaceOf(repository);
    if (this.#of(namespace).length >= this.#options.perNamespace)
      throw new RegistryError('TOOMANYREQUESTS', { message: 'too many uploads are under way', status: 429 });
    const room = this.#options.room(namespace);
    if (room.bytes <= 0) throw room.refuse();
    const upload = new DiskUpload(randomUUID(), repository, 0, this.#parts());
    // Held from now on: others that begin at the same time count it.
    this.#uploads.set(upload.id, upload);
    try {
      await (await open(upload.file, 'wx', 0o600)).close();
      await writeAtomically(this.#at(`${upload.id}${RECORD}`), JSON.stringify({ repository }));
    } catch (error) {
      this.#forget(upload);
      throw error;
    }
    return upload;
  }

  get(repository: string, id: string): Upload | undefined {
    const upload = this.#uploads.get(id);
    return upload?.repository === repository ? upload : undefined;
  }

  /** Gives up what nobody has added to for long. */
  async sweep(now = Date.now()): Promise<void> {
    for (const upload of [...this.#uploads.values()])
      if (!upload.busy && now - upload.touchedAt > this.#options.staleMs) await upload.cancel();
  }

  async cancelAll(repository: string): Promise<void> {
    for (const upload of [...this.#uploads.values()])
      if (upload.repository === repository) await upload.cancel();
  }

  #of(namespace: string): DiskUpload[] {
    return [...this.#uploads.values()].filter(({ repository }) => namespaceOf(repository) === namespace);
  }

  #parts(): UploadParts {
    const { blobs, folder, link } = this.#options;
    return {
      blobs,
      folder,
      link,
      forget: (upload) => this.#forget(upload),
      // All uploads of a namespace share what is left.
      room: (upload) => {
        const namespace = namespaceOf(upload.repository);
        const others = this.#of(namespace).filter((each) => each !== upload);
        const room = this.#options.room(namespace);
        const taken = others.reduce((sum, each) => sum + each.offset, 0);
        return { ...room, bytes: room.bytes - taken };
      },
    };
  }

  #adopt(name: string): boolean {
    if (!name.endsWith(RECORD)) return name.endsWith(DATA);
    const id = idOf(name);
    const data = statSync(this.#at(`${id}${DATA}`), { throwIfNoEntry: false });
    const repository = readRepository(this.#at(name));
    if (!data || repository === undefined) return false;
    this.#uploads.set(id, new DiskUpload(id, repository, data.size, this.#parts(), data.mtimeMs));
    return true;
  }

  #forget(upload: DiskUpload): void {
    this.#uploads.delete(upload.id);
    this.#sweepFile(`${upload.id}${RECORD}`);
    this.#sweepFile(`${upload.id}${DATA}`);
  }

  #sweepFile(name: string): void {
    rmSync(this.#at(name), { force: true });
  }

  #at(name: string): string {
    return path.join(this.#options.folder, name);
  }
}

interface UploadParts extends Pick<UploadsOptions, 'blobs' | 'folder' | 'link'> {
  forget(upload: DiskUpload): void;
  room(upload: DiskUpload): ReturnType<UploadsOptions['room']>;
}

class DiskUpload implements Upload {
  readonly id: string;
  readonly repository: string;
  readonly file: string;
  readonly #parts: UploadParts;
  /** Of all bytes received; absent after a restart, until the file is read again. */
  #hash: Hash | undefined;
  #offset: number;
  /** The last call's work; a next one begins after it. */
  #work: Promise<unknown> = Promise.resolve();
  #interrupt = new AbortController();
  #calls = 0;
  #over = false;
  touchedAt: number;

  constructor(id: string, repository: string, offset: number, parts: UploadParts, touchedAt = Date.now()) {
    this.id = id;
    this.repository = repository;
    this.file = path.join(parts.folder, `${id}${DATA}`);
    this.#offset = offset;
    this.#hash = offset === 0 ? createHash('sha256') : undefined;
    this.#parts = parts;
    this.touchedAt = touchedAt;
  }

  get offset(): number {
    return this.#offset;
  }

  get busy(): boolean {
    return this.#calls > 0;
  }

  append(body: UploadBody, limits: AppendLimits = {}): Promise<void> {
    return this.#next(async (interrupted) => {
      const stop = () => body.destroy?.();
      interrupted.addEventListener('abort', stop, { once: true });
      if (interrupted.aborted) stop();
      try {
        await this.#append(body, limits);
      } finally {
        interrupted.removeEventListener('abort', stop);
      }
    });
  }

  finish(digest: Digest): Promise<StoredBlob> {
    return this.#next(async () => {
      try {
        const hash = this.#hash ?? (await hashOf(this.file));
        const got = fromHex(hash.digest('hex'));
        if (got !== digest) throw new RegistryError('DIGEST_INVALID', { detail: { digest, got } });
        if (!this.#parts.blobs.find(digest)) await syncFile(this.file);
        await this.#parts.blobs.take(this.file, digest, this.#offset);
        return await this.#parts.link(this.repository, digest);
      } finally {
        this.#end();
      }
    });
  }

  cancel(): Promise<void> {
    return this.#next(async () => this.#end());
  }

  #end(): void {
    this.#over = true;
    this.#parts.forget(this);
  }

  /** One call at a time; a new one ends the body that an earlier one still reads. */
  async #next<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#interrupt.abort();
    const interrupt = new AbortController();
    this.#interrupt = interrupt;
    this.#calls += 1;
    const done = this.#work
      .catch(() => undefined)
      .then(() => {
        if (this.#over) throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
        return work(interrupt.signal);
      });
    this.#work = done;
    try {
      return await done;
    } finally {
      this.#calls -= 1;
      this.touchedAt = Date.now();
    }
  }

  async #append(body: UploadBody, { start, length, progress }: AppendLimits): Promise<void> {
    const from = this.#offset;
    if (start !== undefined && start !== from) throw new RegistryError('RANGE_INVALID', { status: 416 });
    const promised = from + (length ?? Infinity);
    let allowed = 0;
    const file = await open(this.file, 'r+');
    try {
      for await (const chunk of body) {
        const next = this.#offset + chunk.byteLength;
        if (next > promised) {
          await this.#rewind(file, from);
          throw new RegistryError('SIZE_INVALID');
        }
        if (next > allowed) {
          // Others of the namespace take from the same room meanwhile: it is asked for step by step.
          const room = this.#parts.room(this);
          allowed = Math.min(room.bytes, next + ROOM_STEP_BYTES);
          if (next > allowed) {
            await this.#rewind(file, from);
            throw room.refuse();
          }
        }
        await file.write(chunk, 0, chunk.byteLength, this.#offset);
        this.#hash?.update(chunk);
        this.#offset = next;
        progress?.(next);
      }
    } finally {
      await file.close();
    }
    if (length !== undefined && this.#offset !== promised) {
      throw new RegistryError('SIZE_INVALID', { detail: { expected: length, got: this.#offset - from } });
    }
  }

  async #rewind(file: FileHandle, offset: number): Promise<void> {
    await file.truncate(offset);
    this.#offset = offset;
    this.#hash = offset === 0 ? createHash('sha256') : undefined;
  }
}

async function hashOf(file: string): Promise<Hash> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash;
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function readRepository(file: string): string | undefined {
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as { repository?: unknown };
    const { repository } = record;
    return typeof repository === 'string' && isRepositoryName(repository) ? repository : undefined;
  } catch {
    return undefined;
  }
}

function idOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}
