import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { FOLDER_ENTRIES_MAX } from '../../sandbox/engine/routes.ts';
import { signalWithin } from '../../sandbox/time/limit.ts';
import { boundedLines, readBounded } from '../engine/bounded.ts';
import { EngineRefused, EngineUnavailable, type EngineClient } from '../engine/client.ts';
import { Nothing } from '../engine/schemas.ts';
import { Refusal, type RefusalKind } from '../refusal.ts';
import type { FileWritten, FolderListing } from './protocol.ts';

const NAME_MAX = 255;
const VERSION = z.string().regex(/^\d{1,20}-\d{1,16}$/);
const Listing = z.object({
  entries: z
    .array(
      z.object({
        name: z.string().min(1).max(NAME_MAX),
        type: z.enum(['file', 'folder', 'other']),
        link: z.literal(true).exactOptional(),
        size: z.number().min(0),
        version: VERSION,
      }),
    )
    .max(FOLDER_ENTRIES_MAX),
  more: z.boolean(),
});
const Written = z.object({ version: VERSION, size: z.number().min(0) });
const Changed = z.object({ folder: z.string() });
const LISTING_MAX_BYTES = FOLDER_ENTRIES_MAX * 1024;
const LINE_MAX_BYTES = 8192;

/** The learner's files in one machine. Rejects with a `Refusal`; its sentence may hold what the learner's machine said. */
export class MachineFiles {
  readonly #engine: EngineClient;

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  list(path: string, signal?: AbortSignal): Promise<FolderListing> {
    return refusing(
      this.#engine.get(`/slipway/files/list?${query({ path })}`, Listing, {
        maxBytes: LISTING_MAX_BYTES,
        ...(signal && { signal }),
      }),
    );
  }

  /** A file's bytes as they come, and the version they are of. */
  async open(path: string, signal: AbortSignal): Promise<{ body: IncomingMessage; version: string }> {
    const body = await refusing(this.#engine.stream(`/slipway/files/content?${query({ path })}`, signal));
    const version = VERSION.safeParse(body.headers['slipway-version']);
    if (version.success) return { body, version: version.data };
    body.destroy();
    throw new Refusal('unavailable', 'The machine did not send this file.');
  }

  /** The text of a file for somebody who judges it; undefined when there is no such file, or one that is too large. */
  async readText(
    path: string,
    maxBytes: number,
    signal = signalWithin(READ_MS),
  ): Promise<string | undefined> {
    try {
      const { body } = await this.open(path, signal);
      return await readBounded(body, maxBytes);
    } catch {
      return undefined;
    }
  }

  /** What lies at the path; undefined when nothing does. */
  async typeOf(path: string, signal: AbortSignal): Promise<'file' | 'folder' | 'other' | undefined> {
    const cut = path.lastIndexOf('/');
    try {
      const { entries } = await this.list(path.slice(0, Math.max(0, cut)), signal);
      return entries.find(({ name }) => name === path.slice(cut + 1))?.type;
    } catch (error) {
      if (error instanceof Refusal && error.kind !== 'unavailable') return undefined;
      throw error;
    }
  }

  /** Those of the paths that are files. */
  async find(paths: readonly string[]): Promise<string[]> {
    const folders = new Map<string, Promise<Set<string>>>();
    const found = await Promise.all(
      paths.map(async (path) => {
        const cut = Math.max(0, path.lastIndexOf('/'));
        const folder = path.slice(0, cut);
        if (!folders.has(folder)) folders.set(folder, this.#namesOfFiles(folder));
        return (await folders.get(folder))?.has(path.slice(cut === 0 ? 0 : cut + 1)) ?? false;
      }),
    );
    return paths.filter((_path, index) => found[index]);
  }

  write(path: string, version: string, content: Readable, signal: AbortSignal): Promise<FileWritten> {
    const target = `/slipway/files/content?${query({ path, version })}`;
    return refusing(this.#engine.upload(target, content, Written, signal));
  }

  zip(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    return refusing(this.#engine.stream(`/slipway/files/archive?${query({ path })}`, signal));
  }

  async makeFolder(path: string): Promise<void> {
    await refusing(this.#engine.call('POST', `/slipway/files/folder?${query({ path })}`, Nothing));
  }

  async move(from: string, to: string): Promise<void> {
    await refusing(this.#engine.call('POST', `/slipway/files/move?${query({ from, to })}`, Nothing));
  }

  async remove(path: string): Promise<void> {
    await refusing(this.#engine.call('DELETE', `/slipway/files?${query({ path })}`, Nothing));
  }

  /** Calls back with each of `folders` that has changed, until the signal; rejects when the machine ends it. */
  async watch(
    folders: readonly string[],
    changed: (folder: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const stream = await this.#engine.stream('/slipway/files/watch', signal, { body: { folders } });
    for await (const line of boundedLines(stream as AsyncIterable<Buffer>, LINE_MAX_BYTES)) {
      const told = Changed.safeParse(JSON.parse(line));
      if (told.success && folders.includes(told.data.folder)) changed(told.data.folder);
    }
  }

  /** Of a folder that is not there: none. */
  async #namesOfFiles(folder: string): Promise<Set<string>> {
    const { entries } = await this.list(folder, signalWithin(READ_MS)).catch(() => ({ entries: [] }));
    return new Set(entries.filter(({ type }) => type === 'file').map(({ name }) => name));
  }
}

const READ_MS = 5000;

const query = (parts: Readonly<Record<string, string>>): string => new URLSearchParams(parts).toString();

const KINDS: Readonly<Record<number, RefusalKind>> = {
  400: 'invalid',
  403: 'invalid',
  404: 'not-found',
  409: 'conflict',
};

async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof EngineRefused) {
      throw new Refusal(KINDS[error.status] ?? 'unavailable', error.message, { cause: error });
    }
    if (error instanceof EngineUnavailable) throw new Refusal('unavailable', error.message, { cause: error });
    throw error;
  }
}
