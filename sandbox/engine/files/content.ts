import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EngineError } from '../../oci/errors.ts';
import type { FileWritten } from '../routes.ts';
import { FILE_ANY_VERSION, FILE_NEW_VERSION, FILE_WRITE_MAX_BYTES } from '../routes.ts';
import { versionOf } from './folder.ts';

export interface OpenedFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly version: string;
}

/** Opens a regular file for reading; the caller closes it. A pipe or a device does not hold the engine up. */
export async function openFile(place: string): Promise<OpenedFile> {
  const handle = await open(place, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat({ bigint: true });
    if (stats.isDirectory()) throw new EngineError('invalid', 'This is a folder.');
    if (!stats.isFile()) throw new EngineError('invalid', 'This is no regular file.');
    return { handle, size: Number(stats.size), version: versionOf(stats) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Writes a file where it is, so that a container that shows this one file sees it. `conflict` when it has not the version
 * that was expected; what was longer is cut only after the new bytes are there, so that a full disk takes no old text.
 */
export async function writeFile(
  place: string,
  content: AsyncIterable<Buffer>,
  expected: string,
): Promise<FileWritten> {
  if (expected === FILE_NEW_VERSION) return create(place, content);
  const handle = await openToWrite(place, expected);
  if (!handle) return create(place, content);
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw new EngineError('invalid', 'This is no regular file.');
    if (expected !== FILE_ANY_VERSION && versionOf(stats) !== expected) {
      throw new EngineError('conflict', 'The file has changed in the meantime.');
    }
    await handle.truncate(await writeAll(handle, content));
    return await written(handle);
  } finally {
    await handle.close();
  }
}

/** Undefined when there is nothing yet and nothing was expected. */
async function openToWrite(place: string, expected: string): Promise<FileHandle | undefined> {
  try {
    return await open(place, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing) throw error;
    if (expected === FILE_ANY_VERSION) return undefined;
    throw new EngineError('conflict', 'The file has been removed in the meantime.', { cause: error });
  }
}

/** Folders on the way are made; half of a file does not stay. */
async function create(place: string, content: AsyncIterable<Buffer>): Promise<FileWritten> {
  await mkdir(dirname(place), { recursive: true });
  const handle = await open(place, 'wx', 0o644);
  try {
    await writeAll(handle, content);
    return await written(handle);
  } catch (error) {
    await rm(place, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, content: AsyncIterable<Buffer>): Promise<number> {
  let size = 0;
  for await (const chunk of content) {
    if (size + chunk.byteLength > FILE_WRITE_MAX_BYTES) {
      throw new EngineError(
        'invalid',
        `A file that comes from the page has at most ${FILE_WRITE_MAX_BYTES} bytes.`,
      );
    }
    let from = 0;
    while (from < chunk.byteLength) {
      const { bytesWritten } = await handle.write(chunk, from, chunk.byteLength - from, size + from);
      from += bytesWritten;
    }
    size += chunk.byteLength;
  }
  return size;
}

async function written(handle: FileHandle): Promise<FileWritten> {
  const stats = await handle.stat({ bigint: true });
  return { version: versionOf(stats), size: Number(stats.size) };
}
